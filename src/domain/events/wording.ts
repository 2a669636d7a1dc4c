import type { AlertSnapshot } from "#domain/incident/incident.ts";
import { formatUtc, isUnsetYear } from "#domain/values/instant.ts";
import { truncateText } from "#domain/values/text.ts";
import { isSamePerson } from "#domain/policy/people.ts";

// Parts of sentences that several events share.

/** Stored for a change without a reason, which sentences leave out. */
export const NO_REASON = "no reason given";

/** " (note)", or nothing. */
export function noteInBrackets({ note }: { readonly note?: string }): string {
  return note === undefined ? "" : ` (${note})`;
}

/** "1 alert", "2 alerts". */
export function countedNoun(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** For which other team an answer was, and whether it was given in the pager: " for payments in the pager", or "". */
export function answeredWhere({ team, alarm }: { readonly team?: string; readonly alarm?: string }): string {
  return `${team === undefined ? "" : ` for ${team}`}${alarm === undefined ? "" : " in the pager"}`;
}

/** Up to three summaries, and how many more there are. */
export function someSummaries(alerts: readonly AlertSnapshot[]): string {
  const shown = [...new Set(alerts.map(({ summary }) => truncateText(summary, 100)))];
  return shown.length <= 3 ? shown.join(" · ") : `${shown.slice(0, 3).join(" · ")} and ${shown.length - 3} more`;
}

/** The reported starts that cannot be true, for the end of a sentence; "" when all of them can. */
export function doubtedStarts(alerts: readonly AlertSnapshot[]): string {
  const reported = [...new Set(alerts.flatMap(({ reportedStartsAt }) => reportedStartsAt ?? []))];
  if (reported.length === 0) return "";
  const named = reported.slice(0, 3).map((at) => (isUnsetYear(at) ? "no start" : `a start at ${formatUtc(at)}`));
  return ` (the source reports ${[...new Set(named)].join(", ")}${reported.length > 3 ? ", …" : ""}: the time of receipt counts)`;
}

/** Whether someone did to themselves what an event records of them. */
export function isOwn(person: { readonly id: string }, actor: { readonly id: string }): boolean {
  return isSamePerson(null, person, actor);
}
