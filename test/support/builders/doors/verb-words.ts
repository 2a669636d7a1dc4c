import { permissionNames } from "#verbs/verb-permission.ts";
import { ALL_VERBS } from "#verbs/verb-registry.ts";

/** What stands behind a verb, or instead of a part of one, to ask for something that can be understood. */
const WORDS: Readonly<Record<string, string>> = {
  declare: "declare P4 nothing much",
  severity: "severity P2 it is less",
  cancel: "cancel it was nothing",
  drill: "drill the database is gone",
  merge: "merge INC-1",
  override: "override end 12",
  mute: "mute service=nothing 1h tests",
  unmute: "unmute 1",
  postmortem: "postmortem",
  role: "role scribe",
  handoff: "handoff accept",
  page: "page @bob look at this",
  runbook: "runbook list",
  "runbook run": "runbook run nothing service=x",
  "runbook cancel": "runbook cancel RUN-1",
  "runbook settle": "runbook happened RUN-1",
  automation: "automation off",
  "automation on": "automation on",
  "automation off": "automation off",
  update: "update all goes on",
  title: "title another one",
  note: "note it is odd",
  correct: "correct began at 10:00",
  task: "task look at it",
  followup: "followup mend it",
  invite: "invite @bob",
  snooze: "snooze 10m",
};
/** Every verb and every part of one that has rules of its own. What hides the incident from where they ask comes last. */
export const VERB_NAMES: readonly string[] = ALL_VERBS.flatMap(permissionNames).toSorted(
  (a, b) => Number(a === "private") - Number(b === "private"),
);
/** Words that ask for a verb, or for a part of one, and are understood. */
export const wordsOfVerb = (name: string): string => WORDS[name] ?? name;
