import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { insertCommands } from "#db/commands.ts";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { ALERTMANAGER, ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const startsAt = NOW - 30 * SECOND;

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

test("a P0 is applied before the 2,000 P4 deliveries that came before it", async () => {
  const quietEvent = (n: number): CommandSubmission =>
    aSubmission(
      {
        type: "alerts.deliver",
        source: "alertmanager",
        raw: JSON.stringify(deliveryOf([alertOf({ service: `s${n}`, severity: "P4" }, { startsAt })])),
      },
      { urgency: 4, actor: ALERTMANAGER },
    );
  for (let n = 0; n < 2_000; n += 500)
    await insertCommands(
      rig.connection.db,
      Array.from({ length: 500 }, (_, i) => quietEvent(n + i)),
      NOW,
    );
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P0" }, { startsAt })]));
  rig.onStep = ({ step }) => void (step === "apply.committed" && (rig.stopping = true));
  await rig.laneWorkers.apply();
  expect(await rig.incident()).toMatchObject({ number: 1, priority: "P0" });
  // Nothing else was decided with it: its page waits for that transaction.
  expect(await rig.pending()).toBe(2_000);
  // its page does not wait for the others either
  rig.stopping = false;
  rig.onStep = () => {};
  await rig.laneWorkers.page();
  expect(rig.paging.triggered).toMatchObject([{ priority: "P0" }]);
  await rig.laneWorkers.apply();
  expect((await rig.incidents()).map(({ number }) => number)).toEqual(Array.from({ length: 2_001 }, (_, i) => i + 1));
});

test("applies commands of one priority in the order of their arrival", async () => {
  for (const service of ["a", "b", "c"])
    await rig.receives(deliveryOf([alertOf({ service, severity: "P3" }, { startsAt })]));
  await rig.settles();
  expect((await rig.incidents()).map(({ route }) => route.service)).toEqual(["a", "b", "c"]);
});

test("a P4 that was accepted before its incident's quiet period ended keeps it open", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P4: { quiet: "1m" } } });
  const alert = alertOf({ service: "order-service", severity: "P4" }, { startsAt });
  await rig.receives(deliveryOf([alert]));
  await rig.receives(deliveryOf([{ ...alert, status: "resolved", endsAt: "2026-11-21T14:31:50Z" }]));
  await rig.settles();
  rig.now += MINUTE;
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P4" }, { startsAt: rig.now })]));
  await rig.laneWorkers.timers();
  await rig.settles();
  expect(await rig.incident()).toMatchObject({ status: "triggered", quietUntil: null, episode: 1 });
});

test("an alert whose end arrives before its start stays resolved", async () => {
  const quietEvent = alertOf({ alertname: "A", service: "a", severity: "P4" }, { startsAt });
  await rig.receives(deliveryOf([quietEvent]));
  await rig.receives(
    deliveryOf([
      { ...quietEvent, status: "resolved", endsAt: "2026-11-21T14:31:50Z" },
      alertOf({ alertname: "B", service: "b", severity: "P0" }, { startsAt }),
    ]),
  );
  await rig.settles();
  expect(
    (await listAlerts(rig.connection.db, { limit: 9 })).map(
      ({ labels, status, seq }) => `${labels["alertname"]} ${status} ${seq}`,
    ),
  ).toEqual(expect.arrayContaining(["A resolved 2", "B firing 2"]));
  expect(await rig.incidents()).toMatchObject([{ route: { service: "b" } }]);
});

test("incident numbers have no gaps after refusals, repeats and rollbacks", async () => {
  for (let i = 0; i < 5; i++) {
    await rig.receives(deliveryOf([alertOf({ service: `s${i}`, severity: "P3" }, { startsAt })]));
    await rig.does({ type: "incident.acknowledge" }, { incident: 999, key: `nobody:${i}` });
    await rig.receives(deliveryOf([alertOf({ service: `never-${i}`, severity: "P3" }, { startsAt, endsAt: NOW })]));
    const thrownAway = rig.connection.db.transaction(async (tx) => {
      await tx.execute(sql`insert into incidents select * from incidents where false`);
      throw new Error("thrown away");
    });
    await expect(thrownAway).rejects.toThrow("thrown away");
    await rig.settles();
  }
  expect((await rig.incidents()).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect((await rig.commands()).filter(({ outcome }) => outcome === "refused: There is no INC-999.")).toHaveLength(5);
});

test("events of an incident are numbered without gaps, and its state is at the last of them", async () => {
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt })]));
  await rig.passes(12 * MINUTE);
  await rig.does({ type: "role.claim", role: "commander" });
  await rig.passes(MINUTE);
  const events = await rig.events();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect((await rig.incident()).lastEvent).toBe(events.length);
});

test("a command with a known key is applied once, before and after its first application", async () => {
  await rig.fires({ service: "order-service", severity: "P1" }, { startsAt });
  await rig.does({ type: "role.claim", role: "commander" }, { key: "slack:1", actor: ALICE });
  await rig.does({ type: "role.claim", role: "commander" }, { key: "slack:1", actor: ALICE });
  await rig.settles();
  await rig.does({ type: "role.claim", role: "commander" }, { key: "slack:1", actor: ALICE });
  await rig.does(
    { type: "role.claim", role: "commander" },
    { key: "slack:2", actor: BOB, replyTo: { channel: "C1", user: BOB.id } },
  );
  await rig.settles();
  const types = await rig.eventTypes();
  expect(types.filter((type) => type === "role.assigned" || type === "command.refused")).toEqual([
    "role.assigned",
    "command.refused",
  ]);
  expect(rig.chat.whispers).toEqual([
    { channel: "C1", user: BOB.id, text: "Alice is Incident Commander. Ask them to hand over." },
  ]);
});
