import { distance } from "fastest-levenshtein";
import { indexDefinitions } from "#domain/values/definition-index.ts";
import { incidentNumber } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { resolveMention } from "./person-argument.ts";
import { incidentOfPage } from "./page-argument.ts";
import { lookupVerbs } from "./lookup-verbs.ts";
import { lifecycleVerbs } from "./lifecycle-verbs.ts";
import { postmortemVerbs } from "./postmortem-verbs.ts";
import { updateAndTaskVerbs } from "./update-and-task-verbs.ts";
import { roleVerbs } from "./role-verbs.ts";
import { runbookVerbs } from "./runbook-verbs.ts";
import { overrideAndSilenceVerbs } from "./override-and-silence-verbs.ts";
import type { VerbContext, Verb, VerbRequest } from "./verb.ts";
import { WordReader } from "./word-reader.ts";

/** Every verb there is, in the order of the help. */
export const ALL_VERBS: readonly Verb[] = [
  ...lifecycleVerbs,
  ...roleVerbs,
  ...updateAndTaskVerbs,
  ...lookupVerbs,
  ...postmortemVerbs,
  ...overrideAndSilenceVerbs,
  ...runbookVerbs,
];

const BY_NAME = indexDefinitions(ALL_VERBS, ({ name, aliases }) => [name, ...aliases]);

/** What a line of text asks for. `incident`: the one it names itself, null when it leaves that to where it was written. */
export type ParsedVerb = { readonly verb: Verb; readonly incident: number | null; readonly request: VerbRequest };

/**
 * Understands "VERB …", "INC-n VERB …" or "VERB INC-n …". Never silent: for what cannot be understood it answers with
 * the right form. Nothing at all is a question for help, a mere "INC-n" one for its status.
 */
export function parseVerb(text: string, ctx: VerbContext): ParsedVerb {
  const words = new WordReader(text, (mention) => resolveMention(mention, ctx).name);
  const frontMatter = words.first(/^inc-\d{1,9}$/i);
  const first = words.first(/^\S/);
  const name = first?.toLowerCase() ?? (frontMatter === null ? "help" : "status");
  const verb = BY_NAME.get(name);
  const help = BY_NAME.get("help")!;
  if (verb === undefined)
    return {
      verb: help,
      incident: null,
      request: {
        kind: "problem",
        text: `There is no verb "${oneLine(name, 60)}".${suggestion(name)} \`help\` lists them all.`,
        ...(words.empty || frontMatter !== null ? {} : { offer: `${first ?? ""} ${words.all()}` }),
      },
    };
  const behind =
    frontMatter === null && verb.about === "incident" && verb.namesOther !== true
      ? words.first(/^inc-\d{1,9}$/i)
      : null;
  const named = frontMatter ?? behind;
  const byPage = verb.takesPage === true ? incidentOfPage(words) : null;
  return { verb, incident: named === null ? byPage : incidentNumber(named), request: readWhole(verb, words, ctx) };
}

/** What a verb means, with every word behind it: one that it has no place for is not left out in silence. */
function readWhole(verb: Verb, words: WordReader, ctx: VerbContext): VerbRequest {
  const request = verb.read(words, ctx);
  if (words.empty || request.kind === "problem" || request.kind === "show" || request.kind === "form") return request;
  const left = oneLine(words.all(), 60);
  const usage = verb.usage === "" ? "takes no words" : `takes only \`${verb.usage}\``;
  return {
    kind: "problem",
    text: `\`${verb.name}\` ${usage}, and not "${left}". Nothing was done. To keep words in the timeline: \`note TEXT\`.`,
  };
}

/** Finds a verb by its name or an alias. */
export function findVerb(name: string): Verb | null {
  return BY_NAME.get(name.toLowerCase()) ?? null;
}

/** The nearest verb, when it is near enough to have been meant. */
function suggestion(typed: string): string {
  if (typed.length > 40) return "";
  const near = [...BY_NAME.keys()]
    .map((name) => ({ name, off: typo(name, typed) }))
    .toSorted((a, b) => a.off - b.off)[0]!;
  return near.off <= Math.max(1, Math.floor(typed.length / 2.5)) ? ` Did you mean \`${near.name}\`?` : "";
}

/** How many slips of the fingers lie between two words; letters in another order are one. */
function typo(name: string, typed: string): number {
  const letters = (word: string): string => Array.from(word).toSorted().join("");
  return name !== typed && letters(name) === letters(typed) ? 1 : distance(name, typed);
}
