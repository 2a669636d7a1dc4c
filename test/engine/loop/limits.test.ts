import fc from "fast-check";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { saveIncidents } from "#db/incidents.ts";
import { insertRuns, latestRuns } from "#db/runs.ts";
import { earlierIncidents, findIncidents, incidentsWithOpenTasks } from "#db/search/incident-search.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { createReader } from "#engine/loop/reader.ts";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aRun } from "#test/support/builders/runbooks/run-builders.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// What is asked for is found by what it is, however much else is newer: a limit counts what was found.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const task = (doneAt: number | null) => ({
  id: 1,
  kind: "followup" as const,
  text: "limit retries",
  owner: BOB_PERSON,
  due: null,
  doneAt,
});
const stores = (incidents: readonly Partial<Incident>[]) =>
  saveIncidents(
    rig.connection.db,
    incidents.map((overrides, i) => ({ uid: `uid-${i + 1}`, state: anIncident({ number: i + 1, ...overrides }) })),
  );
const numbers = (found: readonly { readonly state: Incident }[]) => found.map(({ state }) => state.number);

describe("an incident behind 1,100 newer ones", () => {
  const many = (first: Partial<Incident>, others: Partial<Incident>) =>
    stores([first, ...Array.from({ length: 1_100 }, () => others)]);

  test("is found by its open task, for its owner and for the tracker", async () => {
    await many({ tasks: [task(null)] }, { tasks: [task(NOW)] });
    expect(numbers(await incidentsWithOpenTasks(rig.connection.db))).toEqual([1]);
    expect((await createReader(rig.engine).tasksOf(BOB_PERSON.id)).map(({ number }) => number)).toEqual([1]);
  });

  test("is found by its open task when a version that set no marks stored all of them, and the others are looked at once", async () => {
    await many({ tasks: [task(null)] }, { tasks: [] });
    await rig.connection.db.execute(sql`update incidents set open_tasks = null`);
    expect(numbers(await incidentsWithOpenTasks(rig.connection.db))).toEqual([1]);
    const { rows } = await rig.connection.db.execute(sql`select number from incidents where open_tasks is not false`);
    expect(rows).toEqual([{ number: 1 }]);
  });

  test("is audited when it has lost its deadline, like all of them", async () => {
    await stores(Array.from({ length: 1_100 }, () => ({ priority: "P1" as const })));
    const found = await auditEscalations({ ...rig.engine, clock: () => NOW + 3_600_000 }, () => Promise.resolve());
    expect(found).toBe(1_100);
  });

  test("is listed when it is a P0 and they are less", async () => {
    await many({ priority: "P0" }, { priority: "P4" });
    const open = await createReader(rig.engine).openIncidents(() => true, 100);
    expect([open.length, open.at(-1)?.number]).toEqual([100, 1]);
  });

  test("is listed for people who may not see the others", async () => {
    await many({}, { private: true });
    const open = await createReader(rig.engine).openIncidents((each) => !each.private, 100);
    expect(open.map(({ number }) => number)).toEqual([1]);
  });

  test("of the same key is an earlier one of a draft, when the others may not be shown", async () => {
    await many({}, { private: true });
    const newest = await rig.incident(1_101);
    expect(numbers(await earlierIncidents(rig.connection.db, newest, 10, (each) => !each.private))).toEqual([1]);
  });
});

test("the latest run of a runbook is found behind 60 runs of another one", async () => {
  const runs = ["rare", ...Array.from({ length: 60 }, () => "frequent")];
  for (const [i, runbook] of runs.entries())
    await insertRuns(rig.connection.db, [aRun({ runbook, target: `t${i}` })], NOW);
  expect((await latestRuns(rig.connection.db, 1)).map(({ runbook, number }) => [runbook, number])).toEqual([
    ["rare", 1],
    ["frequent", 61],
  ]);
});

test("a search finds what a filter of all incidents finds, cut to its limit, whatever is stored", async () => {
  const stored = fc.array(fc.record({ private: fc.boolean(), status: fc.constantFrom("triggered", "resolved") }), {
    maxLength: 120,
  });
  await fc.assert(
    fc.asyncProperty(stored, fc.integer({ min: 1, max: 70 }), async (drawn, limit) => {
      await rig.connection.db.execute(sql`delete from incidents`);
      await stores(drawn as readonly Partial<Incident>[]);
      const found = await findIncidents(rig.connection.db, { status: ["triggered"], limit }, (each) => !each.private);
      const expected = drawn
        .map((each, i) => ({ ...each, number: i + 1 }))
        .filter((each) => each.status === "triggered" && !each.private)
        .map(({ number }) => number)
        .toReversed();
      expect(numbers(found)).toEqual(expected.slice(0, limit));
    }),
    { numRuns: 25 },
  );
});
