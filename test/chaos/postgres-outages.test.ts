import { expect, test } from "vitest";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import { startMuster } from "#test/support/harness/processes/muster-process.ts";
import { startPostgres } from "#test/support/harness/servers/servers.ts";
import { createAlertSender } from "#test/support/harness/processes/alert-sender.ts";
import {
  expectNoViolations,
  slackFindings,
  type LiveMode,
  waitForChannel,
  waitForHealth,
  startLiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { expectQuickAgain } from "#test/support/harness/processes/quick-again.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import {
  CHECKOUT_OUTAGE,
  stormOf,
  pourAlerts,
  expectNothingLost,
  expectPagedSoon,
  numberOfP1,
} from "#test/support/harness/processes/alert-storm.ts";

describeLive(
  "PostgreSQL remembers",
  ["postgres", "redis"],
  () => {
    for (const mode of ["postgres", "redis"] satisfies LiveMode[])
      test(`answers 503 and loses nothing when killed during a storm, with the queue on ${mode}`, async () => {
        const postgres = await startPostgres();
        const stage = await startLiveSetup(mode, { database: postgres.url });
        const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url, leaseMs: 2_000 } });
        await muster.ready();
        const sender = createAlertSender({ url: () => muster.url, patience: 30_000 });
        const statuses = await pourAlerts(sender, stormOf(200), async () => {
          await postgres.kill();
          await expect(muster.fire(CHECKOUT_OUTAGE)).rejects.toThrow("Muster answered 503");
          expect((await muster.get("/health/ready")).status).toBe(503);
          expect((await muster.get("/health/live")).status).toBe(200);
          await postgres.start();
        });
        expect(new Set(statuses)).toEqual(new Set([202, 503]));
        const fired = wallClock();
        await sender.fire(CHECKOUT_OUTAGE);
        await expectPagedSoon(stage, fired, 6_000);
        await expectNothingLost(muster, 201, 201);
        expect(await slackFindings(stage, await numberOfP1(muster))).toMatchObject({
          channels: 1,
          headers: 1,
          twice: [],
        });
        expect(await querySql(postgres.url, "select type, outcome from commands where outcome like 'failed%'")).toEqual(
          [],
        );
        expect(await waitForHealth(muster)).toMatchObject({ healthy: true, degraded: false });
        await expectQuickAgain(muster);
        await muster.stop();
        expectNoViolations(stage);
        await stage.close();
        await postgres.stop();
      });

    test("waits and refuses alerts when the database is down at the start", async () => {
      const postgres = await startPostgres();
      await postgres.kill();
      const stage = await startLiveSetup("postgres", { database: postgres.url });
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await waitFor(async () => (await muster.get("/health/live")).status === 200, {
        what: "the doors to be open",
        timeoutMs: 60_000,
      });
      expect((await muster.get("/health/startup")).status).toBe(503);
      await expect(muster.fire(CHECKOUT_OUTAGE)).rejects.toThrow("Muster answered 503");
      await postgres.start();
      await createAlertSender({ url: () => muster.url, patience: 10_000 }).fire(CHECKOUT_OUTAGE);
      await muster.ready();
      await waitForChannel(muster);
      expect(stage.pager.woken()).toHaveLength(1);
      await muster.stop();
      await stage.close();
      await postgres.stop();
    });

    test("stops on request while it waits for the database", async () => {
      const postgres = await startPostgres();
      await postgres.kill();
      const stage = await startLiveSetup("postgres", { database: postgres.url });
      const muster = await startMuster({ env: stage.env });
      await waitFor(async () => (await muster.get("/health/live")).status === 200, {
        what: "the doors to be open",
        timeoutMs: 60_000,
      });
      // It throws when it had to be killed. Node writes its cache of compiled code at the end, which takes a while.
      await muster.stop();
      await stage.close();
      await postgres.stop();
    });
  },
  { concurrent: true },
);
