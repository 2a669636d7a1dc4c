import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { LaneWatch } from "#engine/loop/lane-watch.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { readHeartbeat } from "#db/watch/heartbeats.ts";
import { startScheduler, startTimers } from "#app/scheduler.ts";

let rig: EngineHarness;
let timers: NodeJS.Timeout[] = [];
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  vi.useRealTimers();
});
afterAll(() => rig.close());

const startsTimers = (submit: (submission: CommandSubmission) => Promise<void>): void =>
  void (timers = startScheduler(rig.engine, rig.laneWorkers, submit, new LaneWatch(stopwatch, () => 0, rig.log), HOUR));
/** The worker's clock and its timers go on together. */
async function continues(ms: number): Promise<void> {
  rig.now += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

test("a worker asks for the digest within half a minute of its hour, once", async () => {
  const requests: (string | null)[] = [];
  rig.now = Date.parse("2026-11-22T08:59:20Z");
  startsTimers(({ key }) => Promise.resolve(void requests.push(key)));
  await continues(30 * SECOND);
  expect(requests).toEqual([]);
  await continues(30 * SECOND);
  expect(requests).toEqual(["digest:2026-11-22"]);
  await continues(30 * SECOND);
  await continues(30 * SECOND);
  expect(requests).toEqual(["digest:2026-11-22"]);
});

test("retries a digest that could not be requested half a minute later, and logs it", async () => {
  const requests: (string | null)[] = [];
  let away = true;
  rig.now = Date.parse("2026-11-22T09:00:00Z");
  startsTimers(({ key }) =>
    away ? Promise.reject(new Error("the database is away")) : Promise.resolve(void requests.push(key)),
  );
  await continues(30 * SECOND);
  expect(rig.log.selfAlerts).toEqual([expect.stringContaining("the digest failed; the next one tries again")]);
  away = false;
  await continues(30 * SECOND);
  expect(requests).toEqual(["digest:2026-11-22"]);
});

test.each([
  ["a process with doors says that it can receive, at once and all the time", "web", true],
  ["a worker, which receives nothing, does not", "worker", false],
] as const)("%s", async (_, role, beats) => {
  const began = rig.now;
  timers = startTimers(
    role,
    rig.engine,
    rig.laneWorkers,
    () => Promise.resolve(),
    new LaneWatch(stopwatch, () => 0, rig.log),
    { every: HOUR },
  );
  const recorded = () => readHeartbeat(rig.connection.db, "doors");
  await vi.waitFor(async () =>
    expect(await recorded()).toEqual(beats ? { since: began, at: began, note: null } : null),
  );
  for (let i = 0; i < 15; i++) await continues(20 * SECOND);
  await vi.waitFor(async () =>
    expect(await recorded()).toEqual(beats ? { since: began, at: began + 5 * MINUTE, note: null } : null),
  );
});
