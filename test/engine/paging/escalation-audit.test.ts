import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditEscalations, recordFirstOwnership } from "#engine/paging/escalation-audit.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { EngineHarness, serviceFires } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const auditLooks = async (): Promise<number> => {
  const repaired = await auditEscalations(rig.engine, rig.submit);
  await rig.settles();
  return repaired;
};

/** Who was paged for an incident: the repair is one about Muster itself. */
const pagedFor = (incident: string): string[] =>
  rig.paging.triggered.filter((page) => page.incident === incident).map(({ to }) => to);

/** As if a fault had lost an incident's state of its other teams, or an earlier version had written it. */
async function rewritesState(change: (state: Record<string, unknown>) => void): Promise<void> {
  const { rows } = await rig.connection.pool.query<{ state: Record<string, unknown> }>(
    "select state from incidents where number = 1",
  );
  const { state } = rows[0]!;
  change(state);
  await rig.connection.pool.query("update incidents set state = $1 where number = 1", [JSON.stringify(state)]);
}

describe("a team that owns a firing alert and was never called", () => {
  test("is called, and an alert about Muster itself fires until the next audit", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      grouping: { by: ["alertname"] },
      services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
    });
    await serviceFires(rig);
    await serviceFires(rig, { service: "payment-service" });
    await rig.does({ type: "role.claim", role: "commander" });
    await rewritesState((state) => (state["teamEscalations"] = {}));
    expect(await auditLooks()).toBe(1);
    expect(pagedFor("INC-1")).toEqual(["Alice", "Bob", "Bob"]);
    expect(await rig.incident()).toMatchObject({
      status: "acknowledged",
      escalation: { next: null },
      teamEscalations: { payments: { next: { to: "the pager's escalation policy" } } },
    });
    expect(await rig.incident(2)).toMatchObject({ route: { service: "muster" }, alerts: { firing: 1 } });
    rig.now += MINUTE;
    expect(await auditLooks()).toBe(0);
    expect(await rig.incident(2)).toMatchObject({ alerts: { firing: 0 } });
  });
});

describe("a team to which an edit of the policy gives an alert that fires", () => {
  const owned = (team: string) =>
    aPolicy({ ...STAFFED_POLICY, services: { ...STAFFED_POLICY.services, "payment-service": { team } } });

  test("is called within a minute, and that is no fault of Muster", async () => {
    rig.policy = owned("orders");
    await recordFirstOwnership(rig.engine);
    await serviceFires(rig, { service: "payment-service" });
    rig.policy = owned("payments");
    rig.now += MINUTE;
    expect(await auditLooks()).toBe(0);
    expect(pagedFor("INC-1")).toEqual(["Alice", "Bob"]);
    expect(await rig.incident()).toMatchObject({ teamEscalations: { payments: { ofAlerts: true } } });
    expect([rig.log.selfAlerts, (await rig.incidents()).length]).toEqual([[], 1]);
    rig.now += MINUTE;
    expect(await auditLooks()).toBe(0);
    expect(pagedFor("INC-1")).toEqual(["Alice", "Bob"]);
  });

  test("has its alert back when the edit is undone, and no one else is called", async () => {
    rig.policy = owned("orders");
    await serviceFires(rig, { service: "payment-service" });
    await auditLooks();
    rig.policy = owned("payments");
    await auditLooks();
    rig.policy = owned("orders");
    await auditLooks();
    expect(pagedFor("INC-1")).toEqual(["Alice", "Bob"]);
    expect(rig.log.selfAlerts).toEqual([]);
  });
});

test("a team whose alert is muted is called when the mute ends, not before, and that is no fault of Muster", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    grouping: { by: ["alertname"] },
    services: { ...STAFFED_POLICY.services, "payment-service": { team: "payments" } },
    priorities: { P1: { commandWithin: null, updateEvery: null } },
  });
  await serviceFires(rig);
  await serviceFires(rig, { service: "payment-service" });
  await rig.does({ type: "incident.resolve", reason: "fixed, I think" });
  const until = rig.now + HOUR;
  await rig.arranges({
    type: "mute.set",
    matchers: ["service=payment-service"],
    from: rig.now,
    until,
    reason: "a load test",
  });
  await rig.passes(30 * MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "triggered" });
  await rig.passes(5 * MINUTE);
  expect(await auditLooks()).toBe(0);
  expect(pagedFor("INC-1").filter((to) => to === "Bob")).toHaveLength(1);
  await rig.passes(25 * MINUTE);
  expect(await auditLooks()).toBe(0);
  expect(pagedFor("INC-1").filter((to) => to === "Bob")).toHaveLength(2);
  expect(rig.log.selfAlerts).toEqual([]);
});

test("an escalation that an earlier version had given up goes on, and that is no fault", async () => {
  await rig.opensIncident("P1");
  await rewritesState((state) => {
    state["escalation"] = { step: 9, next: null };
    delete state["teamEscalations"];
  });
  expect(await auditLooks()).toBe(1);
  expect((await rig.incident()).escalation.next).not.toBeNull();
  expect((await rig.incidents()).length).toBe(1);
  expect(await auditLooks()).toBe(0);
});

describe("an unacknowledged incident without a deadline", () => {
  test("gets one, escalates, and the log reports the repair", async () => {
    await rig.opensIncident("P1");
    await rig.connection.pool.query("delete from timers");
    rig.now += 13 * MINUTE;
    expect(await auditLooks()).toBe(1);
    // Its step was due three minutes ago.
    expect((await rig.incident()).escalation.next).toMatchObject({ to: "vic", at: rig.now + 10 * MINUTE });
    await rig.passes(MINUTE);
    expect(pagedFor("INC-1")).toEqual(["Alice", "Mia"]);
    await rig.passes(9 * MINUTE);
    expect(pagedFor("INC-1")).toEqual(["Alice", "Mia", "vic"]);
    expect(rig.log.selfAlerts).toEqual([expect.stringContaining("had lost its escalation deadline")]);
    expect(rig.steps).toContainEqual({ step: "escalation.audited", repaired: 1 });
  });

  test("is repaired once by any number of audits", async () => {
    await rig.opensIncident("P1");
    await rig.connection.pool.query("delete from timers");
    rig.now += 13 * MINUTE;
    await Promise.all([auditEscalations(rig.engine, rig.submit), auditEscalations(rig.engine, rig.submit)]);
    await rig.settles();
    expect((await rig.eventTypes()).filter((type) => type === "escalation.armed")).toHaveLength(2);
    expect(await auditLooks()).toBe(0);
  });
});

test.each([
  ["whose deadline is there", "P1", (): Promise<void> => Promise.resolve()],
  ["that pages no one", "P3", (): Promise<void> => rig.passes(HOUR)],
  ["that somebody has acknowledged", "P1", (): Promise<void> => rig.does({ type: "incident.acknowledge" })],
  ["of which every step was paged", "P0", (): Promise<void> => rig.passes(5 * HOUR)],
])("an incident %s is left alone", async (_, severity, then) => {
  await rig.opensIncident(severity);
  await then();
  await rig.settles();
  expect(await auditLooks()).toBe(0);
});
