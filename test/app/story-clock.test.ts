import { expect, test } from "vitest";
import { createStoryClock } from "#demo/story-clock.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** A story at 200 times the speed, on a machine whose time is turned by hand. */
function playedClock(keepsUp: () => Promise<boolean>) {
  const machine = { now: NOW };
  const clock = createStoryClock(() => machine.now, 200, NOW);
  return { machine, clock, start: () => clock.start(keepsUp) };
}

test("shows the beginning until the story starts", () => {
  const { machine, clock } = playedClock(() => Promise.resolve(true));
  machine.now += MINUTE;
  expect(clock.now()).toBe(NOW);
});

test("goes on by seconds, however long the machine stands still, and at its pace while Muster keeps up", async () => {
  const { machine, clock, start } = playedClock(() => Promise.resolve(true));
  start();
  machine.now += MINUTE;
  expect(clock.now()).toBe(NOW + 5 * SECOND);
  await waitFor(() => clock.now() === NOW + 5 * SECOND && (machine.now += 10) > 0 && clock.now() > NOW + 5 * SECOND, {
    what: "the time to go on",
  });
  await clock.stop();
});

test("stands still while work waits, and goes on when it is done", async () => {
  let [isIdle, asked] = [false, 0];
  const { machine, clock, start } = playedClock(() => {
    asked += 1;
    return Promise.resolve(isIdle);
  });
  start();
  machine.now += SECOND;
  await waitFor(() => asked > 20, { what: "many questions" });
  expect(clock.now()).toBe(NOW + 5 * SECOND);
  isIdle = true;
  await waitFor(() => (machine.now += 1) > 0 && clock.now() > NOW + 6 * SECOND, { what: "the time to go on" });
  await clock.stop();
});

test("goes on in the end although something is never done, or cannot be asked", async () => {
  const { machine, clock, start } = playedClock(() => Promise.reject(new Error("no database")));
  start();
  await waitFor(() => (machine.now += 100) > 0 && clock.now() > NOW + 12 * SECOND, { what: "the time to go on" });
  await clock.stop();
});
