import type { CommandSubmission } from "#domain/commands/submission.ts";
import { PAUSE_MS, receivingSince } from "#domain/alerting/heartbeat.ts";
import { isWatchdogSilent } from "#domain/alerting/watchdog.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { reportWatchdog, watchdogAlarm } from "#engine/alerting/watchdog-report.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import type { ClockStep } from "#app/clock-trust.ts";
import type { MemoryStore } from "./memory-store.ts";
import { WATCHDOG_WITHIN_MS } from "./sim-policy.ts";

/** How often the watchdog of a story is sent, ms. */
const SENT_EVERY_MS = HOUR_MS / 2;

const FINGERPRINT = "00000000000000d0";
const LABELS = { alertname: "Watchdog", severity: "none" };

/** What the watchdog needs of its world: when Muster runs, by time as it passes (`now`) and by its own clock. */
type WatchdogWorld = {
  readonly store: MemoryStore;
  now(): Instant;
  livesSince(): Instant;
  clock(): Instant;
  outside(at: Instant): Instant;
  delivers(body: WebhookBody, taken: () => void): void;
  submits(submission: CommandSubmission): void;
};

/** An alert that always fires, the source that sends it, and what Muster makes of its silence, by the rules of the product. */
export class SimWatchdog {
  /** Planted faults: time in which Muster did not run is silence; silence is reported to no one. */
  countsAbsence = false;
  reportsNothing = false;
  /** When it was received last, as time passes; and whether its source ended it then. */
  receivedAt: Instant | null = null;
  ended = false;
  #sends = true;
  #lookedAt: Instant = 0;
  #nextAt: Instant;
  /** Since when the doors are open without a pause, by the clock of Muster. */
  #openSince: Instant;
  readonly #began: Instant;
  readonly #world: WatchdogWorld;

  constructor(world: WatchdogWorld) {
    this.#world = world;
    this.#began = world.now();
    this.#nextAt = world.now();
    this.#openSince = world.now();
  }

  /** The monitoring system dies, and sends nothing; or is well again. */
  sends(sends: boolean): string | null {
    if (sends === this.#sends) return null;
    this.#sends = sends;
    this.#nextAt = this.#world.now();
    return sends ? "the watchdog fires again" : "the watchdog is sent no longer";
  }

  /** Its source reports its end. */
  ends(): string {
    this.#deliver(true);
    return "the source reports the end of its watchdog";
  }

  /** No process ran until now, for so many ms. */
  resumes(ms: number): void {
    const now = this.#world.clock();
    this.#openSince = ms > PAUSE_MS ? now : Math.min(this.#openSince, now);
  }

  /** The clock was set: forward for long it looks like a pause. */
  steps({ from, to }: ClockStep): void {
    this.#openSince = to - from > PAUSE_MS ? to : Math.min(this.#openSince, to);
  }

  /** When the next delivery is due; its source sends while Muster does not run, too. */
  nextDelivery(): Instant | null {
    return this.#sends ? this.#nextAt : null;
  }

  sendsDue(): void {
    this.#nextAt = this.#world.now() + SENT_EVERY_MS;
    this.#deliver(false);
  }

  /** When the look of each minute finds something to report; null: only when something is received. */
  nextDue(): Instant | null {
    const alert = this.#alert();
    if (alert === null || this.reportsNothing) return null;
    const now = this.#world.now();
    const silent = this.#isSilent();
    if (silent !== this.isReported()) return Math.max(this.#tickAfter(now - 1), this.#lookedAt + MINUTE_MS);
    if (silent) return null;
    const quietAt = Math.max(alert.lastSeenAt, this.#since()) + WATCHDOG_WITHIN_MS;
    return Math.max(this.#tickAfter(this.#world.outside(quietAt)), this.#tickAfter(now));
  }

  looks(): void {
    this.#lookedAt = this.#world.now();
    const silent = this.#isSilent();
    if (silent !== this.isReported()) this.#world.submits(reportWatchdog(this.#alert()!, silent, this.#world.clock()));
  }

  /** Whether an alert of Muster's own reports its silence. */
  isReported(): boolean {
    const alert = this.#alert();
    return alert !== null && this.#world.store.findAlert("muster", watchdogAlarm(alert))?.status === "firing";
  }

  #isSilent(): boolean {
    return isWatchdogSilent(this.#alert()!, WATCHDOG_WITHIN_MS, this.#since(), this.#world.clock());
  }

  #since(): Instant {
    if (this.countsAbsence) return 0;
    const now = this.#world.clock();
    return receivingSince({ since: this.#openSince, at: now, note: null }, now);
  }

  #alert(): ReturnType<MemoryStore["findAlert"]> {
    return this.#world.store.findAlert("alertmanager", FINGERPRINT);
  }

  /** The first look after an instant: one a minute since the process began. */
  #tickAfter(at: Instant): Instant {
    const since = this.#world.livesSince();
    return since + (Math.floor((at - since) / MINUTE_MS) + 1) * MINUTE_MS;
  }

  #deliver(ended: boolean): void {
    const times = { startsAt: this.#began, ...(ended ? { endsAt: this.#world.now() } : {}) };
    const body = deliveryOf([{ ...alertOf(LABELS, times), fingerprint: FINGERPRINT }]);
    this.#world.delivers(body, () => {
      this.receivedAt = this.#world.now();
      this.ended = ended;
    });
  }
}
