import { sql, type SQL } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { StorageOutageError } from "#engine/base/submit.ts";
import { tryDecisionWrites } from "#db/outages/decision-probe.ts";
import { resolveAnsweredFailures } from "#engine/alerting/answered-failures.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { setReadOnly } from "#test/support/harness/servers/test-database.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => {
  rig = await EngineHarness.open();
  await execute(sql`alter table incidents add constraint no_poison check (state::text not like '%poison%')`);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
});
afterAll(() => rig.close());

const execute = async (statement: SQL): Promise<void> => void (await rig.connection.db.execute(statement));
const receives = (service: string, severity = "P2"): Promise<void> =>
  rig.receives(deliveryOf([alertOf({ service, severity }, { startsAt: NOW - 30 * SECOND })]));
/** What the apply worker fails with; null when it does not. */
const failureOfApply = (): Promise<string | null> =>
  rig.laneWorkers.apply().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const services = async (): Promise<readonly string[]> =>
  (await rig.incidents()).map(({ route }) => route.service ?? "none");
const putAside = async (): Promise<number> =>
  (await rig.commands()).filter(({ outcome }) => outcome?.startsWith("failed") === true).length;

type Outage = { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };
const statement = (text: SQL) => (): Promise<void> => execute(text);
/** What goes wrong with a place, as it can on any database. */
const OUTAGES: Readonly<Record<string, Outage>> = {
  "a missing table": {
    begin: statement(sql`alter table incidents rename to incidents_gone`),
    end: statement(sql`alter table incidents_gone rename to incidents`),
  },
  "a missing column": {
    begin: statement(sql`alter table alerts rename column repeats to repeats_gone`),
    end: statement(sql`alter table alerts rename column repeats_gone to repeats`),
  },
  "a read-only database": {
    begin: () => setReadOnly(rig.connection, true),
    end: () => setReadOnly(rig.connection, false),
  },
  // It looks like the fault of each command: class 23.
  "a constraint that no incident meets": {
    begin: statement(sql`alter table incidents add constraint none_passes check (number < 0) not valid`),
    end: statement(sql`alter table incidents drop constraint none_passes`),
  },
  "a constraint that no event meets": {
    begin: statement(sql`alter table events add constraint none_passes check (incident < 0) not valid`),
    end: statement(sql`alter table events drop constraint none_passes`),
  },
};

describe.each(Object.entries(OUTAGES))("%s", (_, { begin, end }) => {
  test("leaves accepted commands pending without an attempt that counts, and they are applied when it ends", async () => {
    await receives("first");
    await receives("second", "P1");
    await begin();
    try {
      for (let i = 0; i < 6; i++) expect(await failureOfApply()).not.toBeNull();
    } finally {
      await end();
    }
    expect(await putAside()).toBe(0);
    await rig.settles();
    expect(await services()).toEqual(expect.arrayContaining(["first", "second"]));
    expect(await putAside()).toBe(0);
    // An alert about commands that were applied after all does not stay.
    await resolveAnsweredFailures(rig.engine, rig.submit);
    await rig.settles();
    expect((await rig.incidents()).filter(({ route }) => route.service === "muster")).not.toContainEqual(
      expect.objectContaining({ alerts: expect.objectContaining({ firing: 1 }) as object }),
    );
  });
});

test("an outage with a name of its own counts no attempt of the command", async () => {
  await receives("first");
  await OUTAGES["a missing table"]!.begin();
  for (let i = 0; i < 5; i++) expect(await failureOfApply()).toContain("incidents");
  await OUTAGES["a missing table"]!.end();
  expect(await rig.commands()).toMatchObject([{ attempts: 0, outcome: null, doneAt: null }]);
});

