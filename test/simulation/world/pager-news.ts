import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Actor, Instant, PagerUpdate } from "#domain/values/language.ts";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";

/** What the news needs of its world. `asks`: Muster receives a command about what happened `at` an instant. */
type NewsWorld = {
  now(): Instant;
  /** The clock of Muster. */
  clock(): Instant;
  uidOf(incident: number): string;
  homeOfPage(incident: number, key: string): number;
  asks(incident: number, command: IncidentCommand, by: Actor, at: Instant): string;
};

/** Which alarm it is: that of a page, by the incident that asked for it. */
type NamedAlarm = { readonly page: string; readonly incident: number };

/** How far ahead of Muster's clock a time of the pager may be, as the reader of its events has it, ms. */
const AHEAD_MS = 5 * MINUTE_MS;

/** News of an alarm that is on its way. */
type NewsOnItsWay = {
  readonly alarm: NamedAlarm;
  readonly what: PagerUpdate;
  readonly text: string;
  readonly by: Actor;
  readonly at: Instant;
};

/** The pager's webhooks: they arrive at once, or are held up and arrive later, in another order than they were sent in. */
export class PagerNews {
  #held = false;
  #waiting: readonly NewsOnItsWay[] = [];
  readonly #world: NewsWorld;

  constructor(world: NewsWorld) {
    this.#world = world;
  }

  holds(): string | null {
    if (this.#held) return null;
    this.#held = true;
    return "what the pager sends does not arrive";
  }

  /** All that was held up arrives. `order` chooses one: 0 is that in which it was sent. */
  releases(order: number): string | null {
    if (!this.#held) return null;
    this.#held = false;
    const waiting = [...this.#waiting];
    this.#waiting = [];
    const texts: string[] = [];
    for (let left = waiting.length; left > 0; left--) {
      const [next] = waiting.splice(order % left, 1);
      texts.push(this.#arrives(next!));
    }
    return `${texts.length} pieces of news of the pager arrive${texts.map((text) => ` → ${text}`).join("")}`;
  }

  receives(alarm: NamedAlarm, what: PagerUpdate, text: string, by: Actor): string {
    const news = { alarm, what, text, by, at: this.#world.now() };
    if (!this.#held) return this.#arrives(news);
    this.#waiting = [...this.#waiting, news];
    return "(on its way)";
  }

  receivesMerge(from: NamedAlarm, into: NamedAlarm, by: Actor): string {
    const [source, target] = [from, into].map(({ incident, page }) => this.#world.homeOfPage(incident, page));
    if (source === target) return this.receives(from, "told", "merged there", by);
    return this.#world.asks(
      source!,
      { type: "incident.merge", into: target!, told: "merged there" },
      by,
      this.#world.clock(),
    );
  }

  #arrives({ alarm: { incident, page }, what, text, by, at }: NewsOnItsWay): string {
    const alarm = composeAlarmKey(page, this.#world.uidOf(incident));
    const clock = this.#world.clock();
    // The pager's clock is not Muster's: what it dates too far ahead is of no order.
    const occurred = at <= clock + AHEAD_MS ? { occurred: at } : {};
    const command = { type: "pager.heard", what, alarm, text, ...occurred } as const;
    return `${what}: ${this.#world.asks(incident, command, by, believeTime(at, clock).at)}`;
  }
}
