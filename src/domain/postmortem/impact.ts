import { overlapDuration, type TimeWindow } from "#domain/reporting/downtime.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";

/** First to last instant at which an alert reported that something was wrong; `to` null while one still does. */
export type ImpactWindow = { readonly from: Instant; readonly to: Instant | null };

/** A difference between the alerts and the declaration, in ms. */
export type ImpactDiscrepancy = {
  readonly what: "opened late" | "opened early" | "resolved late" | "resolved early" | "still firing";
  readonly ms: number;
};

/** What the outage cost at most, by the figure of the policy: money for each minute in which nothing works at all. */
export type RevenueLoss = {
  readonly perMinute: number;
  readonly of: "service" | "policy";
  readonly minutes: number;
  readonly amount: number;
};

export function impactWindow(incident: Incident, events: readonly Event[]): ImpactWindow {
  const ends = events.flatMap((event) =>
    event.type === "alerts.resolved" ? event.data.alerts.map(({ endsAt }) => endsAt ?? event.at) : [],
  );
  if (incident.alerts.firing > 0) return { from: incident.detectedAt, to: null };
  const last = ends.length > 0 ? ends.reduce((a, b) => Math.max(a, b)) : incident.resolvedAt;
  return {
    from: incident.detectedAt,
    to: last === null ? null : Math.max(last, incident.detectedAt),
  };
}

/** Where alerts and declaration disagree by a minute or more: a reader who sees two windows must also see why. */
export function findDiscrepancies(
  { from, to }: ImpactWindow,
  { openedAt, resolvedAt }: Incident,
): readonly ImpactDiscrepancy[] {
  const found: ImpactDiscrepancy[] = [];
  if (Math.abs(openedAt - from) >= MINUTE_MS)
    found.push({ what: openedAt > from ? "opened late" : "opened early", ms: Math.abs(openedAt - from) });
  if (to === null) {
    if (resolvedAt !== null) found.push({ what: "still firing", ms: 0 });
  } else if (resolvedAt !== null && Math.abs(resolvedAt - to) >= MINUTE_MS)
    found.push({ what: resolvedAt > to ? "resolved late" : "resolved early", ms: Math.abs(resolvedAt - to) });
  return found;
}

/**
 * Minutes of impact times the figure, without what lies between a resolution and a re-opening. null while it lasts, and for P3 and P4, which are within the objective: no one paid
 * less for those.
 */
export function computeRevenueLoss(
  { from, to }: ImpactWindow,
  { peak }: Incident,
  figure: { readonly perMinute: number; readonly of: "service" | "policy" } | null,
  quietPeriods: readonly TimeWindow[] = [],
): RevenueLoss | null {
  if (figure === null || to === null || priorityRank(peak) > 2) return null;
  const minutes = Math.round((to - from - overlapDuration(quietPeriods, { from, to })) / MINUTE_MS);
  return { ...figure, minutes, amount: minutes * figure.perMinute };
}
