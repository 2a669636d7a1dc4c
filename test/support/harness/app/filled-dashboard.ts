import { saveIncidents } from "#db/incidents.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp, type TestApp } from "./test-app.ts";
import { aRunbookText, automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { anIncident, aPage, aRoute } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW, SECOND, DAY } from "#test/support/builders/instants.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

const PEOPLE = ["Alice", "Bob", "Charlie", "Dana"];
const SERVICES = ["checkout", "order-service", "payment-service", "search"];
const PAST = 96;

const POLICY = {
  people: {
    alice: { name: "Alice", slack: "U0ALICE01" },
    bob: { name: "Bob", slack: "U0BOB0001" },
    charlie: { name: "Charlie" },
    dana: { name: "Dana" },
  },
  schedules: {
    orders: {
      layers: [{ people: ["alice", "bob", "charlie"], shift: "weekly", handoff: "09:00", from: "2026-01-05" }],
    },
    payments: {
      layers: [{ people: ["dana", "alice"], shift: "3d", handoff: "09:00", from: "2026-01-05" }],
      overrides: [{ person: "bob", from: "2026-11-28T09:00:00Z", until: "2026-11-30T09:00:00Z" }],
    },
    search: {
      layers: [
        {
          people: ["charlie", "dana"],
          shift: "weekly",
          handoff: "09:00",
          from: "2026-01-05",
          only: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "08:00", to: "20:00" }],
        },
      ],
    },
  },
  teams: {
    orders: { schedule: "orders", members: ["alice", "bob"] },
    payments: { schedule: "payments" },
    search: { schedule: "search" },
  },
  services: {
    checkout: { team: "orders", slo: 99.9 },
    "order-service": {
      team: "orders",
      slo: 99.95,
      runbook: "https://runbooks.example.com/orders",
      dashboards: [{ title: "Orders", url: "https://grafana.example.com/d/orders" }],
    },
    "payment-service": { team: "payments", slo: 99.9 },
    search: { team: "search" },
  },
};

/** One of the incidents of the last year. */
function past(i: number): Incident {
  const at = NOW - 2 * DAY - Math.floor(((PAST - i) * 350 * DAY) / PAST) + ((i * 7) % 24) * HOUR;
  const service = SERVICES[(i * 5) % 4]!;
  const peak = PRIORITIES[[2, 3, 1, 2, 4, 3, 0, 2][i % 8]!]!;
  const alarm = ["HighLatency", "ErrorRate", "DiskFull", "ReplicationLag", "PoolExhausted"][(i * 3) % 5]!;
  const received = i % 4 !== 0;
  return anIncident({
    number: i + 1,
    key: JSON.stringify([service, alarm]),
    title: `${service}: ${alarm}`,
    priority: peak,
    peak,
    status: "closed",
    route: aRoute({ service, team: "orders" }),
    alerts: { total: 1 + (i % 5), firing: 0, flaps: i % 3 },
    detectedAt: at - (i % 9) * 20 * SECOND,
    openedAt: at,
    acknowledgedAt: received ? at + (1 + (i % 7)) * MINUTE : null,
    mitigatedAt: at + (8 + (i % 11) * 2) * MINUTE,
    resolvedAt: at + (12 + ((i * 13) % 45)) * MINUTE,
    closedAt: at + DAY,
    resolvedBy: received ? "person" : "alerts",
    roles: { commander: received ? { id: "U1", name: PEOPLE[i % 4]! } : null, tech: null, comms: null, scribe: null },
    pages:
      peak < "P3"
        ? [aPage({ to: PEOPLE[i % 4]!, requestedAt: at, acknowledgedAt: received ? at + MINUTE : null })]
        : [],
    links: { runbook: i % 3 === 0 ? null : "https://runbooks.example.com/orders", dashboards: [], source: null },
    tasks:
      i === PAST - 3
        ? [{ id: 1, kind: "followup", text: "alert on pool exhaustion", owner: null, due: "2026-11-10", doneAt: null }]
        : [],
  });
}

/** The number of the incident whose story is played here, and of the one that is on fire beside it. */
export const MAIN_INCIDENT = `INC-${PAST + 1}`;
export const SECOND_INCIDENT = `INC-${PAST + 2}`;

/**
 * A Muster with a year behind it and two incidents on fire, the first of them played for some minutes; its clock stands
 * still.
 */
export async function startFilledDashboard(): Promise<TestApp> {
  const port = await freePort();
  const metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  const automation = automationRuntimeOf(await catalogOf(aRunbookText()), { metrics });
  const app = await startApp({
    policy: POLICY,
    settings: { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` },
    overrides: { automation },
  });
  const { db } = app.engine.connection;
  const stored = Array.from({ length: PAST }, (_, i) => past(i));
  await saveIncidents(
    db,
    stored.map((state) => ({ uid: `u${state.number}`, state })),
  );
  const says = async (minutes: number, as: string, text: string): Promise<void> => {
    app.time.now = Math.max(app.time.now, NOW + minutes * MINUTE);
    const answer = app.post("/api/verbs", {
      as,
      text,
      incident: MAIN_INCIDENT,
      key: `${as}${minutes}${text.slice(0, 5)}`,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await app.settles();
    await answer;
  };
  const fires = async (alertname: string, service: string, severity: string, summary: string): Promise<void> => {
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ alertname, service, severity }, { startsAt: app.time.now - 30 * SECOND, summary })]),
    );
    await app.settles();
  };
  await fires("HighLatency", "order-service", "P2", "Order processing delayed: latency above 5 s");
  await says(3, "Alice", "ack");
  await says(3, "Alice", "ic");
  await says(4, "Alice", "note average 8.5 s against 200 ms normally");
  app.time.now = NOW + 5 * MINUTE;
  await fires("ErrorRate", "order-service", "P1", "error rate 15 %, threshold 5 %");
  await says(6, "Bob", "role tech");
  await says(8, "Bob", "note connection leak in order-service, 485 of 500 connections held");
  await says(9, "Alice", "update Orders are accepted and delayed by 8 s. We are looking for the cause.");
  await says(10, "Charlie", "followup alert on pool exhaustion due 2026-11-24");
  app.time.now = NOW + 11 * MINUTE;
  await fires("ReplicationLag", "search", "P3", "replica is 90 s behind");
  return app;
}
