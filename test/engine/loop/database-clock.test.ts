import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimEffects, enqueueEffects } from "#db/effects.ts";
import { overdueLanes } from "#db/due-work.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
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
