import type { WebhookBody } from "#domain/values/delivery.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import type { SimAlert } from "./sim-policy.ts";

/** What the source needs of its world. */
type SourceWorld = { now(): Instant; delivers(body: WebhookBody): void };

/**
 * A simulated Alertmanager: it knows what fires, sends a group when a member changes, and sends what fires again after
 * its repeat interval. It is the truth that the laws are held against.
 */
export class SimSource {
  /** Every delivery that was sent, for peers that send one once more. */
  readonly sent: WebhookBody[] = [];
  readonly #since = new Map<SimAlert, Instant>();
  readonly #nextRepeat = new Map<string, Instant>();
  readonly #world: SourceWorld;
  readonly #repeatMs: number;

  constructor(world: SourceWorld, repeatMinutes: number) {
    this.#world = world;
    this.#repeatMs = repeatMinutes * MINUTE_MS;
  }

  firing(): readonly SimAlert[] {
    return [...this.#since.keys()];
  }

  fires(alert: SimAlert): boolean {
    if (this.#since.has(alert)) return false;
    this.#since.set(alert, this.#world.now());
    this.#send(alert.group, null);
    return true;
  }

  clears(alert: SimAlert): void {
    const since = this.#since.get(alert);
    if (since === undefined) return;
    this.#since.delete(alert);
    this.#send(alert.group, { alert, since });
  }

  /** What fires is sent once more, a group at a time. */
  repeatsAll(): boolean {
    const groups = new Set(this.firing().map(({ group }) => group));
    for (const group of groups) this.#send(group, null);
    return groups.size > 0;
  }

  /** When a group is due to be sent again; null when nothing fires. */
  nextRepeat(): { readonly at: Instant; readonly group: string } | null {
    let soonest: { at: Instant; group: string } | null = null;
    for (const [group, at] of this.#nextRepeat) if (soonest === null || at < soonest.at) soonest = { at, group };
    return soonest;
  }

  repeats(group: string): void {
    this.#send(group, null);
  }

  #send(group: string, ended: { readonly alert: SimAlert; readonly since: Instant } | null): void {
    const now = this.#world.now();
    const members = this.firing().filter((alert) => alert.group === group);
    if (members.length === 0) this.#nextRepeat.delete(group);
    else this.#nextRepeat.set(group, now + this.#repeatMs);
    const bodies = [
      ...members.map((alert) => alertOf(alert.labels, { startsAt: this.#since.get(alert)! })),
      ...(ended === null ? [] : [alertOf(ended.alert.labels, { startsAt: ended.since, endsAt: now })]),
    ];
    if (bodies.length === 0) return;
    const body = deliveryOf(bodies, { groupKey: group });
    this.sent.push(body);
    this.#world.delivers(body);
  }
}
