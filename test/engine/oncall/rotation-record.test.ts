import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { scheduleShifts } from "#domain/oncall/oncall.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import { recordRotations } from "#engine/oncall/rotation-record.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// What is stored when a policy is read, and whom it pages then.

const PEOPLE = { alice: { name: "Alice" }, bob: { name: "Bob" }, charlie: { name: "Charlie" }, dana: { name: "Dana" } };
const rotation = (people: readonly string[]) =>
  aPolicy({
    people: PEOPLE,
    teams: { orders: { schedule: "orders", escalation: [["dana"]] } },
    services: { "order-service": { team: "orders" } },
    schedules: { orders: { layers: [{ people, from: "2026-11-02" }], backup: "none" } },
  });
// Charlie's week is from the 16th to the 23rd; with Dana appended it would be Bob's.
const HANDOFF = Date.UTC(2026, 10, 23, 9);
const THREE = rotation(["alice", "bob", "charlie"]);
const FOUR = rotation(["bob", "charlie", "dana", "alice"]);

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = THREE;
  await recordRotations(rig.engine, THREE, THREE);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

async function readsAgain(fresh = FOUR): Promise<readonly string[]> {
  const changes = await recordRotations(rig.engine, rig.policy, fresh);
  rig.policy = fresh;
  return changes;
}
async function fires(alertname: string): Promise<void> {
  await rig.fires({ alertname, service: "order-service", severity: "P1" }, { startsAt: rig.now, summary: alertname });
}
const shifts = async (from: number, to: number) =>
  scheduleShifts(await loadRoster(rig.engine, rig.now), "orders", from, to);

test("an edited rotation pages the person who has the turn until the hand-off, and by the edit after it", async () => {
  const past = await shifts(NOW - 60 * DAY, NOW);
  expect(await readsAgain()).toEqual([
    "orders: Charlie stays on call until the hand-off at 2026-11-23 09:00:00 UTC; then Alice, as before",
  ]);
  await fires("Down");
  expect(rig.paging.paged).toEqual(["P1 Charlie"]);
  await rig.does({ type: "incident.cancel", reason: "x" });
  await rig.passes(HANDOFF - rig.now);
  await fires("Slow");
  expect(rig.paging.paged).toEqual(["P1 Charlie", "P1 Alice"]);
  expect(await shifts(NOW - 60 * DAY, NOW)).toEqual(past);
});

test("a step that is due after the hand-off is forecast and paged by the edit", async () => {
  await readsAgain(rotation(["alice", "bob", "dana"]));
  await rig.passes(HANDOFF - 5 * MINUTE - NOW);
  await fires("Down");
  expect(rig.paging.paged).toEqual(["P1 Charlie"]);
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Charlie", "P1 Dana"]);
});

test("processes that read the same policy at the same time record it once", async () => {
  await Promise.all([FOUR, FOUR, FOUR].map((policy) => recordRotations(rig.engine, THREE, policy)));
  const { replaced } = await loadRoster(rig.engine, NOW);
  expect(replaced).toMatchObject([{ schedule: "orders", from: 0, until: HANDOFF, replacedAt: NOW }]);
});

test("a process that starts with an edited policy reports what it changes, as one that reads it again", async () => {
  await rig.passes(HOUR);
  expect(await recordRotations(rig.engine, FOUR, FOUR)).toEqual([
    "orders: Charlie stays on call until the hand-off at 2026-11-23 09:00:00 UTC; then Alice, as before",
  ]);
});

test("a person whom the policy no longer has hands over at once", async () => {
  const { charlie: _, ...rest } = PEOPLE;
  const without = aPolicy({
    people: rest,
    teams: { orders: { schedule: "orders", escalation: [["dana"]] } },
    schedules: { orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-02" }], backup: "none" } },
  });
  expect(await readsAgain(without)).toEqual(["on call for orders now changes: Charlie → Alice"]);
  expect((await shifts(NOW - 1, NOW + 1)).map(({ person }) => person)).toEqual(["charlie", "alice"]);
});
