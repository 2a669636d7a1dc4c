import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
import type { BoundedList } from "#domain/reporting/bounded-list.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";

/** Statistics as the API shows them (docs/statistics.md): times in ms, instants ISO 8601 in UTC, null where nothing is known. */
export function presentStatistics(figures: IncidentStatistics) {
  const { times, paging, updates } = figures;
  return {
    from: formatIso(figures.from),
    to: formatIso(figures.to),
    zone: figures.zone,
    incidents: {
      total: figures.total,
      open: figures.open,
      byPriority: figures.byPriority,
      byService: figures.byService.items,
      byTeam: figures.byTeam.items,
      byMonth: figures.byMonth,
    },
    times: {
      detect: inMs(times.detect),
      acknowledge: inMs(times.acknowledge),
      mitigate: inMs(times.mitigate),
      resolve: inMs(times.resolve),
    },
    failures: { count: figures.failures, meanMsBetween: figures.betweenFailures },
    pages: { ...paging, byPerson: paging.byPerson.items },
    updates: { ...updates, shareOnTime: share(updates.onTime, updates.sent) },
    ledToNothing: {
      count: figures.withoutAction.count,
      share: share(figures.withoutAction.count, figures.total),
      incidents: figures.withoutAction.items.map(incidentId),
    },
    remediated: {
      resolved: figures.remediated.resolved,
      alone: mitigated(figures.remediated.alone, figures.remediated.resolved),
      approved: mitigated(figures.remediated.approved, figures.remediated.resolved),
    },
    withoutRunbook: figures.withoutRunbook.items.map(named),
    repeats: figures.repeats.items.map(named),
    overdueActions: figures.overdue.items.map((each) => ({ ...each, incident: incidentId(each.incident) })),
    services: figures.services.items.map(({ service, month, down, uptime, budget }) => ({
      service,
      month,
      downMs: down,
      uptimePercent: uptime,
      // A budget of nothing that was exceeded has no share in JSON: null, and the state shows it.
      budget:
        budget === null
          ? null
          : {
              slo: budget.slo,
              allowedMs: budget.allowed,
              leftMs: budget.left,
              usedShare: budget.usedShare,
              state: budget.state,
            },
    })),
    lists: Object.fromEntries(listLengths(figures).map(({ name, shown, count }) => [name, { shown, count }])),
  };
}

/** A list of a report that may be longer than what is shown of it. */
export type ListLength = { readonly name: string; readonly shown: number; readonly count: number };

/** How many entries each list of the figures has, and how many are shown. */
export function listLengths(figures: IncidentStatistics): readonly ListLength[] {
  const { remediated, paging } = figures;
  const services = new Set(figures.services.items.map(({ service }) => service)).size;
  const of = (name: string, { count, items }: BoundedList<unknown>): ListLength => ({
    name,
    shown: items.length,
    count,
  });
  return [
    of("byService", figures.byService),
    of("byTeam", figures.byTeam),
    of("byPerson", paging.byPerson),
    of("ledToNothing", figures.withoutAction),
    of("remediatedAlone", remediated.alone),
    of("remediatedApproved", remediated.approved),
    of("withoutRunbook", figures.withoutRunbook),
    of("repeats", figures.repeats),
    of("overdueActions", figures.overdue),
    { name: "services", shown: services, count: figures.services.count },
  ];
}

/** "50 of 6,600": how much of a list is shown. */
export function shownOf(shown: number, count: number): string {
  return `${groupDigits(shown)} of ${groupDigits(count)}`;
}

