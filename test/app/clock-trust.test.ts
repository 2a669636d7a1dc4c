import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { ClockTrust } from "#app/clock-trust.ts";
import { playedDatabaseClock } from "#db/place/database-clock.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

/** A machine with a clock that may be set, a database with another one, and time that passes for both. */
class Machines {
  passed = 0;
  wallOff = 0;
  databaseOff = 0;
  answerMs = 0;
  away = false;
  readonly log = new FakeLog();
  readonly trust = new ClockTrust(
    () => NOW + this.passed + this.wallOff,
    () => {
      const began = this.passed;
      return () => this.passed - began;
    },
    {
      read: () => {
        if (this.away) return Promise.reject(new Error("away"));
        const at = NOW + this.passed + this.databaseOff;
        this.passed += this.answerMs;
        return Promise.resolve(at);
      },
    },
    this.log,
  );
  get database(): number {
    return NOW + this.passed + this.databaseOff;
  }
}

describe("the clock of a process", () => {
  test("is the database's, whatever the machine's clock shows and however often it is set", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -HOUR * 30, max: HOUR * 30 }),
        fc.array(
          fc.record({
            passes: fc.integer({ min: 0, max: HOUR }),
            steps: fc.oneof(fc.constant(0), fc.integer({ min: -HOUR * 3, max: HOUR * 3 })),
            answerMs: fc.integer({ min: 0, max: 1_500 }),
            away: fc.boolean(),
          }),
          { maxLength: 20 },
        ),
        async (wallOff, moments) => {
          const machines = new Machines();
          machines.wallOff = wallOff;
          await machines.trust.measure();
          for (const { passes, steps, answerMs, away } of moments) {
            machines.passed += passes;
            machines.wallOff += steps;
            Object.assign(machines, { answerMs, away });
            await machines.trust.measure().catch(() => null);
            // Never ahead: what is due by it is due in the database.
            expect(machines.trust.now()).toBeLessThanOrEqual(machines.database);
            expect(machines.database - machines.trust.now()).toBeLessThanOrEqual(1_500);
            const off = Math.abs(machines.wallOff);
            if (off <= 28_000) expect(machines.trust.takes()).toBe(true);
            if (off > 32_000) expect(machines.trust.takes()).toBe(false);
          }
        },
      ),
    );
  });

  test("is reported to differ above 5 s, takes nothing above 30 s, and reports when it agrees again", async () => {
    const machines = new Machines();
    const looks = async (wallOff: number): Promise<[string | null, boolean]> => {
      machines.wallOff = wallOff;
      await machines.trust.measure();
      return [machines.trust.problem(0), machines.trust.takes()];
    };
    expect(await looks(4_900)).toEqual([null, true]);
    expect(await looks(-10 * SECOND)).toEqual([
      "this machine's clock is 10 s behind the database's: from 30 s on this process takes no work. Set both by NTP",
      true,
    ]);
    expect(await looks(90 * SECOND)).toEqual([
      "this machine's clock is 1 min 30 s ahead of the database's: this process takes no work until they differ by less than 30 s. Set both by NTP",
      false,
    ]);
    expect(await looks(0)).toEqual([null, true]);
    expect(machines.log.selfAlerts).toHaveLength(2);
  });

  test("takes nothing from the moment the machine's clock is set, before the database is asked again", async () => {
    const machines = new Machines();
    await machines.trust.measure();
    machines.wallOff = -2 * HOUR;
    expect(machines.trust.takes()).toBe(false);
    expect(machines.trust.now()).toBe(NOW);
  });

  test("reports a step of the database's clock once, and shows it for a while", async () => {
    const machines = new Machines();
    expect(await machines.trust.measure()).toBeNull();
    machines.passed += MINUTE;
    Object.assign(machines, { wallOff: -2 * HOUR, databaseOff: -2 * HOUR });
    expect(await machines.trust.measure()).toEqual({ from: NOW + MINUTE, to: NOW + MINUTE - 2 * HOUR });
    expect(await machines.trust.measure()).toBeNull();
    expect(machines.trust.problem(HOUR)).toMatch(/^the clock was set back by 2 h, /);
    machines.passed += HOUR;
    expect(machines.trust.problem(HOUR)).toBeNull();
  });

  test("is not judged by an answer that took long", async () => {
    const machines = new Machines();
    await machines.trust.measure();
    machines.answerMs = 40 * SECOND;
    expect(await machines.trust.measure()).toBeNull();
    expect([machines.trust.takes(), machines.trust.problem(HOUR)]).toEqual([true, null]);
  });
});

describe("a process", () => {
  let app: TestApp | null = null;
  afterEach(async () => {
    await app?.stop();
    app = null;
  });

  test.each([
    ["20 s", 20 * SECOND, { pages: 1, ready: 200, clock: /20 s behind the database's: from 30 s on/ }],
    [
      "90 s",
      90 * SECOND,
      { pages: 0, ready: 503, clock: /1 min 30 s behind the database's: this process takes no work/ },
    ],
    ["2 h", 2 * HOUR, { pages: 0, ready: 503, clock: /2 h behind the database's: this process takes no work/ }],
  ])(
    "whose clock is %s off stores what it receives, reports it, and acts and is ready below 30 s",
    async (_, off, { pages, ready, clock }) => {
      const databaseClock = playedDatabaseClock(() => NOW + off);
      const started = (app = await startApp({ overrides: { databaseClock } }));
      const alert = alertOf({ service: "order-service", severity: "P0" }, { startsAt: NOW });
      expect((await started.post("/webhooks/alertmanager", deliveryOf([alert]))).status).toBe(202);
      for (const lane of ["apply", "timers", "page", "chat"] as const) await started.workers[lane]();
      expect(started.paging.triggered).toHaveLength(pages);
      const answer = await started.get("/health/ready");
      const health = (await answer.json()) as { reason?: string; checks: Record<string, { error?: string }> };
      expect(answer.status).toBe(ready);
      expect(health).toMatchObject({ healthy: ready === 200, degraded: true });
      expect(health.checks["clock"]?.error).toMatch(clock);
      expect(health.reason ?? "").toMatch(ready === 200 ? /^$/ : /^clock: /);
    },
  );
});
