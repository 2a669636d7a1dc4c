import type { Effect } from "#domain/effects/effect-registry.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { parseAlarmKey } from "#domain/paging/page-key.ts";
import { alarmOf, askingIncidents, listAlarms } from "#engine/paging/pager-alarms.ts";
import type { PagerAlarm } from "#ports/paging.ts";
import type { AlarmEnd, SimPager } from "./sim-pager.ts";

/** How the chat is: it works; cannot be reached; refuses to open channels; opens them and answers minutes later. */
export type ChatMood = "up" | "down" | "refuses" | "late";

/** What the services need of their world. `report`: Muster reports what came of an effect. */
type ServicesWorld = {
  now(): Instant;
  incident(number: number): StoredIncident | null;
  report(incident: number, command: SingleCommand): void;
};

/** How soon an effect is performed, ms. */
const EFFECT_MS = 1_000;
/** How soon it is tried again when the other side is down, ms. */
const RETRY_MS = 30_000;
/** How late an answer is that comes late, ms. */
const LATE_MS = 4 * MINUTE_MS;

/** `triggers`: the incident whose page it is about to send. */
type PendingWork = { readonly due: Instant; readonly work: () => void; readonly triggers: number | null };

/** What ends the ringing of alarms, or closes them. */
type AlarmEffect = Extract<Effect, { type: "page.acknowledge" | "page.resolve" | "page.withdraw" }>;

/**
 * The pager and the chat as the core sees them: what it asks for, and what is reported of it, soon, late or never. How
 * the engine asks, looks for what is unknown and asks again is played in `engine-story.ts`, on the engine itself.
 */
export class SimServices {
  chatMood: ChatMood = "up";
  /** A planted fault: an alarm is looked for where the alarms of its team are opened now. */
  forgetsPlaces = false;
  /** Where the alarm of each page was opened, by the incident that asked for it and the page's key. */
  readonly #places = new Map<string, string>();
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
      if (incident !== null && ANSWERED_EFFECTS.has(effect.type)) this.#later(EFFECT_MS, incident, effect);
  }

  nextDue(): Instant | null {
    const due = Math.min(...this.#pending.map((each) => each.due));
    return due === Infinity ? null : due;
  }

  worksDue(): void {
    const soonest = this.nextDue();
    const next = this.#pending.find(({ due }) => due === soonest);
    this.#pending = this.#pending.filter((each) => each !== next);
    next?.work();
  }

  #in(ms: number, work: () => void, triggers: number | null = null): void {
    this.#pending = [...this.#pending, { due: this.#world.now() + ms, work, triggers }];
  }

  #perform(incident: number, effect: Effect): void {
    const down = effect.type === "chat.channel" ? this.chatMood === "down" : this.#pager.mood === "down";
    if (down) this.#later(RETRY_MS, incident, effect);
    else if (effect.type === "page.trigger") this.#trigger(incident, effect.key);
    else if (effect.type === "page.confirm") this.#confirm(incident, effect.key);
    else if (effect.type === "chat.channel") this.#openChannel(incident);
    else if (effect.type === "page.acknowledge" || effect.type === "page.resolve" || effect.type === "page.withdraw")
      this.#endAlarms(incident, effect);
  }

  #later(ms: number, incident: number, effect: Effect): void {
    this.#in(ms, () => this.#perform(incident, effect), effect.type === "page.trigger" ? incident : null);
  }

  /** Alarms are acknowledged or closed, each where it was opened, once no page of the incident is on its way. */
  #endAlarms(incident: number, effect: AlarmEffect): void {
    const stored = this.#world.incident(incident);
    if (stored === null) return;
    const asking = askingIncidents(stored.state);
    const pages = this.#pending.filter(({ triggers }) => triggers !== null && asking.includes(triggers));
    if (pages.length > 0)
      return this.#later(Math.max(...pages.map(({ due }) => due)) - this.#world.now() + EFFECT_MS, incident, effect);
    const places = new Map(
      stored.state.pages.flatMap((page) =>
        asking.flatMap((number): [string, string][] => {
          const place = this.#places.get(`${number} ${page.key}`);
          return place === undefined ? [] : [[alarmOf(stored, page).dedupKey, place]];
        }),
      ),
    );
    const how: AlarmEnd = effect.type === "page.acknowledge" ? "acknowledged" : "resolved";
    for (const { dedupKey, team } of alarmsOf(stored, effect)) {
      const known = this.forgetsPlaces ? undefined : places.get(dedupKey);
      this.#pager.ends(parseAlarmKey(dedupKey)!, known ?? this.#pager.placeOf(team), how);
    }
  }

  #openChannel(incident: number): void {
    const channel = { id: `C${incident}`, name: `inc-${incident}`, url: "" };
    if (this.chatMood === "refuses")
      this.#world.report(incident, { type: "channel.failed", reason: "channels cannot be opened" });
    else
      this.#answer(this.chatMood === "late", () => this.#world.report(incident, { type: "channel.opened", channel }));
  }

  #trigger(incident: number, key: string): void {
    const home = this.#pageOf(incident, key);
    if (home?.page.status !== "requested") return;
    const { page } = home;
    const place = this.#pager.placeOf(alarmOf(this.#world.incident(home.incident.number)!, page).team);
    this.#places.set(`${incident} ${key}`, place);
    this.#pager.trigger(key, incident, place);
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
    const page = this.#pageOf(incident, key)?.page;
    if (page?.status !== "sent" || this.#pager.alarms.has(key)) return;
    this.#world.report(incident, { type: "page.failed", key, to: page.to, reason: "nothing is open there" });
  }

  #answer(late: boolean, report: () => void): void {
    if (late) this.#in(LATE_MS, report);
    else report();
  }

  /** A page, and the incident where merges have taken it. */
  #pageOf(number: number, key: string): ReturnType<typeof findPageHome> {
    const incident = this.#world.incident(number)?.state;
    return incident === undefined
      ? null
      : findPageHome(incident, key, (each) => this.#world.incident(each)?.state ?? null);
  }
}

function alarmsOf(stored: StoredIncident, effect: AlarmEffect): readonly PagerAlarm[] {
  if (effect.type === "page.resolve") return listAlarms(stored, effect.episode, effect.except);
  const key = effect.type === "page.withdraw" ? effect.key : effect.page;
  const page = stored.state.pages.find((each) => each.key === key);
  const except = effect.type === "page.withdraw" ? undefined : effect.except;
  return page === undefined ? [] : [alarmOf(stored, page)].filter(({ dedupKey }) => dedupKey !== except);
}

/** Effects that the world answers. */
const ANSWERED_EFFECTS: ReadonlySet<string> = new Set([
  "page.trigger",
  "page.confirm",
  "page.acknowledge",
  "page.resolve",
  "page.withdraw",
  "chat.channel",
]);
