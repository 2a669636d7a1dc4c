import type { Person } from "#domain/language.ts";
import { PERSON, takePerson } from "./people.ts";
import { command, problem, type Asker, type Verb, type Wish } from "./verb.ts";
import type { Words } from "./words.ts";

const USAGE = "owner @USER · review [@USER …] · reviewed · close · waive gap N REASON";

function readers(words: Words, asker: Asker): Wish {
  const reviewers: Person[] = [];
  for (;;) {
    const next = takePerson(words, asker, "first");
    if (!next.ok) return problem(next.text);
    if (next.person === null) break;
    reviewers.push(next.person);
  }
  return words.empty ? command({ type: "postmortem.review", reviewers }) : problem("Say who is to read it: `postmortem review @USER @USER`.");
}

export const postmortem: readonly Verb[] = [
  {
    name: "postmortem",
    aliases: ["pm", "draft"],
    usage: `[${USAGE}]`,
    summary: "the draft, and what is still missing; whose it is, and its review",
    group: "Look",
    about: "incident",
    read(words, asker) {
      const what = words.first(/^(?:owner|review|reviewed|close|waive)$/i)?.toLowerCase() ?? "";
      switch (what) {
        case "owner": {
          const owner = takePerson(words, asker, "first");
          if (!owner.ok) return problem(owner.text);
          return owner.person === null || !words.empty
            ? problem("Say whose it is: `postmortem owner @USER`.")
            : command({ type: "postmortem.own", person: owner.person });
        }
        case "review":
          return readers(words, asker);
        case "reviewed":
          return words.empty
            ? command({ type: "postmortem.reviewed", version: null, problems: 0 })
            : problem("`postmortem reviewed` takes nothing else; what you found belongs into the postmortem.");
        case "close":
          return words.empty ? command({ type: "postmortem.close" }) : problem("`postmortem close` takes nothing else.");
        case "waive": {
          words.first(/^gap$/i);
          const gap = words.first(/^#?\d{1,4}$/);
          return gap === null || words.empty
            ? problem("Say which gap, and why nobody needs to know: `postmortem waive gap 1 REASON`.")
            : command({ type: "postmortem.waive", gap: Number(gap.replace("#", "")), between: null, reason: words.all() });
        }
        default:
          if (!words.empty && !PERSON.test(words.rest) && !/^(?:check|status|show)$/i.test(words.rest))
            return problem(`Say \`postmortem\` alone to see it, or: ${USAGE}.`);
          return { kind: "show", show: "postmortem", argument: null };
      }
    },
  },
];
