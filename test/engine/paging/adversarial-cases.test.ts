import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness, serviceFires, serviceRecovers } from "#test/support/harness/engine.ts";

// What an attack on paging found, each written as what must hold.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));

const scheduledBob = { id: "bob", name: "Bob" };
const alarms = async (): Promise<string[]> => (await rig.incident()).pages.map(({ key }) => `muster:${key}:uid-1`);
const pagerReports = (what: "acknowledged" | "resolved" | "unacknowledged", alarm: string) =>
  rig.acts({ type: "pager.heard", what, alarm, text: "in PagerDuty" }, { actor: BOB });

describe("updates from the pager", () => {
  test("for an undone call for a person do not end the incident", async () => {
    await serviceFires(rig);
    await rig.acts({ type: "incident.page", to: { kind: "person", person: scheduledBob }, message: null });
    await pagerReports("resolved", (await alarms())[1]!);
    expect(await rig.incident()).toMatchObject({ status: "triggered", escalation: { next: { to: "Mia" } } });
    expect(await rig.eventTypes()).toContain("pager.told");
  });

  test("of an earlier episode does not end the present one", async () => {
    await serviceFires(rig);
    await serviceRecovers(rig);
    await rig.passes(20 * MINUTE);
    await serviceFires(rig);
    expect(await rig.incident()).toMatchObject({ status: "triggered", episode: 2 });
    await pagerReports("resolved", (await alarms())[0]!);
    await pagerReports("acknowledged", (await alarms())[0]!);
    expect(await rig.incident()).toMatchObject({ status: "triggered", episode: 2 });
  });

  test("that hand it back wake its people there, so that here the next step is due and no one is paged twice", async () => {
    await serviceFires(rig);
    await rig.passes(3 * HOUR);
    expect(await rig.eventTypes()).toContain("escalation.exhausted");
    const before = rig.paging.paged.length;
    await pagerReports("acknowledged", (await alarms())[0]!);
    await pagerReports("unacknowledged", (await alarms())[0]!);
    expect(rig.paging.paged.slice(before)).toEqual([]);
    expect((await rig.incident()).escalation.next).toMatchObject({ to: "Mia" });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged.slice(before)).toEqual(["P1 Mia"]);
  });

  test("a P2 that is handed back gets its ticket after all", async () => {
    await serviceFires(rig, { severity: "P2" });
    await rig.acts({ type: "incident.acknowledge" });
    await pagerReports("unacknowledged", (await alarms())[0]!);
    await rig.passes(20 * MINUTE);
    expect(await rig.eventTypes()).toContain("ticket.requested");
  });
});

describe("a call for a team", () => {
  test("pages that team's own service, and resolves there too", async () => {
    rig.paging.reinforces = true;
    await serviceFires(rig);
    await rig.acts({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null });
    expect(rig.paging.triggered.map(({ team, to }) => [team, to])).toEqual([
      ["orders", "Alice"],
      ["payments", "Bob"],
    ]);
    expect(rig.paging.reinforced).toEqual([]);
  });
});

describe("further steps", () => {
  test.each(["rate_limited", "unauthorized", "not_found", "server_error"] as const)(
    "get an alarm of their own when joining the first is %s",
    async (reason) => {
      rig.engine = {
        ...rig.engine,
        paging: Object.assign(rig.paging, {
          reinforce: () => Promise.reject(new PortError(reason, reason, { retryable: reason !== "not_found" })),
        }),
      };
      await serviceFires(rig);
      await rig.passes(25 * MINUTE);
      expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Mia", "P1 vic"]);
      rig.log.lines.splice(0);
    },
  );

  test("raise the alarm by one level each, with any other pages", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, teams: { orders: { ...STAFFED_POLICY.teams.orders, escalation: [] } } });
    rig.paging.reinforces = true;
    await serviceFires(rig, { severity: "P2" });
    await rig.acts({ type: "incident.page", to: { kind: "person", person: scheduledBob }, message: null });
    await serviceFires(rig, { alertname: "Errors" });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.reinforced.filter(({ people }) => people.length === 0).map(({ level }) => level)).toEqual([2]);
  });
});

describe("a person called by name", () => {
  test("is called although another person acknowledges meanwhile, and learns of it in the chat", async () => {
    await serviceFires(rig);
    rig.paging.fails(new PortError("unreachable", "away", { retryable: true }));
    await rig.does({ type: "incident.page", to: { kind: "person", person: scheduledBob }, message: null });
    await rig.laneWorkers.apply();
    await rig.acts({ type: "incident.acknowledge" });
    await rig.passes(MINUTE);
    expect(rig.paging.paged).toContain("P1 Bob");
    expect(rig.chat.directs.map(({ user }) => user)).toContain("U0BOB0001");
    rig.log.lines.splice(0);
  });
});

