import type { TimelineGap } from "./timeline-gaps.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MINUTE_MS, formatDuration, formatDelay } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { RoleHeld } from "./role-history.ts";
import type { AttemptedStep } from "./attempted-steps.ts";
import type { ResponseTimes } from "./response-times.ts";
import { isUnanswered, type PageResponse } from "#domain/paging/page-response.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";

/** Hints from the figures, for the author of the lessons. Never a cause, never a person. */
export type PostmortemHints = { readonly well: readonly string[]; readonly badly: readonly string[] };

/** ms from the start to the opening beyond which detection was slow: the case study detects within 2 to 5 minutes. */
export const SLOW_DETECTION_MS = 5 * MINUTE_MS;
/** Within how many ms an on-call person responds, by priority (the tiered alerting table); P0 is answered at once. */
const RESPOND = [2 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS];

type SeenObject = {
  readonly incident: Incident;
  readonly times: ResponseTimes;
  readonly pages: readonly PageResponse[];
  /** When it came to be what it was at its worst. */
  readonly rose: Instant;
  readonly roles: readonly RoleHeld[];
  readonly gaps: readonly TimelineGap[];
  readonly tried: readonly AttemptedStep[];
};

export function collectHints({ incident, times, pages, rose, roles, gaps, tried }: SeenObject): PostmortemHints {
  const well: string[] = [];
  const badly: string[] = [];
  const { detect, acknowledge, commander, updates } = times;
  if (detect.value > SLOW_DETECTION_MS)
    badly.push(`It went on for ${formatDuration(detect.value)} before anything noticed`);
  else well.push(`It was noticed ${formatDelay(detect.value)}`);
  const within = RESPOND[priorityRank(incident.peak)];
  if (within !== undefined) {
    if (acknowledge === null) badly.push("No one acknowledged it");
    else if (acknowledge.value > within)
      badly.push(
        `The page was answered after ${formatDuration(acknowledge.value)}; ${incident.peak} asks for ${formatDuration(within)}`,
      );
    else
      well.push(
        `The page was answered ${formatDelay(acknowledge.value)}, within the ${formatDuration(within)} of ${incident.peak}`,
      );
  }
  const failed = pages.filter(({ status }) => status === "failed").length;
  if (failed > 0) badly.push(`${failed} ${failed === 1 ? "page" : "pages"} did not get through`);
  const unanswered = pages.filter(isUnanswered).length;
  if (unanswered > 0) badly.push(`${unanswered} ${unanswered === 1 ? "page was" : "pages were"} not answered`);
  if (roles.every(({ role }) => role !== "commander")) badly.push("No one had command");
  else if (commander !== null && commander.value > 10 * MINUTE_MS)
    badly.push(`No one had command for the first ${formatDuration(commander.value)}`);
  // A later lowering is fine: by then the worst has passed.
  const under = rose - incident.openedAt;
  if (under >= MINUTE_MS)
    badly.push(`For its first ${formatDuration(under)} it had a lower priority than ${incident.peak}`);
  const { sent, onTime } = updates.value;
  if (sent > 0 && onTime === sent)
    well.push(sent === 1 ? "The update was on time" : `All ${sent} updates were on time`);
  else if (sent > 0) badly.push(`${sent - onTime} of ${sent} ${sent === 1 ? "update" : "updates"} came late`);
  for (const { from, to } of gaps)
    badly.push(`Nothing was written down from ${formatUtcTime(from)} to ${formatUtcTime(to)} UTC`);
  for (const { step, outcome } of tried) {
    if (outcome === "helped") well.push(`It helped: ${step}`);
    else if (outcome === "worse") badly.push(`It made it worse: ${step}`);
  }
  return { well, badly };
}
