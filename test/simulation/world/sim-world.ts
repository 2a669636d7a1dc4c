import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { isOpen, MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import { toDelivery, type WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { parseVerb } from "#verbs/verb-registry.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import { TIMER_URGENCY } from "#domain/commands/timer-urgency.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { MemoryStore, type Applied, type SetTimer } from "./memory-store.ts";
import { PagerNews } from "./pager-news.ts";
import { findUnowned } from "./sim-audit.ts";
import { SimDoor, type SimRequest } from "./sim-door.ts";
import { SimPager } from "./sim-pager.ts";
import { SIM_PEOPLE, type PolicyEdits, type SimAlert, type SimPolicyPlan } from "./sim-policy.ts";
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

/** What a faulty machine would do after each command: it changes what is stored, or does its work in another way. */
export type PlantedFault = (store: MemoryStore, applied: Applied, world: SimWorld) => void;

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
  readonly door: SimDoor;
  readonly news: PagerNews;
  readonly pager: SimPager;
  readonly services: SimServices;
  /** What happened, a line each. */
  readonly lines: string[] = [];
  readonly commands: SimCommand[] = [];
  #now: Instant = NOW;
  #dead = false;
  /** When each silence ends, the first one first: all last for an hour. */
  readonly #silencesEnd: Instant[] = [];
  #livesSince: Instant = NOW;
  readonly #laws: readonly Law[];
  readonly #plant: PlantedFault | null;

  /** @param plant a fault of the machine, which the laws must find */
  constructor(plan: SimPolicyPlan, laws: (world: SimWorld) => readonly Law[], plant: PlantedFault | null = null) {
    const now = (): Instant => this.#now;
    this.roster = new SimRoster(plan, now);
    const delivers = (request: SimRequest): boolean => this.delivers(request);
    this.source = new SimSource({ now, delivers }, plan.repeatMinutes, plan.source);
    this.door = new SimDoor({
      now,
      applies: (body, delivery) => void this.#apply(body, senderOf(body.source), this.#now, delivery),
    });
    this.news = new PagerNews({
      now,
      uidOf: (incident) => this.store.incident(incident)!.uid,
      homeOfPage: (...page) => this.homeOfPage(...page),
      asks: (...news) => this.asks(...news),
    });
    this.pager = new SimPager({ now, news: this.news });
    this.services = new SimServices(this.pager, {
      now,
      incident: (number) => this.store.incident(number),
      report: (incident, command) => void this.asks(incident, command, MUSTER_ACTOR),
    });
    this.#plant = plant;
    this.#laws = laws(this);
  }

  now(): Instant {
    return this.#now;
  }

  livesSince(): Instant {
    return this.#livesSince;
  }

  get policy(): Policy {
    return this.roster.policy;
  }

  say(line: string): void {
    const ms = this.#now - NOW;
    const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
    this.lines.push(`${clock.map((each) => String(each).padStart(2, "0")).join(":")}  ${line}`);
  }

  openIncidents(): readonly Incident[] {
    return [...this.store.incidents.values()].map(({ state }) => state).filter(({ status }) => isOpen(status));
  }

  endedIncidents(): readonly Incident[] {
    const all = [...this.store.incidents.values()].map(({ state }) => state);
    return all.filter(({ status }) => ["resolved", "closed", "canceled"].includes(status));
  }

  mergedIncidents(): readonly Incident[] {
    return [...this.store.incidents.values()].map(({ state }) => state).filter(({ status }) => status === "merged");
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
  delivers(request: SimRequest): boolean {
    return !this.#dead && this.door.receives(request);
  }

  /** Answers the text that the person receives. `at`: when it happened, where that is reported only now. */
  asks(incident: number, command: IncidentCommand, actor: Actor, at: Instant = this.#now): string {
    return this.#apply({ type: "incident", incident, command }, actor, at).outcome.text;
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
    const until = this.#now + 60 * MINUTE_MS;
    this.#apply({ type: "mute.set", matchers, from: this.#now, until, reason: "we know" }, actor);
    this.#silencesEnd.push(until);
    return `${actor.name} mutes ${matchers.join(" ")} for an hour`;
  }

  /** A person types words about an incident; answers what they read. */
  types(incident: number, words: string, person: Actor): string {
    const asker = { id: person.id, name: person.name };
    const { request } = parseVerb(words, { person: asker, zone: "UTC", now: this.#now, policy: this.policy });
    if (request.kind === "command") return this.asks(incident, request.command, person);
    return request.kind === "problem" ? request.text : `(${request.kind})`;
  }

  /** No process runs for a while: nothing is decided, and senders get no answer. `edit`: of the policy, read at the start. */
  dies(minutes: number, edits: Partial<PolicyEdits> = {}): string {
    this.#dead = true;
    this.#sourceUntil(this.#now + minutes * MINUTE_MS);
    this.#dead = false;
    this.#livesSince = this.#now;
    if (Object.keys(edits).length > 0) this.roster.edits(edits);
    this.advance(0);
    this.#audits();
    return `no process of Muster ran for ${minutes} minutes`;
  }

  /** The policy is edited, and read again as the application does it. */
  edits(change: Partial<PolicyEdits>): void {
    this.roster.edits(change);
    this.#audits();
  }

  /** Teams that own alerts by a policy that was just read, and that no one has looked for, are looked for. */
  #audits(): void {
    for (const { number, teams } of findUnowned(this))
      this.asks(number, { type: "escalation.audit", teams: [...teams] }, MUSTER_ACTOR);
  }

  /** Time passes: what is due happens when it is due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const timer = this.#soonestTimer();
      const due = [
        timer === null ? null : Math.max(timer.at, this.#livesSince),
        this.services.nextDue(),
        this.source.nextDue(),
        this.pager.nextDue(),
        this.door.nextDue(),
        this.#silencesEnd[0] === undefined ? null : Math.max(this.#silencesEnd[0], this.#livesSince),
      ];
      const at = Math.min(...due.map((each) => each ?? Infinity));
      if (at > end) break;
      this.#now = Math.max(this.#now, at);
      if (due[0] === at) this.#rings(timer!);
      else if (due[1] === at) this.services.worksDue();
      else if (due[2] === at) this.source.sendsDue();
      else if (due[3] === at) for (const line of this.pager.ringsDue()) this.say(line);
      else if (due[4] === at) this.door.endsDue();
      else if (this.#silencesEnd.shift() !== undefined) this.#audits();
    }
    this.#now = end;
  }

  /** The story has ended: what must be true of the whole. */
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

  /** The incident where merges have taken a page. */
  homeOfPage(incident: number, key: string): number {
    const asked = this.store.findIncident(incident)!;
    return findPageHome(asked, key, (each) => this.store.findIncident(each))?.incident.number ?? incident;
  }

  #soonestTimer(): SetTimer | null {
    // What came due while no process ran is decided at the start, the most urgent first, as the engine's queue does it.
    const rank = ({ timer, at }: SetTimer) => [Math.max(at, this.#livesSince), TIMER_URGENCY[timer], at] as const;
    const ranked = [...this.store.timers.values()].map((timer) => ({ timer, by: rank(timer) }));
    return ranked.toSorted(({ by: a }, { by: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])[0]?.timer ?? null;
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
    this.#plant?.(this.store, applied, this);
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

const senderOf = (source: string): Actor =>
  source === "alertmanager" ? ALERTMANAGER : { kind: "source", id: source, name: source };

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
