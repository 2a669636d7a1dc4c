import type { Effect } from "#domain/effects/effect-registry.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { SimPager } from "./sim-pager.ts";

/** How the chat is: it works; cannot be reached; refuses to open channels; opens them and answers minutes later. */
export type ChatMood = "up" | "down" | "refuses" | "late";

/** What the services need of their world. `report`: Muster reports what came of an effect. */
type ServicesWorld = {
  now(): Instant;
  incident(number: number): Incident | null;
  report(incident: number, command: SingleCommand): void;
};

/** How soon an effect is performed, ms. */
const EFFECT_MS = 1_000;
/** How soon it is tried again when the other side is down, ms. */
const RETRY_MS = 30_000;
/** How late an answer is that comes late, ms. */
const LATE_MS = 4 * MINUTE_MS;

type PendingWork = { readonly due: Instant; readonly work: () => void };

/**
 * The pager and the chat as the core sees them: what it asks for, and what is reported of it, soon, late or never. How the
 * engine asks, looks for what it does not know and asks again is played in `engine-story.ts`, on the engine itself.
 */
export class SimServices {
  chatMood: ChatMood = "up";
  readonly #pager: SimPager;
  readonly #world: ServicesWorld;
  #pending: readonly PendingWork[] = [];

  constructor(pager: SimPager, world: ServicesWorld) {
    this.#pager = pager;
    this.#world = world;
  }

  changesChat(mood: ChatMood): string | null {
    if (mood === this.chatMood) return null;
    this.chatMood = mood;
    return {
      up: "the chat works",
      down: "the chat cannot be reached",
      refuses: "the chat refuses to open channels",
      late: "the chat answers minutes late",
    }[mood];
  }

  /** Effects were asked for; those that the world answers are performed in a second. */
  request(effects: readonly EffectRequest[]): void {
    for (const { effect, incident } of effects)
      if (incident !== null && ANSWERED_EFFECTS.has(effect.type))
        this.#in(EFFECT_MS, () => this.#perform(incident, effect));
  }

  nextDue(): Instant | null {
    const due = Math.min(...this.#pending.map((each) => each.due));
    return due === Infinity ? null : due;
  }

  worksDue(): void {
    const next = this.#pending.find(({ due }) => due === this.nextDue());
    this.#pending = this.#pending.filter((each) => each !== next);
    next?.work();
  }

  #in(ms: number, work: () => void): void {
    this.#pending = [...this.#pending, { due: this.#world.now() + ms, work }];
  }

  #perform(incident: number, effect: Effect): void {
    const down = effect.type === "chat.channel" ? this.chatMood === "down" : this.#pager.mood === "down";
    if (down) this.#in(RETRY_MS, () => this.#perform(incident, effect));
    else if (effect.type === "page.trigger") this.#trigger(incident, effect.key);
    else if (effect.type === "page.confirm") this.#confirm(incident, effect.key);
    else if (effect.type === "chat.channel") this.#openChannel(incident);
    else if (effect.type === "page.resolve" || effect.type === "page.withdraw")
      for (const alarm of this.#pager.alarms.values())
        if (alarm.incident === incident && (effect.type === "page.resolve" || effect.key === alarm.page))
          alarm.status = "resolved";
  }

  #openChannel(incident: number): void {
    const channel = { id: `C${incident}`, name: `inc-${incident}`, url: "" };
    if (this.chatMood === "refuses")
      this.#world.report(incident, { type: "channel.failed", reason: "channels cannot be opened" });
    else
      this.#answer(this.chatMood === "late", () => this.#world.report(incident, { type: "channel.opened", channel }));
  }

  #trigger(incident: number, key: string): void {
    const page = this.#pageOf(incident, key);
    if (page?.status !== "requested") return;
    this.#pager.trigger(key, incident);
    const { to } = page;
    if (this.#pager.mood === "refuses")
      this.#world.report(incident, { type: "page.failed", key, to, reason: "the routing key is unknown" });
    else
      this.#answer(this.#pager.mood === "late", () =>
        this.#world.report(incident, { type: "page.sent", key, to, via: "pager" }),
      );
  }

  /** The pager is asked whether anything is open for a page. */
  #confirm(incident: number, key: string): void {
    const page = this.#pageOf(incident, key);
    if (page?.status !== "sent" || this.#pager.alarms.has(key)) return;
    this.#world.report(incident, { type: "page.failed", key, to: page.to, reason: "nothing is open there" });
  }

  #answer(late: boolean, report: () => void): void {
    if (late) this.#in(LATE_MS, report);
    else report();
  }

  #pageOf(incident: number, key: string): Incident["pages"][number] | undefined {
    return this.#world.incident(incident)?.pages.find((page) => page.key === key);
  }
}

/** Effects that the world answers. */
const ANSWERED_EFFECTS: ReadonlySet<string> = new Set([
  "page.trigger",
  "page.confirm",
  "page.resolve",
  "page.withdraw",
  "chat.channel",
]);
