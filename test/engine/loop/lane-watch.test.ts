import { beforeEach, expect, test } from "vitest";
import { LaneWatch } from "#engine/loop/lane-watch.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";

let now = 0;
let log: FakeLog;
let watch: LaneWatch;
beforeEach(() => {
  now = 0;
  log = new FakeLog();
  watch = new LaneWatch(
    () => {
      const began = now;
      return () => now - began;
    },
    () => 0,
    log,
  );
});

const readOnly = Object.assign(new Error("cannot execute INSERT in a read-only transaction"), { code: "25006" });

test("a lane that fails waits longer each time, at most three seconds, and names itself and the reason", async () => {
  const tries: number[] = [];
  const work = watch.guard("apply", () => {
    tries.push(now);
    return Promise.reject(readOnly);
  });
  for (; now < 20 * SECOND; now += 50) await work();
  const waits = tries.slice(1).map((at, i) => at - tries[i]!);
  expect(waits[0]).toBe(250);
  expect(Math.max(...waits)).toBeLessThanOrEqual(3 * SECOND);
  expect(waits.at(-1)).toBeGreaterThan(2 * SECOND);
  expect(log.selfAlerts).toEqual(["error: a lane failed; its work stays stored and is retried"]);
  expect(watch.laneProblem()).toMatch(/^apply fails since 20 s: the database is read-only \(25006: /);
});

test("a lane that works again is no problem, and its next failure is news", async () => {
  let broken = true;
  const work = watch.guard("apply", () => (broken ? Promise.reject(readOnly) : Promise.resolve()));
  await work();
  broken = false;
  now += SECOND;
  await work();
  expect(watch.laneProblem()).toBeNull();
  broken = true;
  await work();
  expect(log.selfAlerts).toHaveLength(2);
});

test("one failing lane holds up no other", async () => {
  let done = 0;
  await watch.guard("chat", () => Promise.reject(readOnly))();
  const page = watch.guard("page", () => Promise.resolve(void done++));
  await page();
  await page();
  expect(done).toBe(2);
});

test("a queue that refuses wake-ups is reported until it takes one", () => {
  expect(watch.wakeUpProblem()).toBeNull();
  watch.sent("READONLY You can't write against a read only replica.");
  expect(watch.wakeUpProblem()).toMatch(/the queue takes no wake-ups \(READONLY .*found by polling/);
  watch.sent(null);
  expect(watch.wakeUpProblem()).toBeNull();
});

test("a queue that takes wake-ups and delivers none is noticed by what polling finds", () => {
  watch.guard("apply", () => Promise.resolve());
  for (let i = 0; i < 3; i++, now += SECOND) {
    expect(watch.wakeUpProblem()).toBeNull();
    expect(watch.polled(["apply"])).toEqual(["apply"]);
  }
  expect(watch.wakeUpProblem()).toMatch(/delivers no wake-ups/);
  watch.came();
  expect(watch.wakeUpProblem()).toBeNull();
});

test("work of lanes that are busy, or that polling found long ago, proves nothing about the queue", async () => {
  let finish = (): void => {};
  const work = watch.guard("chat", () => new Promise((resolve) => (finish = resolve)));
  const working = work();
  for (let i = 0; i < 5; i++) expect(watch.polled(["chat"])).toEqual([]);
  expect(watch.wakeUpProblem()).toBeNull();
  finish();
  await working;
  for (let i = 0; i < 3; i++) watch.polled(["chat"]);
  now += 2 * MINUTE;
  expect(watch.wakeUpProblem()).toBeNull();
});
