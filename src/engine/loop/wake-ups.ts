import { overdueLanes } from "#db/due-work.ts";
import { LANES, type Lane } from "#domain/values/language.ts";
import type { Engine, EngineLog } from "#engine/base/engine.ts";

/** Does everything that is due in a lane, and returns. */
export type LaneWorkers = Readonly<Record<Lane, () => Promise<void>>>;

type Wake = { readonly urgency: number; readonly delayMs: number };

/** At most one nudge per lane in so many ms: it stands for everything due, so more of them add nothing. */
const MIN_INTERVAL_MS = 10;
/**
 * The same while nothing urgent comes. A steady stream is then worked off in parts of this length, with a tenth of the
 * transactions; the first after a rest is never kept waiting, and neither is what concerns a P0, a P1 or a person.
 */
const STEADY_INTERVAL_MS = 200;
const URGENT = 1;

/**
 * Turns any number of "there is work" into few jobs: while one nudge of a lane is on its way, later ones become one.
 * `monotonic`: ms that go on evenly. `add` may reject (the queue is down): the rows are stored and the sweep will find them.
 */
export function createWakeUps(
  add: (lane: Lane, wake: Wake) => Promise<void>,
  monotonic: () => number,
  log: EngineLog,
): Engine["wakeLane"] {
  type State = { sending: boolean; again: Wake | null; wakeAt: number | null; hurry: () => void };
  const states = new Map<Lane, State>(
    LANES.map((lane) => [lane, { sending: false, again: null, wakeAt: null, hurry: () => {} }]),
  );

  /** The pause after a nudge. Something urgent ends it early. */
  const pauseAfterNudge = async (state: State): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, MIN_INTERVAL_MS));
    if (state.again !== null && state.again.urgency <= URGENT) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STEADY_INTERVAL_MS - MIN_INTERVAL_MS);
      state.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    state.hurry = () => {};
  };

  const send = async (lane: Lane, state: State, first: Wake): Promise<void> => {
    state.sending = true;
    let wake: Wake | null = first;
    while (wake !== null) {
      try {
        await add(lane, wake);
      } catch (error) {
        log.warn({ lane, err: error }, "queue unreachable; polling the database instead");
      }
      await pauseAfterNudge(state);
      wake = state.again;
      state.again = null;
    }
    state.sending = false;
  };

  return (lane, wake) => {
    const state = states.get(lane)!;
    if (wake.delayMs > 0) {
      // One wake-up per lane: a later one than the scheduled one adds nothing.
      const at = monotonic() + wake.delayMs;
      if (state.wakeAt !== null && state.wakeAt > monotonic() && state.wakeAt <= at) return;
      state.wakeAt = at;
      void add(lane, wake).catch(() => (state.wakeAt = null));
    } else if (state.sending) {
      state.again = { urgency: Math.min(wake.urgency, state.again?.urgency ?? 9), delayMs: 0 };
      if (wake.urgency <= URGENT) state.hurry();
    } else void send(lane, state, wake);
  };
}

/** Runs a lane's worker once at a time; a request meanwhile means one more run afterwards. */
export function singleFlight(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const loop = async (): Promise<void> => {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    if (running !== null) again = true;
    return (running ??= loop());
  };
}

/** How long something may be due before the sweep takes it to be forgotten, in ms. */
const OVERDUE_MS = 1_000;

const reported = new WeakSet<object>();

/**
 * Finds overdue work without a wake-up (the queue lost the nudge, or is down), and does it without the queue.
 * Answers the lanes it starts to help; it does not wait for them. `onFound` is given them before, and answers those that
 * no wake-up had come for.
 */
export async function pollOverdueLanes(
  engine: Engine,
  workers: LaneWorkers,
  lanes: readonly Lane[],
  onFound: (lanes: readonly Lane[]) => readonly Lane[] = () => [],
): Promise<readonly Lane[]> {
  const overdue = await overdueLanes(engine.connection.db, engine.databaseClock.now(), OVERDUE_MS);
  const helped = lanes.filter((lane) => overdue.includes(lane));
  for (const lane of onFound(helped)) engine.observe({ step: "lane.woken", lane, by: "polling" });
  for (const lane of helped)
    void workers[lane]().catch((error: unknown) => {
      // Sweeps that found the lane at work share its fate, and its error.
      if (reported.has(error as object)) return;
      reported.add(error as object);
      engine.log.error({ lane, err: error }, "polling failed; the next poll retries");
    });
  return helped;
}
