import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimEffects, enqueueEffects } from "#db/effects.ts";
import { overdueLanes } from "#db/due-work.ts";
import { auditDeadlines } from "#engine/loop/deadline-audit.ts";
import { auditRechecks } from "#engine/alerting/recheck-audit.ts";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

describe("what is due", () => {
  test("is due by the database's clock: a process that is ahead neither fires timers nor takes effects early", async () => {
    await rig.opensIncident();
    await rig.passes(0);
    const pages = rig.paging.triggered.length;
    const [escalation] = (
      await rig.connection.pool.query<{ due: Date }>("select due_at as due from timers where timer = 'escalate'")
    ).rows;
    const due = new Date(escalation!.due).getTime();
    // The process is 20 s past the deadline; the database is 10 s before it.
    rig.now = due + 20 * SECOND;
    rig.databaseAheadMs = -30 * SECOND;
    await rig.laneWorkers.timers();
    await rig.laneWorkers.apply();
    await rig.laneWorkers.page();
    expect(rig.paging.triggered).toHaveLength(pages);
    expect(rig.nudges.findLast(({ lane }) => lane === "timers")?.delayMs).toBe(10 * SECOND);
    rig.databaseAheadMs = 0;
    await rig.settles();
    expect(rig.paging.triggered.length).toBeGreaterThan(pages);
  });

  test("and no timer is taken that is not due by Muster's clock, until a step of the database's is seen", async () => {
    await rig.opensIncident();
    await rig.passes(0);
    const pages = rig.paging.triggered.length;
    rig.databaseAheadMs = HOUR;
    await rig.laneWorkers.timers();
    expect((await rig.connection.pool.query("select 1 from commands where done_at is null")).rows).toEqual([]);
    expect(rig.nudges.findLast(({ lane }) => lane === "timers")?.delayMs).toBeGreaterThan(MINUTE);
    rig.now += HOUR;
    rig.databaseAheadMs = 0;
    await rig.settles();
    expect(rig.paging.triggered.length).toBeGreaterThan(pages);
  });

  test("a lease ends by the database's clock, however far off the clock of who looks", async () => {
    await enqueueEffects(rig.connection.db, [{ effect: { type: "ticket.open" }, incident: 1, urgency: 2 }], NOW);
    const claim = (): Promise<unknown[]> =>
      claimEffects(rig.connection.db, "ticket", 9, rig.engine.databaseClock.now(), MINUTE);
    expect(await claim()).toHaveLength(1);
    rig.now += 90 * SECOND;
    rig.databaseAheadMs = -90 * SECOND;
    expect(await claim()).toEqual([]);
    rig.now += MINUTE;
    expect(await claim()).toHaveLength(1);
  });

  test("sees what a process accepted whose clock is ahead, at once", async () => {
    rig.now += 20 * SECOND;
    await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
    rig.now -= 20 * SECOND;
    expect(await overdueLanes(rig.connection.db, rig.engine.databaseClock.now(), SECOND)).toContain("apply");
  });
});

