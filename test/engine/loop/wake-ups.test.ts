import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lane } from "#domain/values/language.ts";
import { createWakeUps, singleFlight, pollOverdueLanes, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

describe("nudges", () => {
  type Job = { readonly lane: Lane; readonly urgency: number; readonly delayMs: number };
  const queue = (
    fails = false,
  ): {
    readonly jobs: Job[];
    readonly log: FakeLog;
    readonly nudge: ReturnType<typeof createWakeUps>;
    readonly time: { now: number };
  } => {
    const jobs: Job[] = [];
    const log = new FakeLog();
    const time = { now: NOW };
    const add = (lane: Lane, wake: Omit<Job, "lane">): Promise<void> => {
      jobs.push({ lane, ...wake });
      return fails ? Promise.reject(new Error("away")) : Promise.resolve();
    };
    return { jobs, log, time, nudge: createWakeUps(add, () => time.now, log) };
  };

  test("a thousand for one lane are two jobs: the first at once, and one for the rest with the highest urgency", async () => {
    const { jobs, nudge: wakeLane } = queue();
    for (let i = 0; i < 1_000; i++) wakeLane("apply", { urgency: i === 500 ? 0 : 4, delayMs: 0 });
    await waitFor(() => jobs.length === 2, { what: "the second job" });
    expect(jobs).toEqual([
      { lane: "apply", urgency: 4, delayMs: 0 },
      { lane: "apply", urgency: 0, delayMs: 0 },
    ]);
  });

  test("a steady stream is nudged in parts; what is urgent ends the pause, and what comes after a rest has none", async () => {
    const { jobs, nudge: wakeLane } = queue();
    for (const urgency of [2, 3]) wakeLane("apply", { urgency, delayMs: 0 });
    for (const urgency of [2, 1]) wakeLane("chat", { urgency, delayMs: 0 });
    await waitFor(() => jobs.length === 4, { what: "both second jobs" });
    expect(jobs.map(({ lane, urgency }) => `${lane} ${urgency}`)).toEqual(["apply 2", "chat 2", "chat 1", "apply 3"]);
  });

  test("what becomes urgent during the pause ends it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { jobs, nudge: wakeLane } = queue();
      for (const lane of ["apply", "chat"] as const)
        for (const urgency of [2, 3]) wakeLane(lane, { urgency, delayMs: 0 });
      await vi.advanceTimersByTimeAsync(20);
      wakeLane("chat", { urgency: 0, delayMs: 0 });
      await vi.advanceTimersByTimeAsync(1);
      const sent = (): readonly string[] => jobs.map(({ lane, urgency }) => `${lane} ${urgency}`);
      expect(sent()).toEqual(["apply 2", "chat 2", "chat 0"]);
      await vi.advanceTimersByTimeAsync(200);
      expect(sent()).toEqual(["apply 2", "chat 2", "chat 0", "apply 3"]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("one lane does not wait for another", () => {
    const { jobs, nudge: wakeLane } = queue();
    wakeLane("chat", { urgency: 4, delayMs: 0 });
    wakeLane("page", { urgency: 0, delayMs: 0 });
    expect(jobs.map(({ lane }) => lane)).toEqual(["chat", "page"]);
  });

  test("alarm clocks: an earlier one is set, a later one is not, and after it rang a new one is", () => {
    const { jobs, nudge: wakeLane, time } = queue();
    for (const delayMs of [5_000, 9_000, 2_000, 3_000]) wakeLane("timers", { urgency: 0, delayMs });
    expect(jobs.map(({ delayMs }) => delayMs)).toEqual([5_000, 2_000]);
    time.now += 2_000;
    wakeLane("timers", { urgency: 0, delayMs: 9_000 });
    expect(jobs.map(({ delayMs }) => delayMs)).toEqual([5_000, 2_000, 9_000]);
  });

  test("an unreachable queue is logged and breaks nothing; the next nudge is tried", async () => {
    const { jobs, log, nudge: wakeLane } = queue(true);
    wakeLane("apply", { urgency: 0, delayMs: 0 });
    wakeLane("apply", { urgency: 0, delayMs: 0 });
    wakeLane("timers", { urgency: 0, delayMs: 500 });
    await waitFor(() => log.selfAlerts.length === 2, { what: "the second complaint" });
    expect(jobs).toHaveLength(3);
    expect(new Set(log.selfAlerts)).toEqual(new Set(["warn: queue unreachable; polling the database instead"]));
  });
});

describe("exclusive", () => {
  const steps = (): {
    readonly drain: () => Promise<void>;
    readonly runs: () => number;
    readonly end: (error?: Error) => void;
  } => {
    let runs = 0;
    let end: (error?: Error) => void = () => {};
    return {
      drain: () => {
        runs++;
        return new Promise((resolve, reject) => (end = (error) => (error === undefined ? resolve() : reject(error))));
      },
      runs: () => runs,
      end: (error) => end(error),
    };
  };
  const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test("runs once at a time, and once more for all requests meanwhile", async () => {
    const { drain: work, runs, end } = steps();
    const run = singleFlight(work);
    const all = [run(), run(), run()];
    expect(runs()).toBe(1);
    end();
    await soon();
    expect(runs()).toBe(2);
    end();
    await Promise.all(all);
    expect(runs()).toBe(2);
  });

  test("runs again after it ended, and after it failed", async () => {
    const { drain: work, runs, end } = steps();
    const run = singleFlight(work);
    const first = run();
    end(new Error("no"));
    await expect(first).rejects.toThrow("no");
    const second = run();
    end();
    await second;
    expect(runs()).toBe(2);
  });
});

describe("the sweep", () => {
  let rig: EngineHarness;
  beforeAll(async () => void (rig = await EngineHarness.open()));
  beforeEach(() => rig.reset());
  afterAll(() => rig.close());

  const swept = (workers: LaneWorkers = rig.laneWorkers): Promise<readonly Lane[]> =>
    pollOverdueLanes(rig.engine, workers, ["apply", "timers", "page", "pager", "chat", "people", "ticket"]);
  const idle = (): LaneWorkers => ({
    apply: none,
    timers: none,
    page: none,
    pager: none,
    chat: none,
    people: none,
    ticket: none,
    run: none,
  });
  const none = (): Promise<void> => Promise.resolve();

  test("skips work that is only just due, and runs work that is overdue by a second", async () => {
    await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
    rig.now += SECOND - 1;
    expect(await swept(idle())).toEqual([]);
    rig.now += 1;
    expect(await swept(idle())).toEqual(["apply"]);
    await rig.laneWorkers.apply();
    rig.now += SECOND;
    expect(await swept(idle())).toEqual(["page", "chat"]);
    await rig.passes(MINUTE);
    expect(await swept(idle())).toEqual([]);
    rig.now += 9 * MINUTE;
    expect(await swept(idle())).toEqual(["timers"]);
  });

  test("brings everything to its end without any queue", async () => {
    await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
    for (let second = 0; second < 10; second++) {
      rig.now += 2 * SECOND;
      const running: Promise<void>[] = [];
      const kept = (lane: Lane) => (): Promise<void> => {
        const run = rig.laneWorkers[lane]();
        running.push(run);
        return run;
      };
      await swept({
        apply: kept("apply"),
        timers: kept("timers"),
        page: kept("page"),
        pager: kept("pager"),
        chat: kept("chat"),
        people: kept("people"),
        ticket: kept("ticket"),
        run: kept("run"),
      });
      await Promise.all(running);
    }
    expect(await rig.incident()).toMatchObject({ pages: [{ status: "sent" }], channel: { id: "C1" } });
    expect(rig.chat.in("C1").some(({ pinned }) => pinned)).toBe(true);
  });

  test("continues when a lane fails", async () => {
    await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
    rig.now += SECOND;
    await swept({ ...idle(), apply: () => Promise.reject(new Error("no")) });
    await waitFor(() => rig.log.selfAlerts.length > 0, { what: "the complaint" });
    expect(rig.log.selfAlerts).toEqual(["error: polling failed; the next poll retries"]);
  });
});
