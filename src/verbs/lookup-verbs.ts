import type { ShowName, Verb } from "./verb.ts";

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
  lookupVerb("status", [], "where it stands and what happens next", "incident"),
  lookupVerb(
    "list",
    ["ls", "incidents"],
    "open incidents, of a priority, a team or a service",
    "nothing",
    "[P0–P4] [TEAM] [SERVICE]",
  ),
  lookupVerb("timeline", ["tl"], "what happened so far", "incident"),
  lookupVerb("oncall", ["on-call"], "who is on call", "nothing", "[TEAM]"),
  lookupVerb("stats", [], "the last 30 days in figures, of a service or of all", "nothing", "[SERVICE]"),
  { ...lookupVerb("help", ["?"], "what to type first; `help all` lists every verb", "nothing"), usage: "[VERB|all]" },
];
