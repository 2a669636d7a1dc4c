import { classifyFault } from "#db/errors.ts";
import { formatDuration, MINUTE_MS } from "#domain/values/duration.ts";
import type { Lane } from "#domain/values/language.ts";
import type { EngineLog } from "#engine/base/engine.ts";

/** First and longest wait of a lane after a failure, in ms. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;
/** A lane that goes on failing is logged again so often, in ms. */
const LOGGED_EVERY_MS = 30_000;
/** How far back wake-ups are compared, in ms. */
const WINDOW_MS = MINUTE_MS;
/** So often polling must have found idle lanes with work within the window before the queue counts as silent. */
const POLLS = 3;

type Stopwatch = () => number;
type LaneState = { running: number; failure: LaneFailure | null };
type LaneFailure = {
  readonly reason: string;
  /** Since the first failure, since the last one, and since the last line in the log. */
  readonly since: Stopwatch;
  readonly last: Stopwatch;
  readonly logged: Stopwatch;
  readonly waitMs: number;
};

/**
 * Watches over the lanes of this process: whether their work succeeds, and by what it is started. Time is measured, not
 * read from a clock that may be set.
 */
export class LaneWatch {
  readonly #stopwatch: () => Stopwatch;
  readonly #random: () => number;
  readonly #log: EngineLog;
  readonly #lanes = new Map<Lane, LaneState>();
  #refusal: string | null = null;
  #lastWakeUp: Stopwatch | null = null;
  #polls: Stopwatch[] = [];

  /** `stopwatch` starts a measurement; the function it returns answers the ms since then. */
  constructor(stopwatch: () => Stopwatch, random: () => number, log: EngineLog) {
    this.#stopwatch = stopwatch;
    this.#random = random;
    this.#log = log;
  }

  /**
   * The work of a lane, which never rejects: a failure is logged, and until its wait ends the lane does nothing, so
   * that an outage is not asked about a thousand times. The wait doubles from a quarter of a second to three seconds.
   */
  guard(lane: Lane, work: () => Promise<void>): () => Promise<void> {
    const state: LaneState = { running: 0, failure: null };
    this.#lanes.set(lane, state);
    return async () => {
      if (state.failure !== null && state.failure.last() < state.failure.waitMs) return;
      state.running++;
      try {
        await work();
        if (state.failure !== null)
          this.#log.info({ lane, after: formatDuration(state.failure.since()) }, "the lane works again");
        state.failure = null;
      } catch (error) {
        state.failure = this.#failureAfter(lane, state.failure, error);
      } finally {
        state.running--;
      }
    };
  }

  #failureAfter(lane: Lane, before: LaneFailure | null, error: unknown): LaneFailure {
    const { reason } = classifyFault(error);
    const isNews = before === null || before.reason !== reason || before.logged() >= LOGGED_EVERY_MS;
    if (isNews) this.#log.error({ lane, reason, err: error }, "a lane failed; its work stays stored and is retried");
    return {
      reason,
      since: before?.since ?? this.#stopwatch(),
      last: this.#stopwatch(),
      logged: isNews ? this.#stopwatch() : before.logged,
      waitMs:
        before === null ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, before.waitMs * 2) * (0.75 + this.#random() / 4),
    };
  }

  /** A wake-up was given to the queue, or `refusal` is the reason why it was not. */
  sent(refusal: string | null): void {
    this.#refusal = refusal;
  }

  /** A wake-up came out of the queue. */
  came(): void {
    this.#lastWakeUp = this.#stopwatch();
    this.#polls = [];
  }

  /** Polling found work in these lanes. Answers those that were idle: no wake-up had come for them. */
  polled(lanes: readonly Lane[]): readonly Lane[] {
    const idle = lanes.filter((lane) => {
      const state = this.#lanes.get(lane);
      return state !== undefined && state.running === 0 && state.failure === null;
    });
    if (idle.length > 0) this.#polls.push(this.#stopwatch());
    this.#polls = this.#polls.filter((since) => since() < WINDOW_MS).slice(-POLLS);
    return idle;
  }

  /** Why wake-ups only come from polling, or null while the queue delivers them. */
  wakeUpProblem(): string | null {
    if (this.#refusal !== null)
      return `the queue takes no wake-ups (${this.#refusal}): work is found by polling the database, up to 2 s later`;
    const polls = this.#polls.filter((since) => since() < WINDOW_MS).length;
    const silent = this.#lastWakeUp === null || this.#lastWakeUp() >= WINDOW_MS;
    return polls >= POLLS && silent
      ? "the queue delivers no wake-ups: work is found by polling the database, up to 2 s later"
      : null;
  }

  /** Both problems, for another process that answers for this one. */
  problems(): { readonly laneProblem: string | null; readonly wakeUpProblem: string | null } {
    return { laneProblem: this.laneProblem(), wakeUpProblem: this.wakeUpProblem() };
  }

  /** What fails now, by lane; null when all lanes work. */
  laneProblem(): string | null {
    const failing = [...this.#lanes].flatMap(([lane, { failure }]) =>
      failure === null ? [] : [`${lane} fails since ${formatDuration(failure.since())}: ${failure.reason}`],
    );
    return failing.length === 0 ? null : failing.join("; ");
  }
}
