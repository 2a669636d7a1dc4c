import { dryRunChat, dryRunPaging } from "#integrations/dry-run/dry-run.ts";
import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { insertEvents } from "#db/events.ts";
import { saveIncidents } from "#db/incidents.ts";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { createReader, type EngineReader } from "#engine/loop/reader.ts";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import { postmortemPage } from "#views/dashboard/postmortem-page.ts";
import { statisticsPage } from "#views/dashboard/statistics-page.ts";
import { ALERTMANAGER, ALICE, BOB } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { anIncident, aPage, aRoute } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import type { Row } from "./report.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

const INCIDENTS = 10_000;
const EVENTS = 5_000;
const RUNS = 20;
const YEAR = 365 * 24 * HOUR;

/** A year of incidents: fifty services, three hundred signatures, two pages and a follow-up each. */
async function aYear(connection: DatabaseConnection): Promise<void> {
  const everyone = Array.from({ length: 10 }, (_, i) => ({
    id: `p${i}`,
    name: `Person ${i}`,
    chatId: `U0PERSON${i}`,
    email: `p${i}@example.com`,
  }));
  const stored = Array.from({ length: INCIDENTS }, (_, i): Incident => {
    const at = NOW - YEAR + Math.floor((i * YEAR) / INCIDENTS);
    const [service, peak] = [`service-${i % 50}`, PRIORITIES[i % 5]!];
    const [one, two] = [everyone[i % 10]!.name, everyone[(i * 7) % 10]!.name];
    return anIncident({
      number: i + 1,
      key: JSON.stringify([service, `Alert${i % 300}`]),
      peak,
      priority: peak,
      status: "closed",
      route: aRoute({ service, team: `team-${i % 9}`, everyone, members: everyone }),
      detectedAt: at - (i % 300) * SECOND,
      openedAt: at,
      acknowledgedAt: i % 3 === 0 ? null : at + (i % 20) * MINUTE,
      mitigatedAt: at + (i % 40) * MINUTE,
      resolvedAt: at + (i % 90) * MINUTE,
      resolvedBy: i % 4 === 0 ? "person" : "alerts",
      pages: [aPage({ to: one, requestedAt: at }), aPage({ to: two, requestedAt: at + 5 * MINUTE })],
      tasks: [
        {
          id: 1,
          kind: "followup",
          text: "look at the limits of the pool",
          owner: { id: ALICE.id, name: "Alice" },
          due: "2026-11-01",
          doneAt: null,
        },
      ],
    });
  });
  for (let from = 0; from < stored.length; from += 500)
    await saveIncidents(
      connection.db,
      stored.slice(from, from + 500).map((state) => ({ uid: `u${state.number}`, state })),
    );
}

/** An incident of a long night: notes, updates, flapping alerts. */
async function aLongNight(connection: DatabaseConnection, number: number): Promise<void> {
  const fact = (i: number): Fact => {
    if (i === 0) return openedFact({ number });
    if (i === 1)
      return {
        type: "alerts.fired",
        data: { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] },
      };
    if (i === 2) return { type: "incident.acknowledged", data: {} };
    if (i === EVENTS - 1) return { type: "incident.resolved", data: { by: "person", reason: null, firing: 1 } };
    if (i % 50 === 0)
      return {
        type: "role.assigned",
        data: {
          role: "commander",
          person: i % 100 === 0 ? { id: ALICE.id, name: "Alice" } : { id: BOB.id, name: "Bob" },
        },
      };
    if (i % 20 === 0)
      return { type: "update.posted", data: { text: `Update ${i}: we still look at the pool`, audience: "internal" } };
    if (i % 3 === 0) return { type: "alerts.flapped", data: { count: 1, alerts: [aNote()] } };
    return {
      type: "note.added",
      data: { text: `note ${i}: *latency* of the pool | 8.5 s, see <https://grafana.example/d/orders>` },
    };
  };
  const events = Array.from({ length: EVENTS }, (_, i): Event =>
    anEvent(fact(i), { seq: i + 1, at: NOW + i * 10 * SECOND, actor: i % 3 === 0 ? ALERTMANAGER : ALICE }),
  );
  await insertEvents(
    connection.db,
    events.map((event) => ({ incident: number, event })),
  );
  const state = events.reduce<Incident | null>((before, event) => evolveIncident(before, event), null)!;
  await saveIncidents(connection.db, [{ uid: `u${number}`, state }]);
}

