import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, type MusterProcess, startMuster } from "#test/support/harness/processes/muster-process.ts";
import { startPostgres, startRedis } from "#test/support/harness/servers/servers.ts";
import { createAlertSender, type AlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  expectNoViolations,
  slackFindings,
  readIncident,
  readIncidents,
  readMetric,
  type LiveMode,
  waitForChannel,
  waitForStatus,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import type { KillPlan } from "#test/support/harness/processes/victim.ts";
import { expectQuickAgain } from "#test/support/harness/processes/quick-again.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const outage: TestAlert = { name: "CheckoutDown", severity: "P1", service: "checkout" };
const storm = (size: number): TestAlert[] =>
  Array.from({ length: size }, (_, i): TestAlert => ({
    name: `Disk${i}Full`,
    severity: "P3",
    service: `disk-${i % 50}`,
  }));

/** Sends alerts five in a delivery, eight deliveries at a time; calls `half` when half of them are taken. Answers every status it saw. */
async function pour(sender: AlertSender, alerts: readonly TestAlert[], half: () => Promise<void>): Promise<number[]> {
  const deliveries = Array.from({ length: Math.ceil(alerts.length / 5) }, (_, i) => alerts.slice(i * 5, i * 5 + 5));
  const statuses: number[] = [];
  let taken = 0;
  const halfway: Promise<void>[] = [];
  const lane = async (): Promise<void> => {
    for (let next = deliveries.shift(); next !== undefined; next = deliveries.shift()) {
      statuses.push(...(await sender.fire(...next)));
      taken += next.length;
      if (halfway.length === 0 && taken * 2 >= alerts.length) halfway.push(half());
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  await Promise.all(halfway);
  return statuses;
}

/** Every alert is known, in incidents whose numbers have no gap. */
async function expectNothingLost(muster: MusterProcess, alerts: number, expected: number): Promise<void> {
  await waitFor(
    async () => ((await muster.api("/api/alerts?status=firing&limit=500"))["alerts"] as object[]).length === alerts,
    {
      what: `${alerts} alerts`,
      timeoutMs: 30_000,
      everyMs: 100,
    },
  );
  await waitUntilSettled(muster, 30_000);
  const all = await readIncidents(muster);
  expect(all.map(({ id }) => Number(id.slice(4))).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: expected }, (_, i) => i + 1),
  );
  expect(all.reduce((sum, { alerts: { total } }) => sum + total, 0)).toBe(alerts);
}

/** The page arrives soon, and the channel too. */
async function expectPagedSoon(stage: LiveSetup, since: number, withinMs: number): Promise<void> {
  await waitFor(() => stage.pager.woken().length > 0, { what: "the page" });
  expect(stage.pager.woken()).toMatchObject([{ priority: "P1", incident: expect.stringMatching(/^INC-/) }]);
  expect(stage.pager.woken()[0]!.at - since).toBeLessThan(withinMs);
}

async function numberOfP1(muster: MusterProcess): Promise<number> {
  return Number((await readIncidents(muster)).find(({ priority }) => priority === "P1")?.id.slice(4));
}

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
      await pour(muster, storm(200), async () => {
        await redis.flush();
        fired = wallClock();
        await muster.fire(outage);
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
      expect(await muster.fire(outage)).toEqual([202]);
      await expectPagedSoon(stage, fired, 4_000);
      await waitForChannel(muster);
      expect(await muster.api("/health/ready")).toMatchObject({
        healthy: true,
        degraded: true,
        checks: { queue: { healthy: false } },
      });

      await redis.start();
      await waitFor(async () => (await muster.api("/health/ready"))["degraded"] === false, {
        what: "Muster to see that Redis is back",
        timeoutMs: 60_000,
      });
      await expectQuickAgain(muster);
      await muster.resolve(outage);
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
      await muster.fire(outage);
      await waitForChannel(muster);
      expect(stage.pager.woken()).toHaveLength(1);
      expect(await muster.stop()).toBeLessThan(10_000);
      expectNoViolations(stage);
      await Promise.all([stage.close(), redis.stop()]);
    });
  },
  { concurrent: true },
);

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
        const statuses = await pour(sender, storm(200), async () => {
          await postgres.kill();
          await expect(muster.fire(outage)).rejects.toThrow("Muster answered 503");
          expect((await muster.get("/health/ready")).status).toBe(503);
          expect((await muster.get("/health/live")).status).toBe(200);
          await postgres.start();
        });
        expect(new Set(statuses)).toEqual(new Set([202, 503]));
        const fired = wallClock();
        await sender.fire(outage);
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
        expect(await muster.api("/health/ready")).toMatchObject({ healthy: true, degraded: false });
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
      await expect(muster.fire(outage)).rejects.toThrow("Muster answered 503");
      await postgres.start();
      await createAlertSender({ url: () => muster.url, patience: 10_000 }).fire(outage);
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
      expect(await muster.stop()).toBeLessThan(2_000);
      await stage.close();
      await postgres.stop();
    });
  },
  { concurrent: true },
);