describe("a storm", () => {
  test("gathers and counts alerts that have fired before, and pages their teams", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      services: { ...STAFFED_POLICY.services, pay: { team: "payments" } },
      storm: { incidents: 3, within: "1m", window: "10m" },
    });
    const services = ["a", "b", "c", "pay", "d", "e"];
    for (const service of services) {
      await serviceFires(rig, { service, severity: "P2" });
      await serviceRecovers(rig, { service, severity: "P2" });
      await rig.passes(2 * MINUTE);
    }
    await rig.passes(7 * 24 * HOUR);
    const before = rig.paging.paged.length;
    for (const service of services) await serviceFires(rig, { service, severity: "P2" });
    const storm = (await rig.incidents()).find(({ key }) => key === "storm");
    expect(storm).toMatchObject({ storm: { total: 3, services: { pay: 1, d: 1, e: 1 } }, alerts: { firing: 3 } });
    expect(rig.paging.paged.slice(before)).toContain("P2 Bob");
  });
});

describe("an acknowledgement", () => {
  test("that is restored by a reopening expires like any other", async () => {
    await serviceFires(rig);
    await rig.acts({ type: "role.claim", role: "commander" });
    await rig.acts({ type: "incident.resolve", reason: "x" });
    await rig.acts({ type: "incident.reopen", reason: null });
    expect((await rig.incident()).status).toBe("acknowledged");
    await rig.passes(HOUR);
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("with a lost timer, or one set by a clock that jumped, is found by the audit", async () => {
    await serviceFires(rig);
    await rig.acts({ type: "role.claim", role: "commander" });
    await rig.connection.pool.query("delete from timers");
    await rig.passes(HOUR + 3 * MINUTE);
    expect((await rig.incident()).status).toBe("acknowledged");
    expect(await auditEscalations(rig.engine, rig.submit)).toBe(1);
    await rig.settles();
    expect((await rig.incident()).status).toBe("triggered");
    rig.log.lines.splice(0);
  });
});

describe("the auditor", () => {
  test("finds escalating incidents behind a thousand others, and a step that a clock jump delayed for a day", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
    await rig.receives(
      deliveryOf(
        Array.from({ length: 1_100 }, (_, i) =>
          alertOf({ alertname: "Low", service: `s${i}`, severity: "P4" }, { startsAt: NOW, summary: "low" }),
        ),
      ),
    );
    await rig.settles();
    rig.now += 3 * 24 * HOUR;
    await serviceFires(rig);
    rig.now -= 3 * 24 * HOUR;
    expect(await auditEscalations(rig.engine, rig.submit)).toBe(1);
    await rig.passes(10 * MINUTE);
    // Besides the people of the incident, the operators of Muster learn of the fault.
    const ofIncident = rig.paging.triggered.filter(({ incident }) => incident === "INC-1101");
    expect(ofIncident.map(({ to }) => to)).toEqual(["Alice", "Mia"]);
    rig.log.lines.splice(0);
  });

  test("is not needed for a step that was taken back after it was due", async () => {
    await serviceFires(rig);
    await rig.passes(9 * MINUTE);
    await rig.acts({ type: "incident.set_priority", priority: "P3", reason: null });
    await rig.passes(2 * MINUTE);
    await rig.acts({ type: "undo" });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Mia"]);
  });
});

describe("the limit of pages per person", () => {
  const limited = aPolicy({
    ...STAFFED_POLICY,
    storm: null,
    grouping: { related: null },
    paging: { perPerson: 3, within: "10m" },
  });

  test("applies within one delivery too: the pager is asked all the same, and the next step is paged at once", async () => {
    rig.policy = limited;
    await rig.receives(
      deliveryOf(
        Array.from({ length: 8 }, (_, i) =>
          alertOf({ alertname: `A${i}`, service: "order-service", severity: "P2" }, { startsAt: NOW, summary: "s" }),
        ),
      ),
    );
    await rig.settles();
    expect(rig.paging.paged.filter((each) => each === "P2 Alice")).toHaveLength(8);
    // The next step is asked at once, until it has as many unanswered pages itself; then the one after it.
    expect(rig.paging.paged.filter((each) => each === "P2 Mia")).toHaveLength(5);
    expect(rig.paging.paged.filter((each) => each === "P2 vic")).toHaveLength(2);
    expect(rig.chat.directs.filter(({ user }) => user === "U0ALICE01")).toHaveLength(3);
  });

  test("does not apply to a call by hand", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      paging: { perPerson: 1, within: "10m" },
      teams: { orders: { oncall: ["alice"], escalation: [["alice"]] } },
    });
    await serviceFires(rig);
    for (let i = 0; i < 3; i++) await rig.acts({ type: "incident.escalate", reason: null }, { actor: BOB });
    expect(rig.paging.paged).toHaveLength(4);
  });
});
