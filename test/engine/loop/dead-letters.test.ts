import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const startsAt = NOW - 30 * SECOND;
const healthy = (service: string): Promise<void> =>
  rig.receives(deliveryOf([alertOf({ service, severity: "P2" }, { startsAt })]));

let rig: EngineHarness;
beforeAll(async () => {
  rig = await EngineHarness.open();
  await rig.connection.db.execute(
    sql`alter table incidents add constraint no_poison check (state::text not like '%poison%')`,
  );
});
beforeEach(() => rig.reset());
afterAll(() => rig.close());

/** A command that no door would store: damaged later, or written by a version to come. */
async function damaged(type: string, body: string): Promise<void> {
  await rig.connection.db.execute(
    sql`insert into commands (type, urgency, weight, actor, at, recorded_at, body) values (${type}, 2, 1, '{"kind":"source","id":"alertmanager","name":"Alertmanager"}', now(), ${new Date(NOW).toISOString()}::timestamptz, ${body})`,
  );
}

const services = async (): Promise<(string | null)[]> => (await rig.incidents()).map(({ route }) => route.service);
const reported = async (): Promise<string[]> =>
  (await rig.incidents())
    .filter(({ route }) => route.service === "muster")
    .map(({ priority, title }) => `${priority} ${title}`);

test.each([
  ["is no JSON", "alerts.deliver", '{"alerts":['],
  ["is no delivery", "alerts.deliver", '{"alerts":[{}]}'],
  [
    "is a command this version does not know",
    "incident.teleport",
    '{"type":"incident","incident":1,"command":{"type":"incident.teleport"}}',
  ],
])("a stored command that %s is a reported dead letter, and blocks no others", async (_, type, body) => {
  await healthy("before");
  await damaged(type, body);
  await healthy("after");
  await rig.settles();
  expect(await services()).toEqual(["before", "after", "muster"]);
  expect(await reported()).toEqual([`P1 Muster could not apply command 2 (${type})`]);
  expect((await rig.commands()).map(({ outcome }) => outcome?.split(":")[0])).toEqual(
    expect.arrayContaining(["applied", "failed", "applied", "applied"]),
  );
  expect(rig.log.selfAlerts).toEqual(["error: cannot apply a command; set aside as a dead letter"]);
  expect(rig.paging.paged).toContain("P1 on-call");
});

test("a command that the database refuses is put aside after three attempts and reported, and its neighbours are applied", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
  await healthy("before");
  await healthy("poison");
  for (let i = 0; i < 20; i++) await healthy(`after-${i}`);
  await rig.settles();
  expect((await services()).slice(0, 3)).toEqual(["before", "muster", "after-0"]);
  expect(await services()).toHaveLength(22);
  expect(await reported()).toEqual(["P1 Muster could not apply command 2 (alerts.deliver)"]);
  // one at a time until the culprit is found and the alert about it has passed, and together again from there on
  expect(rig.steps.flatMap((step) => (step.step === "apply.committed" ? [step.count] : [])).slice(0, 3)).toEqual([
    1, 1, 20,
  ]);
  const [, poisoned] = await rig.commands();
  expect(poisoned).toMatchObject({
    attempts: 3,
    outcome: expect.stringMatching(/^failed: .*no_poison/) as string,
    body: expect.stringContaining("poison") as string,
  });
  // what comes later finds the loop as it was
  await healthy("later");
  await rig.settles();
  expect((await services()).at(-1)).toBe("later");
});

test("a command that fails after its incident opened leaves the incident as it was", async () => {
  await healthy("order-service");
  await rig.settles();
  await rig.does({ type: "incident.set_priority", priority: "P1", reason: "poison" });
  await rig.settles();
  expect(await rig.incident()).toMatchObject({ status: "triggered", priority: "P2" });
});

test("the same trouble again is the same incident, and trouble with such an alert itself makes no alert", async () => {
  for (let i = 0; i < 3; i++) {
    await damaged("alerts.deliver", "{");
    await rig.passes(MINUTE);
  }
  expect(await reported()).toEqual(["P1 Muster could not apply command 1 (alerts.deliver)"]);
  expect(await rig.incident()).toMatchObject({ alerts: { total: 3, firing: 3 } });
  const count = (await rig.commands()).length;
  await rig.connection.db.execute(
    sql`insert into commands (type, urgency, weight, actor, at, recorded_at, body) values ('alerts.deliver', 1, 1, '{"kind":"source","id":"muster","name":"Muster"}', now(), ${new Date(rig.now).toISOString()}::timestamptz, '{')`,
  );
  await rig.settles();
  expect((await rig.commands()).length).toBe(count + 1);
});