/** Whether the kernel has stopped a process. */
const isFrozen = (pid: number): boolean => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

describeLive(
  "A worker that freezes",
  ["postgres", "redis"],
  () => {
    const points: readonly KillPlan[] = [
      { step: "perform.claimed", type: "page.trigger" },
      { step: "perform.claimed", type: "chat.channel" },
      { step: "perform.claimed", type: "chat.header" },
      { step: "perform.claimed", type: "chat.announce" },
      { step: "perform.claimed", type: "chat.feed" },
      { step: "perform.called", type: "chat.channel" },
      { step: "perform.called", type: "chat.header" },
      { step: "apply.committing" },
    ];
    for (const doom of points)
      test(`is replaced when frozen at ${doom.step} ${doom.type ?? ""}, and does nothing twice when it thaws`, async () => {
        const stage = await startLiveSetup("redis");
        // A claim must outlast the slowest call, here as in the world: a call has five seconds.
        const victim = { pager: stage.pager.url, leaseMs: 6_000 };
        const [web, frozen] = await Promise.all([
          startMuster({ env: stage.env, victim, role: "web" }),
          startMuster({ env: stage.env, victim: { ...victim, doom: { ...doom, signal: "SIGSTOP" } }, role: "worker" }),
        ]);
        await Promise.all([web.ready(), frozen.ready()]);
        await web.fire(outage);
        await waitFor(() => isFrozen(frozen.pid), { what: "the worker to freeze" });
        const other = await startMuster({ env: stage.env, victim, role: "worker" });
        await waitFor(async () => (await readIncident(web))?.pages[0]?.status === "sent", {
          what: "the other worker to page",
          timeoutMs: 30_000,
          everyMs: 100,
        });
        await waitForChannel(web, { timeoutMs: 30_000 });

        frozen.signal("SIGCONT");
        await waitFor(async () => (await frozen.get("/health/live")).status === 200, { what: "the worker to thaw" });
        // What it had begun it brings to an end, one way or the other.

        if (doom.type !== undefined)
          await waitFor(
            async () => (await readMetric(frozen, "muster_effects_total", `type="${doom.type ?? ""}"`)) > 0,
            {
              what: "the worker to go on where it was",
            },
          );
        await web.resolve(outage);
        await waitForStatus(web, "resolved", { timeoutMs: 30_000 });
        await waitFor(async () => (await timelineOf(web)).some(({ type }) => type === "draft.posted"), {
          what: "the draft",
        });
        await waitUntilSettled(web);

        expect(await slackFindings(stage)).toMatchObject({
          channels: 1,
          headers: 1,
          drafts: 1,
          pinned: [expect.stringContaining("resolved")],
          announced: [expect.stringContaining("resolved")],
          twice: [],
        });
        expect((await timelineOf(web)).map(({ type }) => type).toSorted()).toEqual(
          [
            "incident.opened",
            "alerts.fired",
            "page.requested",
            "escalation.armed",
            "page.sent",
            "channel.opened",
            "alerts.resolved",
            "quiet.began",
            "incident.resolved",
            "draft.posted",
          ].toSorted(),
        );
        expect(new Set(stage.pager.triggers.map(({ dedupKey }) => dedupKey)).size).toBe(1);
        // It may have frozen with the right to decide in its hand; until the server takes that away, the others say so.
        const reply = [web, other]
          .flatMap(({ log }) => errorsIn(log))
          .filter(({ msg }) => msg !== "a lane failed; its work stays stored and is retried");
        expect(reply).toEqual([]);
        await Promise.all([web.stop(), other.stop(), frozen.stop()]);
        expectNoViolations(stage);
        await stage.close();
      });
  },
  { concurrent: true },
);
