import type { Person } from "#domain/values/language.ts";
import { PERSON_PATTERN, takePerson } from "./person-argument.ts";
import { requestCommand, reportProblem, type VerbContext, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

const USAGE = "owner @USER · review [@USER …] · reviewed · close · waive gap N REASON";

function readers(words: WordReader, ctx: VerbContext): VerbRequest {
  const reviewers: Person[] = [];
  for (;;) {
    const next = takePerson(words, ctx, "first");
    if (!next.ok) return reportProblem(next.text);
    if (next.person === null) break;
    reviewers.push(next.person);
  }
  return words.empty
    ? requestCommand({ type: "postmortem.review", reviewers })
    : reportProblem("Name who is to read it: `postmortem review @USER @USER`.");
}

export const postmortemVerbs: readonly Verb[] = [
  {
    name: "postmortem",
    aliases: ["pm", "draft"],
    usage: `[${USAGE}]`,
    summary: "the draft, and what is still missing; whose it is, and its review",
    group: "Look",
    about: "incident",
    read(words, ctx) {
      const what = words.first(/^(?:owner|review|reviewed|close|waive)$/i)?.toLowerCase() ?? "";
      switch (what) {
        case "owner": {
          const owner = takePerson(words, ctx, "first");
          if (!owner.ok) return reportProblem(owner.text);
          return owner.person === null || !words.empty
            ? reportProblem("Name the owner: `postmortem owner @USER`.")
            : requestCommand({ type: "postmortem.own", person: owner.person });
        }
        case "review":
          return readers(words, ctx);
        case "reviewed":
          return words.empty
            ? requestCommand({ type: "postmortem.reviewed", version: null, problems: 0 })
            : reportProblem("`postmortem reviewed` takes nothing else; what you found belongs into the postmortem.");
        case "close":
          return words.empty
            ? requestCommand({ type: "postmortem.close" })
            : reportProblem("`postmortem close` takes nothing else.");
        case "waive": {
          words.first(/^gap$/i);
          const gap = words.first(/^#?\d{1,4}$/);
          return gap === null || words.empty
            ? reportProblem("Name the gap, and why it stays open: `postmortem waive gap 1 REASON`.")
            : requestCommand({
                type: "postmortem.waive",
                gap: Number(gap.replace("#", "")),
                between: null,
                reason: words.all(),
              });
        }
        default:
          if (!words.empty && !PERSON_PATTERN.test(words.rest) && !/^(?:check|status|show)$/i.test(words.rest))
            return reportProblem(`\`postmortem\` alone shows it. Else: ${USAGE}.`);
          return { kind: "show", show: "postmortem", argument: null };
      }
    },
  },
];
