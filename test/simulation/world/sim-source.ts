import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import type { SimRequest } from "./sim-door.ts";
import { fingerprintOf, type SimAlert, type SourceHabits } from "./sim-policy.ts";

/** What the source needs of its world. `taken` is called when someone has taken the delivery, or a part of it. */
type SourceWorld = { now(): Instant; delivers(request: SimRequest, taken?: () => void): void };

/** What is wrong with a request; nothing, where that is not given. */
type RequestFault = Omit<SimRequest, "body">;

/** A delivery of a peer that is on its way. `members`: what fires by it. */
type FlyingDelivery = { readonly at: Instant; readonly body: WebhookBody; readonly members: readonly SimAlert[] };

/** Until when alerts began that lie about it, in ms from now; the truth is in no need of it. */
const LIES: Readonly<Record<SourceHabits["starts"], number>> = {
  true: 0,
  unset: 0,
  ahead: 2 * HOUR_MS,
  old: -40 * DAY_MS,
};

/**
 * A simulated cluster of Alertmanagers: it holds what fires, sends a group when a member changes, and sends what fires
 * again after its repeat interval. Its peers send the same late and out of order, and its habits leave alerts out or
 * lie about times. What it holds is the truth that the laws are held against.
 */
export class SimSource {
  /** Every delivery that was sent, for peers that send one once more. */
  readonly sent: WebhookBody[] = [];
  readonly #since = new Map<SimAlert, Instant>();
  readonly #delivered = new Set<SimAlert>();
  readonly #nextRepeat = new Map<string, Instant>();
  #flying: readonly FlyingDelivery[] = [];
  readonly #world: SourceWorld;
  readonly #repeatMs: number;
  readonly #habits: SourceHabits;

  constructor(world: SourceWorld, repeatMinutes: number, habits: SourceHabits) {
    this.#world = world;
    this.#repeatMs = repeatMinutes * MINUTE_MS;
    this.#habits = habits;
  }

  firing(): readonly SimAlert[] {
    return [...this.#since.keys()];
  }

  /** What fires and stood in a delivery that was taken: what was left out is unknown to everyone. */
  delivered(): readonly SimAlert[] {
    return this.firing().filter((alert) => this.#delivered.has(alert));
  }

  fires(alert: SimAlert): boolean {
    if (this.#firing(alert) !== undefined) return false;
    this.#since.set(alert, this.#world.now());
    this.#send(alert.group, null);
    return true;
  }

  /** An alert fires, or fires on, in a request that is wrong. */
  firesWrongly(alert: SimAlert, fault: RequestFault): void {
    if (this.#firing(alert) === undefined) this.#since.set(alert, this.#world.now());
    this.#send(alert.group, null, fault);
  }

  /** An alert that fires has other labels, and is the same alert. False: its peers would send the earlier ones again. */
  relabels(alert: SimAlert, relabeled: SimAlert): boolean {
    const since = this.#since.get(alert);
    if (since === undefined || this.#habits.peerLags.length > 0) return false;
    this.#since.delete(alert);
    this.#delivered.delete(alert);
    this.#since.set(relabeled, since);
    this.sent.splice(0, this.sent.length, ...this.sent.filter(({ groupKey }) => groupKey !== alert.group));
    this.#send(alert.group, null);
    return true;
  }

  /** A peer that is cut off reports the end of an alert that fires on: no receiver can see that it is wrong. */
  endsWrongly(alert: SimAlert): void {
    this.#delivered.delete(alert);
    const ended = this.#write(alert, this.#since.get(alert)!, this.#world.now());
    this.#world.delivers({ body: deliveryOf([ended], { groupKey: alert.group }) });
  }

  /** The alert as it fires now, whatever its labels are. */
  #firing({ id }: SimAlert): SimAlert | undefined {
    return this.firing().find((each) => each.id === id);
  }

  clears(alert: SimAlert): void {
    const since = this.#since.get(alert);
    if (since === undefined) return;
    this.#since.delete(alert);
    this.#delivered.delete(alert);
    this.#send(alert.group, { alert, since });
  }

  /** What fires is sent once more, a group at a time. */
  repeatsAll(): boolean {
    const groups = new Set(this.firing().map(({ group }) => group));
    for (const group of groups) this.#send(group, null);
    return groups.size > 0;
  }

  /** When something is sent next; null when nothing is. */
  nextDue(): Instant | null {
    const due = Math.min(...this.#nextRepeat.values(), ...this.#flying.map(({ at }) => at));
    return due === Infinity ? null : due;
  }

  /** Sends what is due: copies of peers, and repeats. */
  sendsDue(): void {
    const now = this.#world.now();
    const due = this.#flying.filter(({ at }) => at <= now);
    this.#flying = this.#flying.filter((each) => !due.includes(each));
    for (const { body, members } of due) this.#deliver(body, members);
    for (const [group, at] of this.#nextRepeat) if (at <= now) this.#send(group, null);
  }

  #send(
    group: string,
    ended: { readonly alert: SimAlert; readonly since: Instant } | null,
    fault: RequestFault = {},
  ): void {
    const now = this.#world.now();
    const members = this.firing().filter((alert) => alert.group === group);
    if (members.length === 0) this.#nextRepeat.delete(group);
    else this.#nextRepeat.set(group, now + this.#repeatMs);
    const all = [
      ...members.map((alert) => this.#write(alert, this.#since.get(alert)!)),
      ...(ended === null ? [] : [this.#write(ended.alert, ended.since, now)]),
    ];
    if (all.length === 0) return;
    const bodies = all.slice(0, this.#habits.maxAlerts ?? all.length);
    const body = deliveryOf(bodies, { groupKey: group, truncatedAlerts: all.length - bodies.length });
    const delivered = members.slice(0, bodies.length);
    this.sent.push(body);
    this.#flying = [
      ...this.#flying,
      // Each further copy is faster than the one before, so that news overtakes older news.
      ...this.#habits.peerLags.map((lag) => ({
        at: now + lag / (1 + (this.sent.length % 3)),
        body,
        members: delivered,
      })),
    ];
    this.#deliver(body, delivered, fault);
  }

  #write(alert: SimAlert, since: Instant, endsAt?: Instant): WebhookBody["alerts"][number] {
    const { starts } = this.#habits;
    const times = { startsAt: since + LIES[starts], ...(endsAt === undefined ? {} : { endsAt }) };
    const body = { ...alertOf(alert.labels, times), fingerprint: fingerprintOf(alert) };
    return starts === "unset" ? { ...body, startsAt: "0001-01-01T00:00:00Z" } : body;
  }

  #deliver(body: WebhookBody, members: readonly SimAlert[], fault: RequestFault = {}): void {
    this.#world.delivers({ body, ...fault }, () => {
      for (const alert of members) if (this.#since.has(alert)) this.#delivered.add(alert);
    });
  }
}
