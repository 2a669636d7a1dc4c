import type { TimeWindow } from "#domain/reporting/downtime.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Instant } from "#domain/values/language.ts";

/** When the incident was over for a while: from each resolution to the re-opening that followed it. `events`: those that stand. */
export function quietPeriods(events: readonly Event[]): readonly TimeWindow[] {
  const found: TimeWindow[] = [];
  let since: Instant | null = null;
  for (const { type, at } of events) {
    if (type === "incident.resolved") since ??= at;
    if (type !== "incident.reopened") continue;
    if (since !== null && at > since) found.push({ from: since, to: at });
    since = null;
  }
  return found;
}