function groupDigits(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** What the API answers. */
export type PresentedStatistics = ReturnType<typeof presentStatistics>;

function inMs(spread: PercentileSummary | null) {
  return (
    spread && { count: spread.count, meanMs: spread.mean, p50Ms: spread.p50, p90Ms: spread.p90, p95Ms: spread.p95 }
  );
}

function named({ key, signature, count, incidents }: AlertSignature): {
  readonly signature: string;
  readonly key: string;
  readonly count: number;
  readonly incidents: readonly string[];
} {
  return { signature, key, count, incidents: incidents.map(incidentId) };
}

function mitigated({ count, items }: BoundedList<number>, resolved: number) {
  return { count, share: share(count, resolved), incidents: items.map(incidentId) };
}

/** "2 of 4 (50 %)". */
export function remediatedText(count: number, resolved: number): string {
  return resolved === 0 ? "–" : `${count} of ${resolved} (${Math.round((100 * count) / resolved)} %)`;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** One figure: what about, of what, how much, in what. */
export type StatisticsRow = readonly [group: string, name: string, value: string, unit: string];

/** The same as rows for a spreadsheet: figures as plain numbers, with the unit beside them. */
export function listStatisticsRows(figures: IncidentStatistics): readonly StatisticsRow[] {
  const rows: StatisticsRow[] = [];
  const add = (group: string, name: string, value: number | string | null, unit: string): void =>
    void (value !== null && rows.push([group, name, String(value), unit]));
  add("incidents", "total", figures.total, "incidents");
  add("incidents", "open", figures.open, "incidents");
  for (const [priority, count] of Object.entries(figures.byPriority))
    add("incidents by priority", priority, count, "incidents");
  for (const { name, count } of figures.byService.items) add("incidents by service", name, count, "incidents");
  for (const { name, count } of figures.byTeam.items) add("incidents by team", name, count, "incidents");
  for (const { name, count } of figures.byMonth) add("incidents by month", name, count, "incidents");
  for (const [name, spread] of Object.entries(figures.times))
    if (spread !== null)
      for (const [kind, ms] of Object.entries(spread))
        add(`time to ${name}`, kind, ms, kind === "count" ? "incidents" : "ms");
  add("failures", "count", figures.failures, "incidents");
  add("failures", "mean time between", figures.betweenFailures, "ms");
  for (const { name, pages, night } of figures.paging.byPerson.items) {
    add("pages by person", name, pages, "pages");
    add("night pages by person", name, night, "pages");
  }
  figures.paging.byHour.forEach((count, hour) => add("pages by hour", String(hour).padStart(2, "0"), count, "pages"));
  add("updates", "sent", figures.updates.sent, "updates");
  add("updates", "on time", figures.updates.onTime, "updates");
  const { resolved, alone, approved } = figures.remediated;
  add("remediated and verified", "resolved incidents", resolved, "incidents");
  add("remediated and verified", "without a person", alone.count, "incidents");
  add("remediated and verified", "with approval", approved.count, "incidents");
  add("remediated and verified", "share without a person", share(alone.count, resolved), "share");
  add("remediated and verified", "share with approval", share(approved.count, resolved), "share");
  add("alerts", "led to nothing", figures.withoutAction.count, "incidents");
  for (const { signature, count } of figures.withoutRunbook.items)
    add("alerts without a runbook", signature, count, "incidents");
  for (const { signature, count } of figures.repeats.items) add("repeats", signature, count, "incidents");
  for (const { incident, id, text, due } of figures.overdue.items)
    add("actions past due", `${incidentId(incident)} ${id}: ${text}`, due, "day");
  for (const { service, month, down, uptime, budget } of figures.services.items) {
    add(`down in ${month}`, service, down, "ms");
    add(`uptime in ${month}`, service, uptime, "percent");
    if (budget === null) continue;
    add(`error budget of ${month}`, service, budget.allowed, "ms");
    add(`error budget left of ${month}`, service, budget.left, "ms");
    add(`error budget policy of ${month}`, service, budget.state, "state");
  }
  for (const { name, shown, count } of listLengths(figures))
    if (shown < count) add("lists that are cut", name, shownOf(shown, count), "entries");
  return rows;
}

/** CSV (RFC 4180) with a heading. A text that a spreadsheet would take for a formula is made one that it does not. */
export function statisticsCsv(figures: IncidentStatistics): string {
  const cell = (text: string): string => {
    const safe = /^[=+@\t\r\n＝＋－＠]|^-(?!\d+(?:\.\d+)?$)/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [["group", "name", "value", "unit"], ...listStatisticsRows(figures)]
    .map((row) => `${row.map(cell).join(",")}\r\n`)
    .join("");
}

/** "45 min", or a dash where nothing is known. */
export function durationOrDash(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "–" : formatDuration(ms);
}

/** "99.845 %": three places, because the third is 26 seconds of a month; rounded down, because nothing is up that was not. */
export function formatPercent(value: number | null): string {
  return value === null ? "–" : `${(Math.floor(value * 1_000 + 1e-6) / 1_000).toFixed(3)} %`;
}
