import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, serviceFires, serviceRecovers } from "#test/support/harness/engine.ts";

// Someone always has it: stories in which a firing alert ended up with no one.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));

type Ask = Parameters<EngineHarness["does"]>;

async function asks(command: Ask[0], options: Ask[1] = {}): Promise<void> {
  await rig.does(command, options);
  await rig.settles();
}

const PATIENT = { P0: { commandWithin: null }, P1: { commandWithin: null }, P2: { commandWithin: null } };
const pageKeys = async (): Promise<string[]> => (await rig.incident()).pages.map(({ key }) => key);

test("an acknowledged P2 that rises has a page that is acknowledged at the pager and in the chat", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: PATIENT });
  await serviceFires(rig, { severity: "P2" });
  await asks({ type: "incident.acknowledge" });
  await rig.passes(MINUTE);
  await serviceFires(rig, { severity: "P1", alertname: "Errors" });
  const [, second] = await pageKeys();
  await asks({ type: "incident.acknowledge", page: second! });
  expect(rig.paging.acknowledged).toEqual((await pageKeys()).map((key) => `muster:${key}:uid-1`));
  expect(await rig.incident()).toMatchObject({
    status: "acknowledged",
    escalation: { next: null, answered: { by: { name: "Alice" } } },
    pages: [{ status: "acknowledged" }, { status: "acknowledged" }],
  });
  await rig.passes(50 * MINUTE);
  expect(rig.paging.paged).toEqual(["P2 Alice", "P1 Alice"]);
});

test("a person called by name on an acknowledged incident answers their own page, here and at the pager", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: PATIENT });
  await serviceFires(rig);
  await asks({ type: "incident.acknowledge" });
  await asks({ type: "incident.page", to: { kind: "person", person: { id: "bob", name: "Bob" } }, message: null });
  const [, called] = await pageKeys();
  await asks(
    { type: "pager.heard", what: "acknowledged", alarm: `muster:${called}:uid-1`, text: "there" },
    { actor: BOB },
  );
  expect(await rig.incident()).toMatchObject({
    acknowledgedBy: { name: "Alice" },
    pages: [{ status: "acknowledged" }, { status: "acknowledged" }],
  });
  expect((await rig.eventTypes()).at(-1)).toBe("page.acknowledged");
});

test("hosts that fire after a mitigation take it back, page, and escalate", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: PATIENT });
  await serviceFires(rig, { severity: "P0", instance: "1" });
  await asks({ type: "incident.acknowledge" });
  await asks({ type: "incident.mitigate" });
  for (const instance of ["2", "3", "4"]) await serviceFires(rig, { severity: "P0", instance });
  expect(rig.paging.paged).toEqual(["P0 Alice, Bob", "P0 Alice, Bob"]);
  expect(await rig.incident()).toMatchObject({ status: "acknowledged", mitigatedAt: null });
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged.at(-1)).toBe("P0 Mia");
});

test("a P1 pages a person whom ten P2s have paged", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, defaultTeam: "orders", storm: null, priorities: PATIENT });
  for (let i = 0; i < 10; i++) await serviceFires(rig, { service: `service-${i}`, severity: "P2" });
  await serviceFires(rig, { service: "eleventh", severity: "P1" });
  expect(rig.paging.paged.at(-1)).toBe("P1 Alice");
  expect(rig.chat.directs.filter(({ user }) => user === "U0ALICE01")).toHaveLength(11);
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged).toContain("P1 Mia");
});

test("a page that the pager refuses for good passes its step at once", async () => {
  rig.paging.fails(new PortError("invalid", "no such routing key", { retryable: false }));
  await serviceFires(rig);
  expect((await rig.incident()).pages.map(({ to, status }) => `${to} ${status}`)).toEqual(["Alice failed", "Mia sent"]);
  rig.log.lines.splice(0);
});

test("a host that fires seconds after another recovered by itself pages at once", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P0: { quiet: "0s" } } });
  await serviceFires(rig, { severity: "P0", instance: "1" });
  await serviceRecovers(rig, { severity: "P0", instance: "1" });
  await rig.passes(2 * SECOND);
  expect((await rig.incident()).status).toBe("resolved");
  await serviceFires(rig, { severity: "P0", instance: "2" });
  expect(rig.paging.paged).toEqual(["P0 Alice, Bob", "P0 Alice, Bob"]);
});

test("a team whose alerts have all resolved is paged no further, here and at the pager", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    grouping: { by: ["alertname"] },
    services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
    priorities: PATIENT,
  });
  for (const service of ["order-service", "payment-service"]) await serviceFires(rig, { service });
  await asks({ type: "incident.acknowledge" });
  await serviceRecovers(rig, { service: "payment-service" });
  const [, called] = await pageKeys();
  expect(rig.paging.resolved).toEqual([`muster:${called}:uid-1`]);
  await rig.passes(30 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob"]);
  expect((await rig.eventTypes()).filter((type) => type === "escalation.ended")).toHaveLength(1);
});

test("a team whose last alert went away before the answer expired is not paged for it", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    grouping: { by: ["alertname"] },
    services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
    priorities: PATIENT,
  });
  for (const service of ["order-service", "payment-service"]) await serviceFires(rig, { service });
  await asks({ type: "incident.acknowledge" });
  await asks({ type: "incident.acknowledge" }, { actor: BOB });
  await serviceRecovers(rig, { service: "payment-service" });
  await rig.passes(61 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob", "P1 Alice"]);
  expect(await rig.incident()).toMatchObject({ teamEscalations: {} });
});

describe("a storm of three teams", () => {
  const policy = aPolicy({
    ...STAFFED_POLICY,
    teams: { ...STAFFED_POLICY.teams, search: { oncall: ["mia"] } },
    services: { a: { team: "orders" }, b: { team: "payments" }, c: { team: "search" } },
    storm: { incidents: 2, within: "1m", window: "10m" },
    priorities: PATIENT,
  });
  const storm = async () => (await rig.incidents()).find(({ key }) => key === "storm")!;

  async function breaksOut(): Promise<void> {
    rig.policy = policy;
    for (const service of ["x", "y"]) await serviceFires(rig, { service, severity: "P3" });
    for (const service of ["a", "b", "c"]) await serviceFires(rig, { service, severity: "P2" });
  }

  test("has an escalation for each, and one team's acknowledgement speaks for that team", async () => {
    await breaksOut();
    expect(rig.paging.paged).toEqual(["P2 Alice", "P2 Bob", "P2 Mia"]);
    const { number } = await storm();
    await asks({ type: "incident.acknowledge" }, { incident: number });
    await rig.passes(30 * MINUTE);
    expect(rig.paging.paged.slice(3)).toEqual(["P2 the pager's escalation policy", "P2 the pager's escalation policy"]);
    expect(await storm()).toMatchObject({
      status: "acknowledged",
      escalation: { next: null },
      teamEscalations: { payments: { answered: null }, search: { answered: null } },
    });
  });

  test("pages a team that has not answered again for its P1, and no team twice for its P2s", async () => {
    await breaksOut();
    await serviceFires(rig, { service: "b", alertname: "Slow", severity: "P2" });
    expect(rig.paging.paged).toEqual(["P2 Alice", "P2 Bob", "P2 Mia"]);
    await serviceFires(rig, { service: "b", alertname: "Gone", severity: "P1" });
    expect(rig.paging.paged.slice(3)).toContain("P1 Bob");
  });
});
