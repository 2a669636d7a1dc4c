import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { HOUR, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { startScheduler } from "#app/scheduler.ts";

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
  void (timers = startScheduler(rig.engine, rig.laneWorkers, submit, HOUR));
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
