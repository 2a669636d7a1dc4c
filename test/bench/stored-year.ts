import type { DatabaseConnection } from "#db/client.ts";
import { toStoredState } from "#db/stored-route.ts";
import { summarizeIncident } from "#domain/reporting/incident-summary.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { DAY, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { anIncident, aPage, aRoute } from "#test/support/builders/incidents.ts";

// A year of a busy place, made by the database out of one incident: as many services and alert names as a place has, not
// one for each incident. Every third incident carries no link to a runbook, every tenth was P0 or P1.

/** Numbers and words that stand for what differs from one incident to the next. */
const MARKS = {
  number: 910_000_001,
  opened: 910_000_002,
  detected: 910_000_003,
  resolved: 910_000_004,
  acknowledged: 910_000_005,
  service: "service-mark",
  alertname: "alertname-mark",
  person: "person-mark",
  peak: "P2",
  status: "acknowledged",
  runbook: "https://runbooks.example/mark",
} as const;

/** What each of them is replaced by, as SQL over the number `n`: incidents in the last `open` are open, P3 and not acknowledged. */
type YearSize = {
  readonly incidents: number;
  readonly alertsEach: number;
  readonly open: number;
  readonly now: number;
};

/** Fills incidents and alerts; the figures are left to the program, as after an upgrade. */
export async function storeYear(connection: DatabaseConnection, size: YearSize): Promise<void> {
  const { incidents, alertsEach, open, now } = size;
  const incident: Incident = anIncident({
    number: MARKS.number,
    key: JSON.stringify([MARKS.service, MARKS.alertname]),
    title: `${MARKS.service}: ${MARKS.alertname}`,
    status: MARKS.status,
    peak: MARKS.peak,
    priority: MARKS.peak,
    route: aRoute({ service: MARKS.service, team: "platform" }),
    plan: { ...anIncident().plan, page: "none" },
    openedAt: MARKS.opened,
    detectedAt: MARKS.detected,
    acknowledgedAt: MARKS.acknowledged,
    mitigatedAt: MARKS.resolved,
    resolvedAt: MARKS.resolved,
    resolvedBy: "alerts",
    links: { runbook: MARKS.runbook, dashboards: [], source: null },
    pages: [aPage({ to: MARKS.person, requestedAt: MARKS.opened })],
  });
  const text = (value: object): string => `${replaced(JSON.stringify(value).replaceAll("'", "''"))}`;
  const { uid: _, ...state } = incident;
  await connection.pool
    .query(`insert into incidents (number, uid, key, status, priority, service, team, opened_at, resolved_at, gathers, open_tasks, version, state, figures)
    select n, 'uid-' || n, '["' || service || '","' || alertname || '"]', status, peak, service, 'platform', to_timestamp(opened / 1000.0), to_timestamp(resolved / 1000.0), false, false, 5,
      ${text(toStoredState(state as Incident))}::json, ${text({ version: 5, ...summarizeIncident(incident) })}::json
    from (select *, case when is_open then null else opened + (5 + n % 200) * ${MINUTE} end as resolved, case when is_open or n % 4 = 0 then null else opened + (n % 20) * ${MINUTE} end as acknowledged,
        opened - (n % 300) * ${SECOND} as detected, case when is_open then 'triggered' else 'closed' end as status,
        case when is_open then 'P3' else 'P' || (array[3,2,4,1,3,2,4,3,2,0])[1 + n % 10] end as peak, case when n % 3 = 0 then 'null' else '"https://runbooks.example/' || alertname || '"' end as runbook
      from (select n, ${now - 365 * DAY}::bigint + n::bigint * ${Math.floor((365 * DAY) / (incidents + 1))} as opened, 'service-' || n % 200 as service, 'Alert' || n % 37 as alertname, 'Person ' || n % 40 as person, n > ${incidents - open} as is_open
        from generate_series(1, ${incidents}) n) base) g`);
  await connection.pool
    .query(`insert into alerts (source, fingerprint, status, incident, priority, priority_reason, labels, annotations, generator_url, starts_at, first_starts_at, ends_at, first_seen_at, last_seen_at, seq, repeats, flaps, group_keys, receivers, external_urls, watchdog)
    select 'alertmanager', 'fp-' || i.number || '-' || a, case when i.resolved_at is null then 'firing' else 'resolved' end, i.number, i.priority, 'label severity="' || i.priority || '"',
      json_build_object('alertname', 'Alert' || i.number % 37, 'service', i.service, 'severity', i.priority, 'instance', 'pod-' || a || '.example.com:9090', 'namespace', 'production', 'cluster', 'eu-1'),
      json_build_object('summary', 'Latency of ' || i.service || ' is above 5 s', 'description', 'p95 is 8.5 s, normal is 200 ms'), '"http://prometheus.example.com:9090/graph?g0.expr=latency&g0.tab=1"',
      i.opened_at, i.opened_at, i.resolved_at, i.opened_at, coalesce(i.resolved_at, i.opened_at), 0, 1, case when a = 1 and i.number % 40 = 0 then 1 + i.number % 7 else 0 end, '["{}"]', '["muster"]', '["http://alertmanager.example.com:9093"]', false
    from incidents i, generate_series(1, ${alertsEach}) a`);
  await connection.pool.query("vacuum analyze");
}

/** A text with marks as an expression of SQL that puts in what they stand for. */
function replaced(text: string): string {
  const order: readonly (readonly [mark: string, by: string])[] = [
    [String(MARKS.number), "n::text"],
    [String(MARKS.opened), "opened::text"],
    [String(MARKS.detected), "detected::text"],
    [String(MARKS.resolved), "coalesce(resolved::text, 'null')"],
    [String(MARKS.acknowledged), "coalesce(acknowledged::text, 'null')"],
    [`"${MARKS.runbook}"`, "runbook"],
    [MARKS.service, "service"],
    [MARKS.alertname, "alertname"],
    [MARKS.person, "person"],
    [`"${MARKS.peak}"`, `'"' || peak || '"'`],
    [`"${MARKS.status}"`, `'"' || status || '"'`],
  ];
  return order.reduce((sql, [mark, by]) => `replace(${sql}, '${mark}', ${by})`, `'${text}'`);
}