test("a read-only database refuses submissions with the outage's name", async () => {
  await OUTAGES["a read-only database"]!.begin();
  try {
    await expect(receives("first")).rejects.toThrow(StorageOutageError);
    await expect(receives("first")).rejects.toThrow(/^the database is read-only \(25006: /);
  } finally {
    await OUTAGES["a read-only database"]!.end();
  }
  await receives("first");
  await rig.settles();
  expect(await services()).toEqual(["first"]);
});

test("a part of the place that is missing holds up only what needs it", async () => {
  await execute(sql`alter table notices rename to notices_gone`);
  try {
    // Only a P3 is announced together with others.
    await receives("low", "P3");
    await receives("low-too", "P3");
    await receives("lowest", "P4");
    await receives("urgent", "P1");
    expect(await failureOfApply()).toContain("notices");
    expect(await services()).toEqual(["urgent", "lowest"]);
    await receives("urgent-too", "P1");
    expect(await failureOfApply()).toContain("notices");
    expect(await services()).toEqual(["urgent", "lowest", "urgent-too"]);
  } finally {
    await execute(sql`alter table notices_gone rename to notices`);
  }
  await rig.settles();
  expect((await services()).toSorted()).toEqual(["low", "low-too", "lowest", "urgent", "urgent-too"]);
  expect(await putAside()).toBe(0);
});

test("two commands at fault side by side are both put aside, though nothing else is pending", async () => {
  await receives("poison");
  await receives("poison-too");
  await rig.settles();
  expect(await putAside()).toBe(2);
  expect(await services()).toEqual(["muster"]);
});

test("whatever goes wrong when, exactly the commands at fault are put aside, and nothing that was accepted is lost", async () => {
  const command = fc.record({ poison: fc.boolean(), severity: fc.constantFrom("P0", "P2", "P3") });
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 5 }),
      fc.constantFrom(...Object.values(OUTAGES)),
      fc.array(command, { maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (before, { begin, end }, during, tries) => {
        await rig.reset();
        rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
        let [number, poisoned] = [0, 0];
        const healthy: string[] = [];
        const sends = async ({ poison, severity }: { poison: boolean; severity: string }): Promise<void> => {
          const service = `${poison ? "poison" : "healthy"}-${++number}`;
          const accepted = await receives(service, severity).then(
            () => true,
            () => false,
          );
          if (!accepted) return;
          if (poison) poisoned++;
          else healthy.push(service);
        };
        for (const each of before) await sends(each);
        await begin();
        for (let i = 0; i < tries; i++) await failureOfApply();
        for (const each of during) await sends(each);
        for (let i = 0; i < tries; i++) await failureOfApply();
        const early = await putAside().catch(() => 0);
        await end();
        expect(early).toBe(0);
        await rig.settles();
        expect(await putAside()).toBe(poisoned);
        expect((await services()).filter((service) => service !== "muster").toSorted()).toEqual(healthy.toSorted());
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

describe("an effect", () => {
  test("is not given up because our own database failed while it was performed, however often", async () => {
    const missing = Object.assign(new Error("permission denied for table incidents"), { code: "42501" });
    rig.paging.fails(missing, 30);
    await rig.opensIncident("P1");
    for (let i = 0; i < 40; i++) await rig.passes(5 * SECOND);
    const [page] = (await rig.effects()).filter(({ effect }) => effect.type === "page.trigger");
    expect(page).toMatchObject({ status: "done", attempts: 0 });
    expect(rig.paging.paged).toContain("P1 Alice");
  });

  test("that is a fault of ours is put aside after eight attempts, and those in an outage before do not count", async () => {
    rig.paging.fails(Object.assign(new Error("no"), { code: "53100" }), 6);
    rig.paging.fails(new Error("bug: no such thing"), 20);
    await rig.opensIncident("P1");
    await rig.passes(4 * MINUTE);
    const [page] = (await rig.effects()).filter(({ effect }) => effect.type === "page.trigger");
    expect(page).toMatchObject({ status: "failed", attempts: 8, error: "bug: no such thing" });
  });
});

describe("readiness", () => {
  const problem = (): Promise<string> =>
    tryDecisionWrites(rig.connection.db).then(
      () => "none",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  test("tries writes and leaves nothing behind, not even a gap in numbers", async () => {
    expect(await problem()).toBe("none");
    expect([await rig.commands(), await rig.effects(), await rig.incidents()]).toEqual([[], [], []]);
    await receives("first");
    expect(await rig.commands()).toMatchObject([{ id: 1 }]);
  });

  test.each([
    ["a missing table", /^a table is missing in the database \(42P01: .*incidents/],
    ["a missing column", /^the tables of the database do not fit this version \(42703: /],
    ["a read-only database", /^the database is read-only \(25006: /],
  ])("names %s", async (name, says) => {
    await OUTAGES[name]!.begin();
    try {
      expect(await problem()).toMatch(says);
    } finally {
      await OUTAGES[name]!.end();
    }
    expect(await problem()).toBe("none");
  });

  /** Without these alerts are still decided and people woken; what they hold is tried again by whatever needs it. */
  const BESIDE = new Set([
    "allowances",
    "api_tokens",
    "automation_switches",
    "breakers",
    "postmortem_texts",
    "run_locks",
    "runbook_lookups",
    "runbook_versions",
    "secrets",
    "sessions",
    "step_outputs",
    "steps",
    "feed_messages",
  ]);

  test("misses every table that deciding needs", async () => {
    const { rows } = await rig.connection.pool.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    );
    const missed = new Set<string>();
    for (const { name } of rows) {
      await execute(sql.raw(`alter table ${name} rename to gone`));
      try {
        const says = await problem();
        if (says !== "none") {
          expect(says).toMatch(new RegExp(`^a table is missing in the database .*${name}`));
          missed.add(name);
        }
      } finally {
        await execute(sql.raw(`alter table gone rename to ${name}`));
      }
    }
    expect(missed).toEqual(new Set(rows.map(({ name }) => name).filter((name) => !BESIDE.has(name))));
  });
});
