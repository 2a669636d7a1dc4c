import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { BOB } from "#test/support/builders/people.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    services: { ...STAFFED_POLICY.services, pay: { team: "payments" } },
    storm: { incidents: 5, within: "1m", window: "10m" },
  });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const downAlert = (service: string, severity = "P2", name = "Down") =>
  alertOf({ alertname: name, service, severity }, { startsAt: rig.now, summary: `${service} is down` });
/** One delivery for each service, one after the other. */
async function firesInTurn(services: readonly string[], severity = "P2"): Promise<void> {
  for (const service of services) await rig.receives(deliveryOf([downAlert(service, severity)]));
  await rig.settles();
}
const many = (count: number, prefix = "s"): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const findStorm = async () => (await rig.incidents()).find(({ key }) => key === "storm");

test("groups every incident after the fifth in a minute into one, which lists what it suppresses", async () => {
  await firesInTurn(many(12));
  expect((await rig.incidents()).map(({ key }) => (key === "storm" ? "storm" : "own"))).toEqual([
    "own",
    "own",
    "own",
    "own",
    "own",
    "storm",
  ]);
  const found = await findStorm();
  expect(found).toMatchObject({
    title: "Alert storm: many services at once",
    alerts: { total: 7, firing: 7 },
    storm: { total: 7 },
    route: { service: null },
  });
  expect(Object.keys(found!.storm!.services)).toEqual(["s5", "s6", "s7", "s8", "s9", "s10", "s11"]);
  const { rows } = await rig.connection.pool.query<{ count: number }>(
    "select count(*)::integer as count from alerts where incident is null",
  );
  expect(rows[0]!.count, "alerts that belong nowhere").toBe(0);
  const card = rig.chat.messages.find(({ blocks }) => JSON.stringify(blocks).includes("Holds back"));
  expect(JSON.stringify(card?.blocks)).toContain("Holds back 7 incidents");
});

test("in one delivery it is the same", async () => {
  await rig.receives(deliveryOf(many(12).map((service) => downAlert(service))));
  await rig.settles();
  expect((await rig.incidents()).map(({ alerts }) => alerts.total)).toEqual([1, 1, 1, 1, 1, 7]);
});

test("a P0 always gets through, and a P4 neither counts nor is held back", async () => {
  await firesInTurn(many(30, "quiet"), "P4");
  expect(await findStorm()).toBeUndefined();
  await firesInTurn(many(8));
  await firesInTurn(["core"], "P0");
  await firesInTurn(["calm"], "P4");
  const all = await rig.incidents();
  expect(all.filter(({ route }) => route.service === "core")).toMatchObject([{ priority: "P0" }]);
  expect(all.filter(({ route }) => route.service === "calm")).toMatchObject([{ priority: "P4" }]);
  expect(rig.paging.paged).toContain("P0 Alice, Bob");
});

test("each team is paged once, whatever else of it fails, and its own escalation runs until it answers", async () => {
  await firesInTurn(many(5));
  const before = rig.paging.paged.length;
  for (let i = 0; i < 9; i++) await firesInTurn([`pay-${i}`, "order-service", "pay"].slice(0, i === 0 ? 3 : 1));
  expect(rig.paging.paged.slice(before)).toEqual(["P2 on-call", "P2 Alice", "P2 Bob"]);
  const { number } = (await findStorm())!;
  await rig.does({ type: "incident.acknowledge" }, { incident: number, actor: BOB });
  await rig.settles();
  await rig.receives(deliveryOf([downAlert("pay", "P2", "Slow")]));
  await rig.settles();
  expect(await findStorm()).toMatchObject({
    storm: { total: 12 },
    teamEscalations: {
      payments: { answered: { by: { name: "Bob" } } },
      orders: { answered: null, next: { to: "Mia" } },
    },
  });
  const answered = rig.paging.paged.length;
  await rig.passes(30 * MINUTE);
  expect(rig.paging.paged.slice(answered)).toContain("P2 Mia");
});

test("ends when alerts stop arriving: a later failure opens its own incident", async () => {
  await firesInTurn(many(7));
  expect((await findStorm())?.storm?.total).toBe(2);
  await rig.passes(10 * MINUTE + SECOND);
  await firesInTurn(["later"]);
  expect((await rig.incidents()).at(-1)).toMatchObject({ route: { service: "later" }, storm: null });
});

test("its alerts are its own: they resolve it one by one, and it closes like any other", async () => {
  await firesInTurn(many(7));
  const { number } = (await findStorm())!;
  for (const service of ["s5", "s6"])
    await rig.receives(
      deliveryOf([{ ...downAlert(service), status: "resolved", endsAt: new Date(rig.now).toISOString() }]),
    );
  await rig.passes(2 * MINUTE);
  expect(await rig.incident(number)).toMatchObject({ status: "resolved", alerts: { firing: 0 } });
});

test("loses nothing and opens no second storm when the process dies", async () => {
  for (const service of many(12)) await rig.receives(deliveryOf([downAlert(service)]));
  let dies = 2;
  rig.onStep = ({ step }) => {
    if (step === "apply.committing" && dies-- > 0) throw new Error("killed");
  };
  await rig.laneWorkers.apply().catch(() => {});
  rig.restart();
  await rig.laneWorkers.apply().catch(() => {});
  rig.restart();
  await rig.settles();
  expect((await rig.incidents()).filter(({ key }) => key === "storm")).toHaveLength(1);
  expect((await findStorm())?.alerts.total).toBe(7);
});

test("a private incident of a service takes in none of its alerts: they would be hidden", async () => {
  const declaration = {
    title: "leak",
    service: "pay",
    priority: "P1",
    summary: null,
    drill: false,
    private: true,
  } as const;
  await rig.submit(
    aSubmission({ type: "incident.declare", declaration: { ...declaration, page: true } }, { actor: BOB, at: rig.now }),
  );
  await firesInTurn(["pay"], "P1");
  expect(await rig.incidents()).toMatchObject([
    { private: true, alerts: { total: 0 } },
    { private: false, alerts: { total: 1 } },
  ]);
  await firesInTurn([...many(4), "pay", "order-service"], "P1");
  expect((await rig.incidents()).map(({ alerts }) => alerts.firing)).toEqual([0, 1, 1, 1, 1, 2]);
});

test("without the rule every alert has its incident", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
  await firesInTurn(many(40));
  expect(await rig.incidents()).toHaveLength(40);
});

test("a storm costs one decision for each alert, with any number of earlier incidents", async () => {
  await firesInTurn(many(4, "old"));
  await rig.passes(2 * MINUTE);
  await firesInTurn(many(5));
  expect(await findStorm()).toBeUndefined();
  expect(NOW).toBeLessThan(rig.now);
});
