import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { saveAlerts } from "#db/alerts.ts";
import { saveIncidents } from "#db/incidents.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { monthsBefore } from "#domain/reporting/monthly-figures.ts";
import type { VerifiedRun } from "#domain/reporting/remediated-incidents.ts";
import { requiredPeriod, type StatisticsQuery } from "#domain/reporting/statistics.ts";
import { hasRunbook, type Runbook } from "#runbooks/index.ts";
import { statisticsReads } from "#engine/reporting/statistics-reader.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { RANDOM_SPAN, randomIncidents } from "#test/support/builders/reporting/random-incidents.ts";
import { automationRuntimeOf } from "#test/support/builders/runbooks/catalogs.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { monthlyFigures } from "#test/support/builders/reporting/expected-parts.ts";
import { firstOpenedAt } from "#test/support/builders/reporting/expected-parts.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

// The sums of the database equal those of the definitions, figure by figure.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());

const POLICY = aPolicy({
  services: { a: { slo: 99.9 }, quiet: { slo: 99 }, b: {} },
  people: {
    alice: { name: "Alice", timezone: "America/New_York" },
    bob: { name: "Bob" },
    miller: { name: "Miller, Jr.", timezone: "Asia/Kolkata" },
  },
});
const PEOPLE = new Map([
  ["Alice", "America/New_York"],
  ["Bob", null],
  ["Miller, Jr.", "Asia/Kolkata"],
]);
const SLOS = new Map([
  ["a", 99.9],
  ["quiet", 99],
  ["b", null],
]);
const RUNBOOKS = [{ match: ['alertname="Down"'] }, { match: ['alertname="Odd"'] }] as unknown as readonly Runbook[];

const anyQuery = fc.record({
  from: fc.integer({ min: 0, max: RANDOM_SPAN / HOUR }),
  long: fc.integer({ min: 1, max: (40 * DAY) / HOUR }),
  now: fc.constantFrom(NOW, NOW + 3 * DAY),
  service: fc.constantFrom(null, null, "a", "zürich"),
  private: fc.boolean(),
  zone: fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe"),
  bounds: fc.constantFrom({ limit: 50, offset: 0 }, { limit: 2, offset: 0 }, { limit: 2, offset: 1 }),
});

/** What has happened around an incident: a verified run, and alerts that are its own. */
const around = fc.array(
  fc.record({
    run: fc.option(fc.record({ after: fc.integer({ min: 0, max: 300 }), attended: fc.boolean() }), {
      nil: null,
      freq: 2,
    }),
    alerts: fc.array(fc.constantFrom("Down", "Slow", "Odd"), { maxLength: 2 }),
  }),
  { minLength: 40, maxLength: 40 },
);

async function insertRun({ incident, wroteAt, attended }: VerifiedRun): Promise<void> {
  const at = sql`${new Date(wroteAt).toISOString()}::timestamptz`;
  await rig.connection.db
    .execute(sql`insert into runs (number, incident, runbook, sha, mode, target, labels, by, systemic, plan, plan_hash, state, urgency, wrote_at, created_at)
    values (${incident}, ${incident}, 'restart', 'sha', 'auto', 'shop', '{}', ${attended ? '{"kind":"person"}' : null}::json, false, '{}', '', 'succeeded', 2, ${at}, ${at})`);
}

async function store(incidents: readonly Incident[], facts: typeof around extends fc.Arbitrary<infer T> ? T : never) {
  const { db } = rig.connection;
  await saveIncidents(
    db,
    incidents.map((state) => ({ uid: `u${state.number}`, state })),
  );
  const runs = incidents.flatMap(({ number, openedAt }, i): VerifiedRun[] => {
    const { run } = facts[i]!;
    return run === null ? [] : [{ incident: number, wroteAt: openedAt + run.after * MINUTE, attended: run.attended }];
  });
  for (const run of runs) await insertRun(run);
  const alerts = incidents.flatMap(({ number }, i) =>
    facts[i]!.alerts.map((alertname, j) =>
      anAlert({
        fingerprint: `${number}-${j}`,
        incident: number,
        labels: { alertname, odd: '\u0000 "alertname":"Down"' },
      }),
    ),
  );
  await saveAlerts(db, alerts);
  const cataloged = new Set([
    ...runs.map(({ incident }) => incident),
    ...alerts.filter(({ labels }) => hasRunbook(RUNBOOKS, labels)).map(({ incident }) => incident!),
  ]);
  return { runs, cataloged };
}

/** Those that were open at some instant of a period. */
const openIn = (incidents: readonly Incident[], { from, to }: { readonly from: number; readonly to: number }) =>
  incidents.filter(({ openedAt, resolvedAt }) => openedAt < to && (resolvedAt === null || resolvedAt >= from));

test("the database adds up what the definitions compute", async () => {
  await fc.assert(
    fc.asyncProperty(randomIncidents, around, fc.array(anyQuery, { minLength: 6, maxLength: 6 }), async (...drawn) => {
      const [incidents, facts, queries] = drawn;
      await rig.reset();
      const { runs, cataloged } = await store(incidents, facts);
      for (const { from: ago, long, now, ...rest } of queries) {
        const from = NOW - ago * HOUR;
        const period = { ...rest, from, to: from + long * HOUR };
        const query: StatisticsQuery = {
          ...period,
          now,
          people: PEOPLE,
          slos: SLOS,
          runs: runs.filter(({ wroteAt }) => wroteAt >= from),
          cataloged,
        };
        const read = statisticsReads({
          connection: rig.connection,
          clock: () => now,
          policy: () => POLICY,
          automation: automationRuntimeOf({ runbooks: RUNBOOKS, problems: [] }, {}),
        });
        const { figures, months } = await read.statisticsByMonth(period, 4);
        expect(figures).toEqual(
          computeStatistics(openIn(incidents, requiredPeriod(period)), query, firstOpenedAt(incidents)),
        );
        expect(months).toEqual(monthlyFigures(incidents, monthsBefore(period.to, 4), query));
      }
    }),
    { numRuns: 25 },
  );
}, 240_000);
