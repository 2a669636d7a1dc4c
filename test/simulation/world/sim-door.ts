import { hasRefusalEnded, mustRaiseRefusal, type AlertSender } from "#domain/alerting/intake/alert-sender.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { ALERTMANAGER_DIALECT } from "#domain/deliveries/webhook-source.ts";
import { senderRefusalAlert } from "#engine/alerting/self-alerts.ts";

/** Why a request is refused as a whole: its body, its token, its size, how it is packed. */
type WholeRefusal = 400 | 401 | 413 | 415;

/** A delivery at the door. `bad`: a part of it that is no alert, and where it stands. */
export type SimRequest = {
  readonly body: WebhookBody;
  readonly refusal?: WholeRefusal;
  readonly bad?: number;
};

/** What the door needs of its world: it gives what it accepts, and what it reports of a sender, to the loop. */
type DoorWorld = {
  /** Time as it passes. */
  now(): Instant;
  /** The clock of Muster. */
  clock(): Instant;
  applies(body: Extract<SubmissionBody, { type: "alerts.deliver" }>, delivery: WebhookBody): void;
};

/** The only sender of a story. */
export const SENDER = "10.0.0.5";

/**
 * The door of Alertmanagers, with the real rules of what of a body is good, of whom an alert of Muster's own reports, and
 * until when. How a request is read and how all of it is stored is held by the tests of the doors.
 */
export class SimDoor {
  /** A planted fault: of a body that is not good as a whole, nothing is accepted. */
  takesAllOrNothing = false;
  /** A planted fault: each refusal is reported, however many were. */
  reportsEach = false;
  /** A planted fault: what is refused is written down, and no alert reports it. */
  reportsNothing = false;
  /** When a delivery was refused, or a part of one. */
  readonly refusals: { readonly at: Instant; readonly status: number }[] = [];
  /** When an alert of Muster's own was sent that reports it. */
  readonly reports: Instant[] = [];
  #sender: AlertSender = {
    source: "alertmanager",
    sender: SENDER,
    acceptedAt: null,
    refusedAt: null,
    status: null,
    reason: "",
    times: 0,
    raisedAt: null,
    lastRaisedAt: null,
  };
  readonly #world: DoorWorld;

  constructor(world: DoorWorld) {
    this.#world = world;
  }

  /** Whether the alerts of a delivery were accepted. */
  receives({ body, refusal, bad }: SimRequest): boolean {
    if (refusal !== undefined) {
      this.#refuses(refusal, "refused");
      return false;
    }
    const alerts: unknown[] = [...body.alerts];
    if (bad !== undefined) alerts.splice(bad % (alerts.length + 1), 0, { status: "firing", labels: { alertname: 7 } });
    const wrong = ALERTMANAGER_DIALECT.check({ ...body, alerts });
    const salvaged = wrong === null ? { body, refused: [] } : ALERTMANAGER_DIALECT.salvage({ ...body, alerts });
    if (salvaged === null || (wrong !== null && this.takesAllOrNothing)) {
      this.#refuses(400, wrong ?? "");
      return bad !== undefined;
    }
    const good = salvaged.body as WebhookBody;
    this.#world.applies({ type: "alerts.deliver", source: "alertmanager", raw: JSON.stringify(good) }, good);
    if (wrong === null) this.#sender = { ...this.#sender, acceptedAt: this.#world.clock() };
    else this.#refuses(202, wrong);
    return true;
  }

  /** When what is reported of the sender may have ended, by the clock of Muster; null: nothing is reported. */
  nextDue(): Instant | null {
    const { raisedAt, refusedAt, acceptedAt } = this.#sender;
    if (raisedAt === null || refusedAt === null) return null;
    return refusedAt + (acceptedAt !== null && acceptedAt > refusedAt ? 15 * MINUTE_MS : 4 * HOUR_MS);
  }

  endsDue(): void {
    if (!hasRefusalEnded(this.#sender, this.#world.clock())) throw new Error("bug: a refusal ends later than it may");
    this.#reports("resolved");
    this.#sender = { ...this.#sender, raisedAt: null, times: 0 };
  }

  #refuses(status: number, reason: string): void {
    const now = this.#world.clock();
    this.refusals.push({ at: this.#world.now(), status });
    this.#sender = { ...this.#sender, refusedAt: now, status, reason, times: this.#sender.times + 1 };
    if (!this.reportsEach && !mustRaiseRefusal(this.#sender, now)) return;
    this.#reports("firing");
    this.#sender = { ...this.#sender, raisedAt: now, lastRaisedAt: now };
  }

  #reports(status: "firing" | "resolved"): void {
    const now = this.#world.clock();
    if (this.reportsNothing) return;
    if (status === "firing") this.reports.push(this.#world.now());
    const { body } = senderRefusalAlert(this.#sender, "Alertmanager", status, now);
    if (body.type === "alerts.deliver") this.#world.applies(body, JSON.parse(body.raw) as WebhookBody);
  }
}
