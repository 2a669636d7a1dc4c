import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, startMuster } from "#test/support/harness/processes/muster-process.ts";
import { startRedis } from "#test/support/harness/servers/servers.ts";
import {
  expectNoViolations,
  slackFindings,
  waitForChannel,
  waitForHealth,
  waitForStatus,
  startLiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { expectQuickAgain } from "#test/support/harness/processes/quick-again.ts";
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
  "Redis only hurries",
  ["postgres", "redis"],
  () => {
    test("loses nothing and pages a P1 at once when flushed during a storm of 200 alerts", async () => {
      const redis = await startRedis();
      const stage = await startLiveSetup("redis", { redis: redis.url });
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await muster.ready();
      let fired = 0;
      await pourAlerts(muster, stormOf(200), async () => {
        await redis.flush();
        fired = wallClock();
        await muster.fire(CHECKOUT_OUTAGE);
      });
      await expectPagedSoon(stage, fired, 5_000);
      await expectNothingLost(muster, 201, 201);
      expect(await slackFindings(stage, await numberOfP1(muster))).toMatchObject({
        channels: 1,
        headers: 1,
        twice: [],
      });
      expect(errorsIn(muster.log)).toEqual([]);
      await muster.stop();
      expectNoViolations(stage);
      await Promise.all([stage.close(), redis.stop()]);
    });

    test("pages a P1 within seconds while Redis is down, and uses the queue again when Redis is back", async () => {
      const redis = await startRedis();
      const stage = await startLiveSetup("redis", { redis: redis.url });
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await muster.ready();
      await redis.kill();
      const fired = wallClock();
      expect(await muster.fire(CHECKOUT_OUTAGE)).toEqual([202]);
      await expectPagedSoon(stage, fired, 4_000);
      await waitForChannel(muster);
      expect(await muster.api("/health/ready")).toMatchObject({
        healthy: true,
        degraded: true,
        checks: { queue: { healthy: false } },
      });

      await redis.start();
      await waitForHealth(muster, 60_000);
      await expectQuickAgain(muster);
      await muster.resolve(CHECKOUT_OUTAGE);
      await waitForStatus(muster, "resolved");
      expect(await slackFindings(stage)).toMatchObject({ channels: 1, headers: 1, drafts: 1, twice: [] });
      expect(errorsIn(muster.log)).toEqual([]);
      await muster.stop();
      expectNoViolations(stage);
      await Promise.all([stage.close(), redis.stop()]);
    });

    test("starts, works and stops in time while Redis is down at the start and at the end", async () => {
      const redis = await startRedis();
      await redis.kill();
      const stage = await startLiveSetup("redis", { redis: redis.url });
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await muster.ready();
      await muster.fire(CHECKOUT_OUTAGE);
      await waitForChannel(muster);
      expect(stage.pager.woken()).toHaveLength(1);
      expect(await muster.stop()).toBeLessThan(10_000);
      expectNoViolations(stage);
      await Promise.all([stage.close(), redis.stop()]);
    });
  },
  { concurrent: true },
);
