import { classifyFault } from "#db/errors.ts";
import type { Lane } from "#domain/values/language.ts";
import { createApplyWorker } from "#engine/loop/apply.ts";
import type { LaneWatch } from "#engine/loop/lane-watch.ts";
import { createEffectWorker } from "#engine/loop/perform.ts";
import { createRunWorker } from "#engine/loop/run-worker.ts";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { singleFlight, type createWakeUps, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";

/** Effects at work at the same time, by lane. */
const WIDTH: Readonly<Record<"page" | "pager" | "chat" | "people" | "ticket" | "run", number>> = {
  page: 16,
  pager: 8,
  chat: 8,
  people: 4,
  ticket: 4,
  run: 8,
};

/** The workers of this process, one a lane; none rejects, and none hurries into an outage. */
export function createLaneWorkers(engine: Engine, watch: LaneWatch): LaneWorkers {
  const worker = (lane: Lane, work: () => Promise<void>): (() => Promise<void>) =>
    singleFlight(watch.guard(lane, work));
  return {
    apply: worker("apply", createApplyWorker(engine)),
    timers: worker("timers", createTimerWorker(engine)),
    page: worker("page", createEffectWorker(engine, "page", WIDTH.page)),
    pager: worker("pager", createEffectWorker(engine, "pager", WIDTH.pager)),
    chat: worker("chat", createEffectWorker(engine, "chat", WIDTH.chat)),
    people: worker("people", createEffectWorker(engine, "people", WIDTH.people)),
    ticket: worker("ticket", createEffectWorker(engine, "ticket", WIDTH.ticket)),
    run: worker("run", createRunWorker(engine, WIDTH.run)),
  };
}

/** Gives wake-ups to the queue once it is open. `pace`: how many ms of our clock pass in a real one. */
export function sendWakeUps(
  state: { readonly queue: LaneQueue | null },
  pace: number,
  watch: LaneWatch,
): Parameters<typeof createWakeUps>[0] {
  return async (lane, { urgency, delayMs }) => {
    if (state.queue === null) return;
    try {
      await state.queue.wakeLane(lane, { urgency, delayMs: delayMs / pace });
      watch.sent(null);
    } catch (error) {
      watch.sent(classifyFault(error).reason);
      throw error;
    }
  };
}

/** What the queue calls when a wake-up comes out of it. */
export function receiveWakeUps(engine: Engine, workers: LaneWorkers, watch: LaneWatch): (lane: Lane) => Promise<void> {
  return (lane) => {
    watch.came();
    engine.observe({ step: "lane.woken", lane, by: "queue" });
    return workers[lane]();
  };
}
