import { insertCommands } from "#db/commands.ts";
import type { Executor } from "#db/client.ts";
import { byNumber } from "#db/incidents.ts";
import { writeText, writings } from "#db/postmortems.ts";
import { HUMAN_NAMES, type HumanSection, type HumanTexts } from "#domain/human-section.ts";
import type { Actor } from "#domain/language.ts";
import { isPrompt, merge, parse, regenerate, type TextProblem } from "#domain/postmortem-text.ts";
import { baseIn, digest, newest, readBase, stamped, textsAt, textsOf, versionsOf, type Base, type Writing } from "#domain/writing.ts";
import type { Engine } from "./engine.ts";
import { baseOf, postmortemOf } from "./read.ts";

/** An edited page, as it came back. `base`: what it was made from, when the page does not say so itself. */
export type Edit = { readonly incident: number; readonly markdown: string; readonly base: string | null; readonly author: Actor };

/** A section that two people changed: what it was, what each made of it, and who was first. `base`: null when it was not written yet. */
export type Clash = {
  readonly section: HumanSection;
  readonly base: string | null;
  readonly edited: string | null;
  readonly current: string | null;
  readonly by: string | null;
};

export type Edited =
  | { readonly kind: "unknown" | "baseless" }
  | { readonly kind: "unreadable"; readonly problems: readonly TextProblem[] }
  /** Nothing was stored. `markdown` is the page with both texts in each such section, to be chosen from and sent again. */
  | { readonly kind: "conflict"; readonly conflicts: readonly Clash[]; readonly markdown: string; readonly base: Base }
  | { readonly kind: "written"; readonly sections: readonly HumanSection[]; readonly markdown: string; readonly base: Base };

export type Write = (edit: Edit) => Promise<Edited>;

/** Somebody else wrote between our look and our writing: look again. */
class Overtaken extends Error {}

const TRIES = 5;
const MARKERS = { mine: "<<<<<<< yours", between: "=======", theirs: ">>>>>>> stored" } as const;

/** Stores what people changed in the page of a postmortem, all of it or nothing; whatever is computed in it is not looked at. */
export function createWrite(engine: Pick<Engine, "connection" | "clock" | "policy" | "publicUrl" | "nudge">): Write {
  return async ({ incident, markdown, base: given, author }) => {
    const { db } = engine.connection;
    const [stored] = await byNumber(db, [incident]);
    if (stored === undefined) return { kind: "unknown" };
    const parsed = parse(markdown);
    if (!parsed.ok) return { kind: "unreadable", problems: parsed.problems };
    const problems = unstorable(parsed.texts, markdown);
    if (problems.length > 0) return { kind: "unreadable", problems };
    const base = given === null ? baseIn(markdown) : readBase(given);
    if (base === null) return { kind: "baseless" };
    const edited = touched(parsed.texts, base);
    for (let attempt = 1; ; attempt++) {
      const now = engine.clock();
      try {
        const result = await db.transaction(async (tx) => {
          const all = await writings(tx, incident);
          const { texts, conflicts } = merge({ base: textsAt(all, base.versions), edited, current: textsOf(all) });
          if (conflicts.length > 0) return { texts, conflicts, all, sections: [] };
          const sections = await store(tx, texts, all, author, incident, now);
          if (sections.length > 0)
            await insertCommands(
              tx,
              [
                {
                  key: null,
                  urgency: 4,
                  weight: 1,
                  actor: author,
                  at: now,
                  replyTo: null,
                  evidence: null,
                  body: { type: "incident", incident, command: { type: "postmortem.written", sections: [...sections] } },
                },
              ],
              now,
            );
          return { texts, conflicts, all, sections };
        });
        if (result.sections.length > 0) engine.nudge("apply", { urgency: 4, delayMs: 0 });
        const page = await postmortemOf(engine, stored);
        const fresh = baseOf(page);
        if (result.conflicts.length === 0) return { kind: "written", sections: result.sections, markdown: stamped(page.markdown, fresh), base: fresh };
        const clashes = result.conflicts.map((each): Clash => ({ ...each, by: newest(result.all)[each.section]?.author.name ?? null }));
        const both = Object.fromEntries(clashes.map((each) => [each.section, shownBoth(each)]));
        return {
          kind: "conflict",
          conflicts: clashes,
          markdown: stamped(regenerate({ ...result.texts, ...both }, page.markdown), fresh),
          base: fresh,
        };
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === TRIES) throw error;
      }
    }
  };
}

async function store(tx: Executor, texts: HumanTexts, all: readonly Writing[], author: Actor, incident: number, now: number): Promise<readonly HumanSection[]> {
  const [was, versions] = [textsOf(all), versionsOf(all)];
  // In one order for everybody: two who write at once wait for each other, and never each for the other.
  const changed = HUMAN_NAMES.filter((section) => texts[section] !== undefined && texts[section] !== was[section]);
  for (const section of changed) {
    const outcome = await writeText(tx, incident, section, texts[section]!, author, versions[section] ?? 0, now);
    if (outcome.kind === "conflict") throw new Overtaken();
  }
  return changed;
}

/** What somebody may have written: not the questions of the page that nobody has answered yet. */
function touched(texts: HumanTexts, { versions, asked }: Base): HumanTexts {
  const entries = Object.entries(texts) as [HumanSection, string][];
  return Object.fromEntries(
    entries.filter(
      ([section, text]) => versions[section] !== undefined || !(isPrompt(section, text) || (section === "action_items" && digest(text) === asked)),
    ),
  );
}

function unstorable(texts: HumanTexts, markdown: string): readonly TextProblem[] {
  if (markdown.includes("\0")) return [{ line: markdown.slice(0, markdown.indexOf("\0")).split("\n").length, what: "a NUL character", fix: "take it out" }];
  const left = Object.values(texts).find((text) => text.includes(MARKERS.mine) && text.includes(MARKERS.theirs));
  if (left === undefined) return [];
  const line = markdown.slice(0, markdown.indexOf(MARKERS.mine)).split("\n").length;
  return [{ line, what: "two texts of a conflict stand here", fix: `choose one, and take out the lines with ${Object.values(MARKERS).join(", ")}` }];
}

function shownBoth({ edited, current, by }: Clash): string {
  return `${MARKERS.mine}\n${edited ?? ""}\n${MARKERS.between}\n${current ?? ""}\n${MARKERS.theirs}, by ${by ?? "nobody"}`;
}
