import { ClockTrust, type ClockStep } from "#app/clock-trust.ts";
import type { Instant } from "#domain/values/language.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";

/** How often a process compares its clock with the database's, ms. */
const MEASURED_EVERY_MS = 2_000;

/**
 * The clocks of a story: time as it passes, the database's clock, which may be set, and that of Muster's process, with the
 * application's own rules of what it makes of both.
 */
export class SimClock {
  /** A planted fault: the process takes the time of its machine. */
  trustsMachine = false;
  #ahead = 0;
  #off = 0;
  #measureAt: Instant | null = null;
  #trust: ClockTrust;
  readonly #passing: () => Instant;

  /** `passing`: time as it passes outside, which nothing sets. */
  constructor(passing: () => Instant) {
    this.#passing = passing;
    this.#trust = this.#begins();
  }

  /** The time by which Muster decides, and by which it dates. */
  now(): Instant {
    return this.trustsMachine ? this.#machine() : this.#trust.now();
  }

  database(): Instant {
    return this.#passing() + this.#ahead;
  }

  /** When the clock of Muster shows a time, as time passes outside. */
  outside(at: Instant): Instant {
    return at - (this.now() - this.#passing());
  }

  /** When a timer rings, as time passes outside: when the clock of Muster and the database's show its time. */
  rings(at: Instant): Instant {
    const own = this.outside(at);
    return this.trustsMachine ? own : Math.max(own, at - this.#ahead);
  }

  /** The database's clock is set. */
  steps(ms: number): void {
    this.#ahead += ms;
    this.#measureAt = this.#passing() + MEASURED_EVERY_MS;
  }

  /** The machine's clock is off the database's by so many ms. Answers whether the process takes work. */
  isOff(ms: number): boolean {
    this.#off = ms;
    return this.trustsMachine || this.#trust.takes();
  }

  nextDue(): Instant | null {
    return this.#measureAt;
  }

  /** The process compares the clocks. Answers the step that it sees. */
  measures(): ClockStep | null {
    this.#measureAt = null;
    return this.#trust.compare(this.database());
  }

  /** Another process begins. */
  restarts(): void {
    this.#measureAt = null;
    this.#trust = this.#begins();
  }

  #machine(): Instant {
    return this.database() + this.#off;
  }

  #begins(): ClockTrust {
    const stopwatch = () => {
      const began = this.#passing();
      return () => this.#passing() - began;
    };
    const read = (): Promise<Instant> => Promise.resolve(this.database());
    const trust = new ClockTrust(() => this.#machine(), stopwatch, { read }, new FakeLog());
    trust.compare(this.database());
    return trust;
  }
}