async function timed(run: () => Promise<unknown>): Promise<{ readonly p50: number; readonly p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const elapsed = stopwatch();
    await run();
    times.push(elapsed());
  }
  times.sort((a, b) => a - b);
  return { p50: Math.round(times[Math.floor(RUNS / 2)]!), p95: Math.round(times[Math.ceil(RUNS * 0.95) - 1]!) };
}

/** What people look at after incidents: the figures of a year, and the draft of a long night; each from stored rows, the first time included. */
export async function figures(postgres: PostgresServer): Promise<Row[]> {
  const connection = await openDatabase(
    { kind: "server", url: await postgres.createDatabase("bench_figures"), connections: 3 },
    () => {},
  );
  try {
    await migrateDatabase(connection);
    await aYear(connection);
    await aLongNight(connection, INCIDENTS + 1);
    const policy = aPolicy({
      services: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`service-${i}`, { slo: 99.9 }])),
    });
    const read: EngineReader = createReader({
      connection,
      chat: dryRunChat(
        () => {},
        () => "",
      ),
      paging: dryRunPaging(() => {}),
      publicUrl: "https://muster.example",
      webhookSources: [],
      policy: () => policy,
      clock: () => NOW + 24 * HOUR,
    });
    const period = {
      from: NOW - YEAR - HOUR,
      to: NOW + 24 * HOUR,
      service: null,
      private: false,
      zone: "Europe/Berlin",
    };
    let counted = 0;
    const stats = await timed(async () => void (counted = (await read.statistics(period)).total));
    const months = await timed(async () => {
      const { figures: all, months: shown } = await read.statisticsByMonth(period, 12);
      statisticsPage(PAGE_FRAME, all, shown, { from: "", to: "", service: "", problem: null }, (number) => ({
        number,
      }));
    });
    let length = 0;
    const draft = await timed(async () => void (length = (await read.postmortem(INCIDENTS + 1))!.markdown.length));
    let shown = "";
    const page = await timed(async () => {
      const incident = (await read.incident(INCIDENTS + 1))!;
      const [timeline, alerts] = await Promise.all([
        read.timeline(INCIDENTS + 1),
        read.alerts({ incident: INCIDENTS + 1, limit: 100 }),
      ]);
      const filter = { kind: "all", text: "", page: 0 };
      shown = incidentPage(PAGE_FRAME, {
        incident,
        timeline: timeline!,
        alerts,
        runs: [],
        links: (number) => ({ number }),
        filter,
        answer: null,
        refusalOf: () => null,
        key: "key",
        mark: "1",
        now: NOW,
      });
    });
    let read5000 = "";
    const text = await timed(async () => {
      const incident = (await read.incident(INCIDENTS + 1))!;
      const { markdown, problems } = (await read.postmortem(INCIDENTS + 1))!;
      read5000 = postmortemPage(PAGE_FRAME, {
        incident,
        markdown,
        versions: new Map(),
        problems,
        answer: null,
        refusal: null,
        key: "key",
      });
    });
    return [
      {
        what: `Page of an incident with ${EVENTS} timeline entries (${Math.round(shown.length / 1_000)} kB), from stored rows`,
        figure: `p50 ${page.p50} ms, p95 ${page.p95} ms`,
        target: "≤ 150 ms",
        reached: page.p95 <= 150 && shown.includes(`of ${EVENTS} entries`),
      },
      {
        what: `Statistics over ${counted} incidents, from stored rows`,
        figure: `p50 ${stats.p50} ms, p95 ${stats.p95} ms`,
        target: "≤ 300 ms",
        reached: stats.p95 <= 300 && counted > INCIDENTS,
      },
      {
        what: `Postmortem draft of ${EVENTS} events (${Math.round(length / 1_000)} kB), from stored rows`,
        figure: `p50 ${draft.p50} ms, p95 ${draft.p95} ms`,
        target: "≤ 500 ms",
        reached: draft.p95 <= 500,
      },
      {
        what: `Page of the statistics of ${counted} incidents with twelve months of plots, from stored rows`,
        figure: `p50 ${months.p50} ms, p95 ${months.p95} ms`,
        target: "≤ 500 ms",
        reached: months.p95 <= 500,
      },
      {
        what: `Page of the postmortem of ${EVENTS} events (${Math.round(read5000.length / 1_000)} kB), from stored rows`,
        figure: `p50 ${text.p50} ms, p95 ${text.p95} ms`,
        target: "≤ 1 s",
        reached: text.p95 <= 1_000 && read5000.includes("more lines"),
      },
    ];
  } finally {
    await connection.close();
  }
}
