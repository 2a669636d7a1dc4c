import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
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
      byService: figures.byService,
      byTeam: figures.byTeam,
      byMonth: figures.byMonth,
    },
    times: {
      detect: inMs(times.detect),
      acknowledge: inMs(times.acknowledge),
      mitigate: inMs(times.mitigate),
      resolve: inMs(times.resolve),
    },
    failures: { count: figures.failures, meanMsBetween: figures.betweenFailures },
    pages: paging,
    updates: { ...updates, shareOnTime: share(updates.onTime, updates.sent) },
    ledToNothing: {
      count: figures.withoutAction.length,
      share: share(figures.withoutAction.length, figures.total),
      incidents: figures.withoutAction.map(incidentId),
    },
    remediated: {
      resolved: figures.remediated.resolved,
      alone: mitigated(figures.remediated.alone, figures.remediated.resolved),
      approved: mitigated(figures.remediated.approved, figures.remediated.resolved),
    },
    withoutRunbook: figures.withoutRunbook.map(named),
    repeats: figures.repeats.map(named),
    overdueActions: figures.overdue.map((each) => ({ ...each, incident: incidentId(each.incident) })),
    services: figures.services.map(({ service, month, down, uptime, budget }) => ({
      service,
      month,
      downMs: down,
      uptimePercent: uptime,
      // A budget of nothing that was exceeded has no share in JSON: null, and the state says it.
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
  };
}

/** What the API answers. */
export type PresentedStatistics = ReturnType<typeof presentStatistics>;

function inMs(spread: PercentileSummary | null) {
  return (
    spread && { count: spread.count, meanMs: spread.mean, p50Ms: spread.p50, p90Ms: spread.p90, p95Ms: spread.p95 }
  );
}

function named({ signature, incidents }: AlertSignature): {
  readonly signature: string;
  readonly incidents: readonly string[];
} {
  return { signature, incidents: incidents.map(incidentId) };
}

function mitigated(numbers: readonly number[], resolved: number) {
  return { count: numbers.length, share: share(numbers.length, resolved), incidents: numbers.map(incidentId) };
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
  for (const { name, count } of figures.byService) add("incidents by service", name, count, "incidents");
  for (const { name, count } of figures.byTeam) add("incidents by team", name, count, "incidents");
  for (const { name, count } of figures.byMonth) add("incidents by month", name, count, "incidents");
  for (const [name, spread] of Object.entries(figures.times))
    if (spread !== null)
      for (const [kind, ms] of Object.entries(spread))
        add(`time to ${name}`, kind, ms, kind === "count" ? "incidents" : "ms");
  add("failures", "count", figures.failures, "incidents");
  add("failures", "mean time between", figures.betweenFailures, "ms");
  for (const { name, pages, night } of figures.paging.byPerson) {
    add("pages by person", name, pages, "pages");
    add("night pages by person", name, night, "pages");
  }
  figures.paging.byHour.forEach((count, hour) => add("pages by hour", String(hour).padStart(2, "0"), count, "pages"));
  add("updates", "sent", figures.updates.sent, "updates");
  add("updates", "on time", figures.updates.onTime, "updates");
  const { resolved, alone, approved } = figures.remediated;
  add("remediated and verified", "resolved incidents", resolved, "incidents");
  add("remediated and verified", "without a person", alone.length, "incidents");
  add("remediated and verified", "with approval", approved.length, "incidents");
  add("remediated and verified", "share without a person", share(alone.length, resolved), "share");
  add("remediated and verified", "share with approval", share(approved.length, resolved), "share");
  add("alerts", "led to nothing", figures.withoutAction.length, "incidents");
  for (const { signature, incidents } of figures.withoutRunbook)
    add("alerts without a runbook", signature, incidents.length, "incidents");
  for (const { signature, incidents } of figures.repeats) add("repeats", signature, incidents.length, "incidents");
  for (const { incident, id, text, due } of figures.overdue)
    add("actions past due", `${incidentId(incident)} ${id}: ${text}`, due, "day");
  for (const { service, month, down, uptime, budget } of figures.services) {
    add(`down in ${month}`, service, down, "ms");
    add(`uptime in ${month}`, service, uptime, "percent");
    if (budget === null) continue;
    add(`error budget of ${month}`, service, budget.allowed, "ms");
    add(`error budget left of ${month}`, service, budget.left, "ms");
    add(`error budget policy of ${month}`, service, budget.state, "state");
  }
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
