import type { TimeWindow } from "#domain/reporting/downtime.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Instant } from "#domain/values/language.ts";

/** The stretches in which the incident was resolved, each until the reopening that followed. `events`: the effective ones. */
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
