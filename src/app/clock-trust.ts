import type { DatabaseClock } from "#db/place/database-clock.ts";
import { formatDuration } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import type { Clock, Stopwatch } from "./clock.ts";

/** From this difference on, a process reports that its clock and the database's do not agree, in ms. */
const DEGRADED_MS = 5_000;
/** From this difference on, it takes no work, in ms. */
const REFUSED_MS = 30_000;
/** An answer that took longer proves too little about the time, in ms. */
const LONGEST_ANSWER_MS = 2_000;

/** A jump of the clock that all processes use; it is announced once. */
export type ClockStep = { readonly from: Instant; readonly to: Instant };

type Reading = { readonly at: Instant; readonly elapsed: () => number };

/**
 * The time of this process: the database's as it was last read, and what has been measured since. So neither a wrong
 * clock of the machine nor a step of it dates a fact or sets a deadline. It also compares the machine's clock with the
 * database's: a process that is too far off reports it, and takes no work until they agree.
 */
export class ClockTrust {
  readonly #wall: Clock;
  readonly #stopwatch: Stopwatch;
  readonly #database: Pick<DatabaseClock, "read">;
  readonly #log: EngineLog;
  #reading: Reading | null = null;
  #reported: "agrees" | "degraded" | "refused" = "agrees";
  #lastStep: (ClockStep & { readonly elapsed: () => number }) | null = null;

  /** `wall`: the machine's clock, which may be wrong. */
  constructor(wall: Clock, stopwatch: Stopwatch, database: Pick<DatabaseClock, "read">, log: EngineLog) {
    this.#wall = wall;
    this.#stopwatch = stopwatch;
    this.#database = database;
    this.#log = log;
  }

  /** The database's time, ms since 1970; never ahead of it. The machine's until the database was asked once. */
  readonly now: Clock = () => {
    const reading = this.#reading;
    return reading === null ? this.#wall() : Math.floor(reading.at + reading.elapsed());
  };

  /**
   * Asks the database for the time; to be called before work is taken, and then all the time. Answers the step that the
   * database's clock has made since it was last asked, or null. Rejects when the database cannot be asked.
   */
  async measure(): Promise<ClockStep | null> {
    const asked = this.#stopwatch();
    const at = await this.#database.read();
    return asked() > LONGEST_ANSWER_MS && this.#reading !== null ? null : this.compare(at);
  }

  /** Takes over what the database's clock has just shown. Answers the step that it has made, or null. */
  compare(at: Instant): ClockStep | null {
    const from = this.#reading === null ? at : this.now();
    this.#reading = { at, elapsed: this.#stopwatch() };
    this.#report();
    if (Math.abs(at - from) <= DEGRADED_MS) return null;
    const step: ClockStep = { from, to: at };
    this.#lastStep = { ...step, elapsed: this.#stopwatch() };
    this.#log.warn(
      { from: new Date(from).toISOString(), to: new Date(at).toISOString() },
      `the clock was set ${at < from ? "back" : "forward"} by ${formatDuration(Math.abs(at - from))}`,
    );
    return step;
  }

  /** ms by which the machine's clock is ahead of the database's; negative when it is behind. */
  skewMs(): number {
    return this.#wall() - this.now();
  }

  /** Whether work may be taken by this clock. */
  takes(): boolean {
    return Math.abs(this.skewMs()) <= REFUSED_MS;
  }

  /** What is wrong with the clocks, or was within `recentMs`; null when nothing is. */
  problem(recentMs: number): string | null {
    const ms = this.skewMs();
    if (Math.abs(ms) > DEGRADED_MS) return describeSkew(ms);
    const step = this.#lastStep;
    return step !== null && step.elapsed() < recentMs
      ? `the clock was set ${step.to < step.from ? "back" : "forward"} by ${formatDuration(Math.abs(step.to - step.from))}, ${formatDuration(step.elapsed())} ago`
      : null;
  }

  #report(): void {
    const ms = this.skewMs();
    const level = Math.abs(ms) > REFUSED_MS ? "refused" : Math.abs(ms) > DEGRADED_MS ? "degraded" : "agrees";
    if (level === this.#reported) return;
    this.#reported = level;
    if (level === "agrees") this.#log.info({ skewMs: ms }, "this machine's clock agrees with the database's again");
    else this.#log[level === "refused" ? "error" : "warn"]({ skewMs: ms }, describeSkew(ms));
  }
}

/** "this machine's clock is 1 min 30 s ahead of the database's: …" */
function describeSkew(ms: number): string {
  const size = Math.abs(ms);
  const consequence =
    size > REFUSED_MS
      ? `this process takes no work until they differ by less than ${formatDuration(REFUSED_MS)}`
      : `from ${formatDuration(REFUSED_MS)} on this process takes no work`;
  return `this machine's clock is ${formatDuration(size)} ${ms > 0 ? "ahead of" : "behind"} the database's: ${consequence}. Set both by NTP`;
}
