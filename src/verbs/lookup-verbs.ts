import { incidentNumber } from "#domain/values/language.ts";
import { requestCommand, reportProblem, type ShowName, type Verb } from "./verb.ts";

const lookupVerb = (
  name: ShowName,
  aliases: readonly string[],
  summary: string,
  about: Verb["about"],
  usage = "",
): Verb => ({
  name,
  aliases,
  usage,
  summary,
  group: "Look",
  about,
  read: (words) => ({ kind: "show", show: name, argument: words.empty ? null : words.all() }),
});

export const lookupVerbs: readonly Verb[] = [
  {
    name: "merge",
    aliases: ["dup", "duplicate"],
    usage: "INC-n",
    summary: "this one is a part of INC-n, which goes on with the alerts of both",
    group: "Arrange",
    about: "incident",
    read(words) {
      const number = incidentNumber(words.all());
      return number === null
        ? reportProblem("Say which incident goes on: `merge INC-12`.")
        : requestCommand({ type: "incident.merge", into: number });
    },
  },
  lookupVerb("status", [], "where it stands and what happens next", "incident"),
  lookupVerb("list", ["ls", "incidents"], "open incidents", "nothing"),
  lookupVerb("timeline", ["tl"], "what happened so far", "incident"),
  lookupVerb("oncall", ["on-call"], "who is on call", "nothing", "[TEAM]"),
  lookupVerb("stats", [], "the last 30 days in figures, of a service or of all", "nothing", "[SERVICE]"),
  { ...lookupVerb("help", ["?"], "this list", "nothing"), usage: "[VERB]" },
];
