import { namedSignature, SIGNATURE_INCIDENTS, type AlertSignature } from "#domain/reporting/alert-quality.ts";
import { REPORT_BOUNDS, type BoundedList, type ListBounds } from "#domain/reporting/bounded-list.ts";
import { DOWN_PRIORITIES, downStretches, overlapDuration, type TimeWindow } from "#domain/reporting/downtime.ts";
import { serviceMonth, type ServiceMonth } from "#domain/reporting/error-budget.ts";
import { isCounted, timeToAcknowledge, timeToResolve } from "#domain/reporting/incident-times.ts";
import type { IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { MonthFigures } from "#domain/reporting/monthly-figures.ts";
import type { RemediatedIncidents, VerifiedRun } from "#domain/reporting/remediated-incidents.ts";
import type { StatisticsQuery } from "#domain/reporting/statistics.ts";
import { monthsOf, type CalendarMonth } from "#domain/values/calendar-month.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";

// The parts of expected-statistics.ts that tests ask for by themselves.

/** Opened in [from, to)? */
export function wasOpenedIn({ openedAt }: IncidentSummary, from: Instant, to: Instant): boolean {
  return openedAt >= from && openedAt < to;
}

/** Incidents that alerts opened and that have no runbook to follow, by signature. */
export function signaturesWithoutRunbook(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  return bySignature(cases.filter(({ links }) => links.runbook === null));
}

/** Signatures that came more than once. */
export function repeatedSignatures(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  return bySignature(cases).filter(({ count }) => count > 1);
}

/** The most frequent first, of equal ones the latest. What a person declared has no signature. */
function bySignature(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  const ofAlerts = cases.filter(({ declaredBy }) => declaredBy === null);
  return Array.from(
    Map.groupBy(ofAlerts, ({ key }) => key),
    ([key, same]) => {
      const numbers = same.map(({ number }) => number).toSorted((a, b) => a - b);
      return namedSignature(key, numbers.length, numbers.slice(-SIGNATURE_INCIDENTS));
    },
  ).toSorted((a, b) => b.count - a.count || b.incidents.at(-1)! - a.incidents.at(-1)!);
}

/**
 * When a service was down: from the start to the resolution of each incident that was P0 or P1 at its worst, without the
 * time between an end and a new beginning, overlapping ones counted once. `now` stands in for the end of one that is open.
 */
export function downWindows(cases: readonly IncidentSummary[], now: Instant): readonly TimeWindow[] {
  return mergeWindows(
    cases.filter((each) => isCounted(each) && DOWN_PRIORITIES.has(each.peak)).flatMap((each) => stretches(each, now)),
  );
}

function stretches(summary: IncidentSummary, now: Instant): readonly TimeWindow[] {
  return downStretches(summary).map(({ from, to }) => ({ from, to: to ?? now }));
}

/** The same time as windows that neither overlap nor touch, in order. */
export function mergeWindows(windows: readonly TimeWindow[]): readonly TimeWindow[] {
  const joined: { from: Instant; to: Instant }[] = [];
  for (const { from, to } of windows.filter((each) => each.to > each.from).toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/**
 * Uptime and error budget of each service in each month that [from, to) touches, whole months always. `slos`: percent
 * by service; these services are listed even when nothing happened. The budget is that of the month's true length.
 */
export function serviceMonths(
  cases: readonly IncidentSummary[],
  {
    from,
    to,
    now,
    slos,
    since = firstOpenedAt(cases),
  }: {
    readonly from: Instant;
    readonly to: Instant;
    readonly now: Instant;
    readonly slos: ReadonlyMap<string, number | null>;
    /** When the first incident of all was opened; absent: the first of these. */
    readonly since?: Instant | null;
  },
): readonly ServiceMonth[] {
  const byService = Map.groupBy(cases.filter(isCounted), ({ route }) => route.service);
  const services = [...new Set([...slos.keys(), ...[...byService.keys()].filter((name) => name !== null)])].toSorted();
  const months = monthsOf(from, to);
  return services.flatMap((service) => {
    const windows = downWindows(byService.get(service) ?? [], now);
    return months.map((month) =>
      serviceMonth(service, month, {
        down: overlapDuration(windows, { from: month.from, to: Math.min(now, month.to) }),
        now,
        slo: slos.get(service) ?? null,
        since,
      }),
    );
  });
}

/**
 * Which incidents a run mitigated: it had changed something before the mitigation (a resolution without one is one), and
 * it was proved that this helped. With several such runs an incident was mitigated alone when none of them needed a person.
 */
export function findRemediatedIncidents(
  cases: readonly IncidentSummary[],
  runs: readonly VerifiedRun[],
  bounds: ListBounds = REPORT_BOUNDS,
): RemediatedIncidents {
  const of = new Map<number, VerifiedRun[]>();
  for (const run of runs) of.set(run.incident, [...(of.get(run.incident) ?? []), run]);
  const resolved = cases.filter((each) => timeToResolve(each) !== null);
  const helped = resolved.flatMap(({ number, mitigatedAt, resolvedAt }) => {
    const before = (of.get(number) ?? []).filter(({ wroteAt }) => wroteAt <= (mitigatedAt ?? resolvedAt!));
    return before.length === 0 ? [] : [{ number, attended: before.some(({ attended }) => attended) }];
  });
  const remediatedNumbers = (attended: boolean): BoundedList<number> =>
    boundLatest(
      helped.filter((each) => each.attended === attended).map(({ number }) => number),
      bounds,
    );
  return { resolved: resolved.length, alone: remediatedNumbers(false), approved: remediatedNumbers(true) };
}

/** The latest of a list in order: bounds count from its end, and what they name stays in order. */
export function boundLatest<T>(whole: readonly T[], { limit, offset }: ListBounds): BoundedList<T> {
  const end = Math.max(0, whole.length - offset);
  return { count: whole.length, items: whole.slice(Math.max(0, end - limit), end) };
}

/** The spread of some figures; null of none. */
export function summarizePercentiles(values: readonly number[]): PercentileSummary | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).toSorted();
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, each) => sum + each, 0) / sorted.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p95: percentile(sorted, 0.95),
  };
}

/**
 * The value below which `share` of sorted figures lie, between two neighbours in proportion: what spreadsheets call
 * PERCENTILE.INC. The half is the median as everyone computes it.
 */
function percentile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (place - below);
}

/** Each month's figures; the same incidents count as in `statistics`. */
export function monthlyFigures(
  cases: readonly IncidentSummary[],
  months: readonly CalendarMonth[],
  query: Pick<StatisticsQuery, "private" | "service">,
): readonly MonthFigures[] {
  const visible = cases.filter(
    (each) =>
      isCounted(each) &&
      (query.private || !each.private) &&
      (query.service === null || each.route.service === query.service),
  );
  return months.map(({ name, from, to }) => {
    const inPeriod = visible.filter((each) => wasOpenedIn(each, from, to));
    const byPriority: Partial<Record<Priority, number>> = {};
    for (const { peak } of inPeriod) byPriority[peak] = (byPriority[peak] ?? 0) + 1;
    const median = (of: (each: IncidentSummary) => number | null): number | null =>
      summarizePercentiles(inPeriod.map(of).filter((ms) => ms !== null))?.p50 ?? null;
    return { month: name, byPriority, acknowledge: median(timeToAcknowledge), resolve: median(timeToResolve) };
  });
}

/** When the first of some incidents was opened; null: there is none. */
export function firstOpenedAt(cases: readonly IncidentSummary[]): Instant | null {
  return cases.length === 0 ? null : Math.min(...cases.map(({ openedAt }) => openedAt));
}
