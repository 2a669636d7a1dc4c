import type { ClockStep } from "#app/clock-trust.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { distantTimerWait } from "#domain/commands/timer-waits.ts";
import { PAUSE_MS } from "#domain/alerting/heartbeat.ts";
import { isRecheckLost } from "#domain/alerting/recheck.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { WatchInterruption } from "#domain/values/interruption.ts";
import type { Instant } from "#domain/values/language.ts";
import { receiveUnsilenced } from "#engine/alerting/silence-expiry.ts";
import type { MemoryStore } from "./memory-store.ts";
import { findUnowned } from "./sim-audit.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimRoster } from "./sim-roster.ts";

/** What the watch needs of its world. */
type WatchWorld = {
  readonly store: MemoryStore;
  readonly roster: SimRoster;
  readonly clock: SimClock;
  now(): Instant;
  livesSince(): Instant;
  openIncidents(): readonly Incident[];
  ask(incident: number, command: IncidentCommand): void;
  submits(submission: CommandSubmission): void;
};

/** So many looks of each minute are played after a start and a step of the clock: what they find has to be found by then. */
const LOOKS = 3;

/**
 * What a worker does by the clock, by the rules of the product: it sees a step of the clock, receives again what a silence
 * held back, and looks for what was lost. The looks are played where something can have been.
 */
export class SimWatch {
  /** A planted fault: a step of the clock is not seen to. */
  missesSteps = false;
  /** A planted fault: what a silence held back waits until its source sends it once more. */
  forgetsHeldBack = false;
  /** When the clock was last set and that was seen, as time passes. */
  steppedAt: Instant | null = null;
  /** The ends of silences that people asked for, by the clock of Muster. */
  readonly #ends: Instant[] = [];
  /** Ends until then were seen to, by the clock of Muster. */
  #seenUntil: Instant;
  #looks: readonly Instant[] = [];
  #isBusy = false;
  readonly #world: WatchWorld;

  constructor(world: WatchWorld) {
    this.#world = world;
    this.#seenUntil = world.clock.now();
  }

  silenceEnds(at: Instant): void {
    this.#ends.push(at);
  }

  nextDue(): Instant | null {
    const { clock } = this.#world;
    const due = [this.#nextEnd(), clock.nextDue(), this.#looks[0]].map((at) => at ?? Infinity);
    due[0] = clock.outside(due[0]!);
    const at = Math.min(...due);
    return at === Infinity ? null : Math.max(at, this.#world.livesSince());
  }

  worksDue(): void {
    const { clock } = this.#world;
    const now = this.#world.now();
    if ((clock.nextDue() ?? Infinity) <= now) return this.#measures();
    const end = this.#nextEnd();
    if (end !== null && clock.outside(end) <= now) {
      this.#seenUntil = clock.now();
      return this.audits();
    }
    this.#looks = this.#looks.filter((at) => at > now);
    this.audits();
  }

  /** A process begins, after none ran since `from`. */
  resumes(from: Instant, until: Instant): void {
    this.#seenUntil = Math.min(this.#seenUntil, this.#world.clock.now());
    if (until - from > PAUSE_MS) this.#reports({ kind: "pause", from, until });
    this.#looksSoon();
  }

  /** Whether something that was found is being seen to, or a step of the clock was not seen yet. */
  isBusy(): boolean {
    return this.#isBusy || this.#world.clock.nextDue() !== null;
  }

  /** All that is looked for by the clock, or after an edit of the policy. */
  audits(): void {
    this.#isBusy = true;
    this.#audits();
    this.#isBusy = false;
  }

  #audits(): void {
    const { store, roster, clock } = this.#world;
    if (!this.forgetsHeldBack)
      for (const alert of store.alerts.values()) {
        if (alert.status !== "firing" || alert.suppressedUntil === null) continue;
        const again = receiveUnsilenced(alert, store.arrangements.silences, roster.policy, clock.now());
        if (again !== null) this.#world.submits(again);
      }
    if (this.missesSteps) return;
    for (const { number, teams } of findUnowned({ ...this.#world, policy: roster.policy }))
      this.#world.ask(number, { type: "escalation.audit", teams: [...teams] });
    for (const { state } of store.incidents.values())
      if (state.alerts.firing > 0 && isRecheckLost(state, clock.now(), roster.policy))
        this.#world.ask(state.number, { type: "recheck.audit" });
    this.#rearmsTimers();
    restampFutureSightings(store, clock.now());
  }

  /** Timers further ahead than their plans ask for. */
  #rearmsTimers(): void {
    const { store, roster, clock } = this.#world;
    const now = clock.database();
    for (const [id, set] of store.timers) {
      const wait = distantTimerWait(set.timer, set.at - now, store.findIncident(set.incident)!, roster.policy);
      if (wait === null) continue;
      if (set.timer === "quiet" || set.timer === "recheck") this.#world.ask(set.incident, { type: "recheck.audit" });
      else store.timers.set(id, { ...set, at: now + wait });
    }
  }

  #measures(): void {
    const step = this.#world.clock.measures();
    if (step === null) return;
    this.steppedAt = this.#world.now();
    this.#seenUntil = Math.min(this.#seenUntil, step.to);
    if (this.missesSteps) return;
    this.#isBusy = true;
    const isPause = step.to - step.from > PAUSE_MS;
    this.#reports({ kind: isPause ? "pause" : "step", from: step.from, until: step.to });
    this.onStep(step);
    this.#looksSoon();
    this.#isBusy = false;
  }

  /** What else sees to a step of the clock. */
  onStep: (step: ClockStep) => void = () => {};

  #reports(what: WatchInterruption): void {
    for (const { number } of this.#world.openIncidents())
      this.#world.ask(number, { type: "watch.interrupted", ...what });
  }

  #looksSoon(): void {
    const now = this.#world.now();
    this.#looks = Array.from({ length: LOOKS }, (_, i) => now + (i + 1) * MINUTE_MS);
  }

  #nextEnd(): Instant | null {
    const ends = [...this.#ends, ...this.#world.roster.windowEnds(this.#seenUntil)];
    const next = Math.min(...ends.filter((at) => at > this.#seenUntil));
    return next === Infinity ? null : next;
  }
}

/** What was received ahead of now was received before the clock was set back, as the product's audit of deadlines has it. */
function restampFutureSightings({ alerts }: MemoryStore, now: Instant): void {
  for (const [id, alert] of alerts)
    if (alert.lastSeenAt > now + MINUTE_MS) alerts.set(id, { ...alert, lastSeenAt: now });
}