describe("after the clock was set back by two hours", () => {
  test("what was received ahead of now counts as received now, so that silence is noticed in its time", async () => {
    await rig.receives(deliveryOf([alertOf({ alertname: "Watchdog", severity: "none" }, { startsAt: NOW })]));
    await rig.settles();
    const seen = async (): Promise<number[]> =>
      (await rig.connection.pool.query<{ at: Date }>("select last_seen_at as at from alerts")).rows.map(({ at }) =>
        new Date(at).getTime(),
      );
    expect(await seen()).toEqual([NOW]);
    rig.now -= 2 * HOUR;
    await auditDeadlines(rig.engine, rig.submit);
    expect(await seen()).toEqual([NOW - 2 * HOUR]);
  });

  const due = async (): Promise<number[]> => (await rig.effects()).map(({ dueAt }) => dueAt.getTime() - rig.now);

  test("effects that wait for another attempt, or that someone had taken, are due within a minute", async () => {
    await enqueueEffects(rig.connection.db, [{ effect: { type: "ticket.open" }, incident: 1, urgency: 2 }], rig.now);
    await claimEffects(rig.connection.db, "ticket", 9, rig.engine.databaseClock.now(), MINUTE);
    await enqueueEffects(rig.connection.db, [{ effect: { type: "ticket.open" }, incident: 2, urgency: 2 }], rig.now);
    await auditDeadlines(rig.engine, rig.submit);
    expect(await due()).toEqual([MINUTE, 0]);
    expect(rig.log.selfAlerts).toEqual([]);
    rig.now -= 2 * HOUR;
    await auditDeadlines(rig.engine, rig.submit);
    expect(await due()).toEqual([0, 0]);
    expect(rig.log.selfAlerts).toEqual([expect.stringContaining("the clock was set back")]);
  });

  test("a card that changes is shown at its own pace, not after two hours", async () => {
    await rig.opensIncident();
    rig.now -= 2 * HOUR;
    await enqueueEffects(rig.connection.db, [{ effect: { type: "chat.header" }, incident: 1, urgency: 2 }], rig.now);
    const [header] = (await rig.effects()).filter(({ key }) => key.startsWith("chat.header"));
    expect(header!.dueAt.getTime() - rig.now).toBeLessThanOrEqual(2 * SECOND);
  });

  describe("what an incident waits for is due within its own plan", () => {
    const rows = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (
          await rig.connection.pool.query<{ timer: string; due: Date }>("select timer, due_at as due from timers")
        ).rows.map(({ timer, due: at }) => [timer, new Date(at).getTime() - rig.now]),
      );
    /** The waits of an incident, before the clock goes back by two hours, and after the audit. */
    const afterStep = async (): Promise<{ before: Record<string, number>; after: Record<string, number> }> => {
      await rig.settles();
      const before = await rows();
      rig.now -= 2 * HOUR;
      await auditDeadlines(rig.engine, rig.submit);
      await auditRechecks(rig.engine, rig.submit);
      await rig.laneWorkers.apply();
      return { before, after: await rows() };
    };

    test("the update, the command", async () => {
      await rig.opensIncident("P1");
      await rig.does({ type: "incident.acknowledge" });
      const { before, after } = await afterStep();
      for (const timer of ["update", "command"])
        expect([timer, after[timer]]).toEqual([timer, expect.closeTo(before[timer]!, -5)]);
      await rig.passes(after["update"]!);
      expect(await rig.eventTypes()).toContain("update.overdue");
    });

    test("the end of a quiet period, and the incident resolves then", async () => {
      const labels = { service: "order-service", severity: "P1" };
      await rig.receives(deliveryOf([alertOf(labels, { startsAt: NOW })]));
      await rig.receives(deliveryOf([alertOf(labels, { startsAt: NOW, endsAt: NOW + SECOND })]));
      await rig.laneWorkers.apply();
      const { before, after } = await afterStep();
      expect(before["quiet"]).toBeGreaterThan(0);
      expect(after["quiet"]).toBeLessThanOrEqual(before["quiet"]! + MINUTE);
      await rig.passes(after["quiet"]!);
      expect((await rig.incident()).status).toBe("resolved");
    });

    test("the re-check of an end while alerts fire, and they page again", async () => {
      await rig.opensIncident("P1");
      await rig.does({ type: "incident.resolve", reason: "the rollback is on its way" });
      const { before, after } = await afterStep();
      expect(before["recheck"]).toBeGreaterThan(0);
      expect(after["recheck"]).toBeLessThanOrEqual(30 * MINUTE);
      await rig.passes(after["recheck"]!);
      expect((await rig.incident()).status).toBe("triggered");
    });
  });

  test("an escalation goes on within its own step, and the repair is logged", async () => {
    await rig.opensIncident("P0");
    const pages = rig.paging.triggered.length;
    rig.now -= 2 * HOUR;
    expect(await auditEscalations(rig.engine, rig.submit)).toBe(1);
    await rig.passes(15 * MINUTE);
    expect(rig.paging.triggered.length).toBeGreaterThan(pages);
  });
});
