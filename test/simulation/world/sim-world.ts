import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { isOpen, MUSTER_ACTOR, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import { toDelivery, type WebhookBody } from "#domain/values/delivery.ts";
import { parseVerb } from "#verbs/verb-registry.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { MemoryStore, type Applied, type SetTimer } from "./memory-store.ts";
import { SimPager, type SimAlarm } from "./sim-pager.ts";
import { SIM_PEOPLE, type SimAlert, type SimPolicyPlan } from "./sim-policy.ts";
import { SimRoster } from "./sim-roster.ts";
import { SimServices } from "./sim-services.ts";
import { SimSource } from "./sim-source.ts";
import type { Law } from "../laws/law.ts";

/** A page that a person can answer. */
export type OpenPage = { readonly incident: number; readonly key: string; readonly person: Actor };

/** A command of a story: `at` is when it happened, `now` when it was decided. */
export type SimCommand = {
  readonly body: SubmissionBody;
  readonly actor: Actor;
  readonly at: Instant;
  readonly now: Instant;
};

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
  readonly roster: SimRoster;
  readonly source: SimSource;
  readonly pager: SimPager;
  readonly services: SimServices;
  /** What happened, a line each. */
  readonly lines: string[] = [];
  /** Every command that was applied, in order. */
  readonly commands: SimCommand[] = [];
  #now: Instant = NOW;
  #dead = false;
  #livesSince: Instant = NOW;
  readonly #laws: readonly Law[];
  readonly #plant: PlantedFault | null;

  /** @param plant a fault of the machine, which the laws must find */
  constructor(plan: SimPolicyPlan, laws: (world: SimWorld) => readonly Law[], plant: PlantedFault | null = null) {
    const now = (): Instant => this.#now;
    this.roster = new SimRoster(plan, now);
    this.source = new SimSource({ now, delivers: (body) => this.delivers(body) }, plan.repeatMinutes, plan.source);
    this.pager = new SimPager({
      now,
      receives: (...news) => this.#receivesPagerNews(...news),
      receivesMerge: (from, into, by) => this.#receivesPagerMerge(from, into, by),
    });
    this.services = new SimServices(this.pager, {
      now,
      incident: (number) => this.store.findIncident(number),
      report: (incident, command) => void this.asks(incident, command, MUSTER_ACTOR),
    });
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

  /** The policy as it is now. */
  get policy(): Policy {
    return this.roster.policy;
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

  /** Answers whether it was taken: a dead process takes nothing, and the sender tries again with its next repeat. */
  delivers(body: WebhookBody): boolean {
    if (this.#dead) return false;
    this.#apply(
      { type: "alerts.deliver", source: "alertmanager", raw: JSON.stringify(body) },
      ALERTMANAGER,
      this.#now,
      body,
    );
    return true;
  }

  /** Answers what the person is told. */
  asks(incident: number, command: IncidentCommand, actor: Actor): string {
    return this.#apply({ type: "incident", incident, command }, actor).outcome.text;
  }

  presses(page: OpenPage): string {
    return this.asks(page.incident, { type: "incident.acknowledge", page: page.key }, page.person);
  }

  merges(from: number, into: number, actor: Actor): string {
    const text = this.asks(from, { type: "incident.merge", into }, actor);
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

  /** A person types words about an incident; answers what they are told. */
  types(incident: number, words: string, person: Actor): string {
    const asker = { id: person.id, name: person.name };
    const { request } = parseVerb(words, { person: asker, zone: "UTC", now: this.#now, policy: this.policy });
    if (request.kind === "command") return this.asks(incident, request.command, person);
    return request.kind === "problem" ? request.text : `(${request.kind})`;
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
      const due = [timer?.at ?? null, this.services.nextDue(), this.source.nextDue(), this.pager.nextDue()];
      const at = Math.min(...due.map((each) => each ?? Infinity));
      if (at > end) break;
      this.#now = Math.max(this.#now, at);
      if (timer !== null && timer.at === at) this.#rings(timer);
      else if (due[1] === at) this.services.worksDue();
      else if (due[2] === at) this.source.sendsDue();
      else for (const line of this.pager.ringsDue()) this.say(line);
    }
    this.#now = end;
  }

  /** The story is over: what must be true of the whole. */
  ends(): void {
    for (const law of this.#laws) this.#hold(law.name, law.atEnd?.() ?? null);
  }

  #rings({ incident, timer, at }: SetTimer): void {
    this.store.timers.delete(`${incident} ${timer}`);
    this.#apply({ type: "incident", incident, command: { type: "timer.due", timer, due: at } }, MUSTER_ACTOR, at);
  }

  #sourceUntil(end: Instant): void {
    for (;;) {
      const due = this.source.nextDue();
      if (due === null || due > end) break;
      this.#now = Math.max(this.#now, due);
      this.source.sendsDue();
    }
    this.#now = end;
  }

  #receivesPagerNews(incident: number, page: string, what: PagerUpdate, text: string, by: Actor): string {
    const { uid } = this.store.incident(incident)!;
    return this.asks(incident, { type: "pager.heard", what, alarm: composeAlarmKey(page, uid), text }, by);
  }

  #receivesPagerMerge(from: SimAlarm, into: SimAlarm, by: Actor): string {
    if (from.incident === into.incident)
      return this.#receivesPagerNews(from.incident, from.page, "told", "merged there", by);
    const command = { type: "incident.merge", into: into.incident, told: "merged there" } as const;
    return this.asks(from.incident, command, by);
  }

  #soonestTimer(): SetTimer | null {
    let soonest: SetTimer | null = null;
    for (const timer of this.store.timers.values()) if (soonest === null || timer.at < soonest.at) soonest = timer;
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
      replaced: this.roster.replaced(),
      delivery: delivery === undefined ? null : toDelivery(delivery),
    });
    this.#plant?.(this.store, applied);
    this.services.request(applied.effects);
    for (const { incident, event } of applied.events)
      if (PRINTED_EVENTS.has(event.type)) this.say(`    INC-${incident}: ${describeEvent(event)}`);
    for (const law of this.#laws) this.#hold(law.name, law.after({ body, actor, applied }));
    return applied;
  }

  #hold(law: string, broken: string | null): void {
    if (broken !== null) throw new LawBroken(law, broken);
  }
}

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
