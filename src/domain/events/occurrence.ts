import { HOUR_MS } from "#domain/values/duration.ts";
import { cleanParagraphs } from "#domain/values/text.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Context } from "./decision.ts";

// The time of an event that is reported later, and the text about it.

/** What someone wrote, or null when that is nothing. */
export function writtenReason(reason: string | null): string | null {
  return cleanParagraphs(reason ?? "", 3_000) || null;
}

/** No end of an incident may lie before its start, whatever clock the author reads. */
export function isBeforeStart(incident: Incident, ctx: Context): boolean {
  return ctx.at !== undefined && ctx.at < startOf(incident);
}

/** How long before the incident began a noted event may lie, in ms: what led to it, such as a release. */
const LED_TO_IT = 6 * HOUR_MS;

/** A time of day that was last yesterday is seldom what a note means. */
export function isLongBeforeStart(incident: Incident, ctx: Context): boolean {
  return ctx.at !== undefined && ctx.at < startOf(incident) - LED_TO_IT;
}

/** The refusal for what would have happened before the incident began. */
export function beforeStartRefusal(incident: Incident, ctx: Context): string {
  return `${incidentId(incident.number)} began at ${formatUtc(startOf(incident))}, after ${formatUtc(ctx.at ?? ctx.now)}.`;
}

/** The clock of a source may be ahead of ours. */
function startOf({ detectedAt, openedAt }: Incident): Instant {
  return Math.min(detectedAt, openedAt);
}

/** The refusal for what only an open incident takes. */
export function notOpenRefusal({ number, status, mergedInto }: Incident): string {
  if (status === "merged" && mergedInto !== null)
    return `${incidentId(number)} was merged into ${incidentId(mergedInto)}: go on there, with \`${incidentId(mergedInto)}\` before the verb or in its channel.`;
  return `${incidentId(number)} is ${status}.`;
}
