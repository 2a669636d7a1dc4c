import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { isOpen, MUSTER_ACTOR, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import { toDelivery, type WebhookBody } from "#domain/values/delivery.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { MemoryStore, type Applied } from "./memory-store.ts";
import { SimPager } from "./sim-pager.ts";
import { SIM_PEOPLE, simPolicyFile, type SimAlert, type SimPolicyPlan } from "./sim-policy.ts";
import { SimSource } from "./sim-source.ts";
import type { Law } from "./law.ts";

/** A page that a person can answer. */
export type OpenPage = { readonly incident: number; readonly key: string; readonly person: Actor };

/** A command of a story: `at` is when it happened, `now` when it was decided. */
export type SimCommand = {
  readonly body: SubmissionBody;
  readonly actor: Actor;
  readonly at: Instant;
  readonly now: Instant;
};

type PendingEffect = { readonly due: Instant; readonly incident: number; readonly effect: Effect };

/** How soon an effect is performed, ms. */
const EFFECT_MS = 1_000;
/** How soon it is tried again when the other side is down, ms. */
const RETRY_MS = 30_000;

/** What a faulty machine would do after each command: it changes what is stored. */
export type PlantedFault = (store: MemoryStore, applied: Applied) => void;

/** A law that was broken, when, and how. */
export class LawBroken extends Error {
  readonly law: string;

  constructor(law: string, message: string) {
    super(message);
    this.law = law;
  }
}

/** One world from its first act to its last: the store that decides, and all that is outside of it. */
export class SimWorld {
  readonly store = new MemoryStore();
  readonly policy: Policy;
  readonly source: SimSource;
  readonly pager: SimPager;
  /** What happened, a line each. */
  readonly lines: string[] = [];
  /** Every command that was applied, in order. */
  readonly commands: SimCommand[] = [];
  #now: Instant = NOW;
  #effects: PendingEffect[] = [];
  #chatDown = false;
  #dead = false;
  #livesSince: Instant = NOW;
  readonly #laws: readonly Law[];

  readonly #plant: PlantedFault | null;

  /** @param plant a fault of the machine, which the laws must find */
  constructor(plan: SimPolicyPlan, laws: (world: SimWorld) => readonly Law[], plant: PlantedFault | null = null) {
    this.policy = aPolicy(simPolicyFile(plan));
    this.source = new SimSource({ now: () => this.#now, delivers: (body) => this.delivers(body) }, plan.repeatMinutes);
    this.pager = new SimPager({ receives: (...news) => this.#receivesPagerNews(...news) });
    this.#plant = plant;
    this.#laws = laws(this);
  }

  now(): Instant {
    return this.#now;
  }

  /** Since when a process runs. */
  livesSince(): Instant {
    return this.#livesSince;
  }

  say(line: string): void {
    const ms = this.#now - NOW;
    const [hours, minutes, seconds] = [
      Math.floor(ms / 3_600_000),
      Math.floor(ms / 60_000) % 60,
      Math.floor(ms / 1000) % 60,
    ];
    this.lines.push(`${[hours, minutes, seconds].map((each) => String(each).padStart(2, "0")).join(":")}  ${line}`);
  }

  openIncidents(): readonly Incident[] {
    return [...this.store.incidents.values()].map(({ state }) => state).filter(({ status }) => isOpen(status));
  }

  endedIncidents(): readonly Incident[] {
    return [...this.store.incidents.values()]
      .map(({ state }) => state)
      .filter(({ status }) => status === "resolved" || status === "closed" || status === "canceled");
  }

  /** The pages that wait for an answer, for each person of theirs. */
  openPages(): readonly OpenPage[] {
    return this.openIncidents().flatMap((incident) =>
      incident.pages
        .filter(({ status }) => status === "requested" || status === "sent")
        .flatMap((page) =>
          SIM_PEOPLE.filter(({ name }) => page.to.split(", ").includes(name)).map((person) => ({
            incident: incident.number,
            key: page.key,
            person,
          })),
        ),
    );
  }

  delivers(body: WebhookBody): void {
    // A dead process answers nothing: the sender tries again with its next repeat.
    if (this.#dead) return;
    this.#apply(
      { type: "alerts.deliver", source: "alertmanager", raw: JSON.stringify(body) },
      ALERTMANAGER,
      this.#now,
      body,
    );
  }

  /** Answers what the person is told. */
  asks(incident: number, command: SingleCommand, actor: Actor): string {
    return this.#apply({ type: "incident", incident, command }, actor).outcome.text;
  }

  presses(page: OpenPage): string {
    return this.asks(page.incident, { type: "incident.acknowledge", page: page.key }, page.person);
  }

  merges(from: number, into: number, actor: Actor): string {
    const { text } = this.#apply(
      { type: "incident", incident: from, command: { type: "incident.merge", into } },
      actor,
    ).outcome;
    return `${actor.name} merges INC-${from} into INC-${into} → ${text}`;
  }

  silences(alert: SimAlert, actor: Actor): string {
    const { labels } = alert;
    const matchers = [`alertname="${labels["alertname"]!}"`];
    this.#apply(
      { type: "mute.set", matchers, from: this.#now, until: this.#now + 60 * MINUTE_MS, reason: "we know" },
      actor,
    );
    return `${actor.name} mutes ${matchers.join(" ")} for an hour`;
  }

  changesChat(down: boolean): string | null {
    if (down === this.#chatDown) return null;
    this.#chatDown = down;
    return down ? "the chat cannot be reached" : "the chat works";
  }

  /** No process runs for a while: nothing is decided, and senders get no answer. */
  dies(minutes: number): string {
    this.#dead = true;
    this.#sourceUntil(this.#now + minutes * MINUTE_MS);
    this.#dead = false;
    this.#livesSince = this.#now;
    this.advance(0);
    return `no process of Muster ran for ${minutes} minutes`;
  }

  /** Time passes: what is due happens when it is due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const timer = this.#soonestTimer();
      const effect = this.#soonestEffect();
      const repeat = this.source.nextRepeat();
      const at = Math.min(timer?.at ?? Infinity, effect?.due ?? Infinity, repeat?.at ?? Infinity);
      if (at > end) break;
      this.#now = Math.max(this.#now, at);
      if (timer !== null && timer.at === at) {
        this.store.timers.delete(`${timer.incident} ${timer.timer}`);
        this.#apply(
          {
            type: "incident",
            incident: timer.incident,
            command: { type: "timer.due", timer: timer.timer, due: timer.at },
          },
          MUSTER_ACTOR,
          timer.at,
        );
      } else if (effect !== null && effect.due === at) this.#perform(effect);
      else this.source.repeats(repeat!.group);
    }
    this.#now = end;
  }

  /** The story is over: what must be true of the whole. */
  ends(): void {
    for (const law of this.#laws) this.#hold(law.name, law.atEnd?.() ?? null);
  }

  #sourceUntil(end: Instant): void {
    for (;;) {
      const repeat = this.source.nextRepeat();
      if (repeat === null || repeat.at > end) break;
      this.#now = Math.max(this.#now, repeat.at);
      this.source.repeats(repeat.group);
    }
    this.#now = end;
  }

  #receivesPagerNews(incident: number, page: string, what: PagerUpdate, text: string, by: Actor): string {
    const { uid } = this.store.incident(incident)!;
    return this.asks(incident, { type: "pager.heard", what, alarm: composeAlarmKey(page, uid), text }, by);
  }

  #soonestTimer() {
    let soonest = null;
    for (const timer of this.store.timers.values()) if (soonest === null || timer.at < soonest.at) soonest = timer;
    return soonest;
  }

  #soonestEffect(): PendingEffect | null {
    let soonest: PendingEffect | null = null;
    for (const each of this.#effects) if (soonest === null || each.due < soonest.due) soonest = each;
    return soonest;
  }

  /** @param at when it happened, which for a timer is when it was due */
  #apply(body: SubmissionBody, actor: Actor, at: Instant = this.#now, delivery?: WebhookBody): Applied {
    this.commands.push({ body, actor, at, now: this.#now });
    const applied = this.store.apply(body, {
      actor,
      at,
      now: this.#now,
      policy: this.policy,
      delivery: delivery === undefined ? null : toDelivery(delivery),
    });
    this.#plant?.(this.store, applied);
    for (const { effect, incident } of applied.effects)
      if (incident !== null && OUTSIDE.has(effect.type))
        this.#effects.push({ due: this.#now + EFFECT_MS, incident, effect });
    for (const { incident, event } of applied.events)
      if (PRINTED_EVENTS.has(event.type)) this.say(`    INC-${incident}: ${describeEvent(event)}`);
    for (const law of this.#laws) this.#hold(law.name, law.after({ body, actor, applied }));
    return applied;
  }

  #hold(law: string, broken: string | null): void {
    if (broken !== null) throw new LawBroken(law, broken);
  }

  #perform(pending: PendingEffect): void {
    this.#effects = this.#effects.filter((each) => each !== pending);
    const { effect, incident } = pending;
    const down = effect.type === "chat.channel" ? this.#chatDown : this.pager.mood === "down";
    if (down) this.#effects.push({ ...pending, due: this.#now + RETRY_MS });
    else if (effect.type === "page.trigger") this.#trigger(incident, effect.key);
    else if (effect.type === "page.confirm") this.#confirm(incident, effect.key);
    else if (effect.type === "chat.channel")
      this.#report(incident, {
        type: "channel.opened",
        channel: { id: `C${incident}`, name: `inc-${incident}`, url: "" },
      });
    else if (effect.type === "page.resolve" || effect.type === "page.withdraw")
      for (const alarm of this.pager.alarms.values())
        if (alarm.incident === incident && (effect.type === "page.resolve" || effect.key === alarm.page))
          alarm.status = "resolved";
  }

  #trigger(incident: number, key: string): void {
    const page = this.#pageOf(incident, key);
    if (page?.status !== "requested") return;
    this.pager.trigger(key, incident);
    const { to } = page;
    if (this.pager.mood === "refuses")
      this.#report(incident, { type: "page.failed", key, to, reason: "the routing key is unknown" });
    else this.#report(incident, { type: "page.sent", key, to, via: "pager" });
  }

  /** The pager is asked whether anything is open for a page. */
  #confirm(incident: number, key: string): void {
    const page = this.#pageOf(incident, key);
    if (page?.status !== "sent" || this.pager.alarms.has(key)) return;
    this.#report(incident, { type: "page.failed", key, to: page.to, reason: "nothing is open there" });
  }

  #pageOf(incident: number, key: string): Incident["pages"][number] | undefined {
    return this.store.findIncident(incident)?.pages.find((page) => page.key === key);
  }

  #report(incident: number, command: SingleCommand): void {
    this.asks(incident, command, MUSTER_ACTOR);
  }
}

/** Effects that the world answers. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "page.trigger",
  "page.confirm",
  "page.resolve",
  "page.withdraw",
  "chat.channel",
]);

/** Events that a printed story tells. */
const PRINTED_EVENTS: ReadonlySet<string> = new Set([
  "incident.opened",
  "incident.acknowledged",
  "incident.unacknowledged",
  "incident.mitigated",
  "incident.resolved",
  "incident.reopened",
  "incident.merged",
  "page.requested",
  "page.failed",
  "page.held",
  "escalation.exhausted",
  "priority.changed",
]);
