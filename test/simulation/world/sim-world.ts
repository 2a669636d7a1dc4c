import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { isOpen, MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import { toDelivery, type WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import { TIMER_URGENCY } from "#domain/commands/timer-urgency.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { CommandSubmission, SubmissionBody } from "#domain/commands/submission.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { MemoryStore, type Applied, type SetTimer } from "./memory-store.ts";
import { PagerNews } from "./pager-news.ts";
import { PAUSE_MS } from "#domain/alerting/heartbeat.ts";
import { SimClock } from "./sim-clock.ts";
import { SimDoor, type SimRequest } from "./sim-door.ts";
import { SimPager } from "./sim-pager.ts";
import { type PolicyEdits, type SimAlert, type SimPolicyPlan } from "./sim-policy.ts";
import { SimRoster } from "./sim-roster.ts";
import { SimServices } from "./sim-services.ts";
import { SimSource } from "./sim-source.ts";
import { SimWatch } from "./sim-watch.ts";
import { SimWatchdog } from "./sim-watchdog.ts";
import { playAgenda, type AgendaItem } from "./story-agenda.ts";
import { LawBroken, StoryLines, type SimCommand } from "./story-lines.ts";
import type { Law } from "../laws/law.ts";

/** What a faulty machine would do after each command: it changes what is stored, or does its work in another way. */
export type PlantedFault = (store: MemoryStore, applied: Applied, world: SimWorld) => void;

/** One world from its first act to its last: the store that decides, and all that is outside of it. */
export class SimWorld {
  readonly store = new MemoryStore();
  readonly roster: SimRoster;
  readonly source: SimSource;
  readonly door: SimDoor;
  readonly news: PagerNews;
  readonly pager: SimPager;
  readonly services: SimServices;
  readonly clock: SimClock;
  readonly watch: SimWatch;
  readonly watchdog: SimWatchdog;
  readonly #story = new StoryLines();
  readonly commands: SimCommand[] = [];
  /** Since when the doors are open without a pause that counts. */
  receivesSince: Instant = NOW;
  /** When a process began that cannot know that the clock was set back; null: none did. */
  clockLostAt: Instant | null = null;
  /** By how much it was set back then, ms. */
  clockLostMs = 0;
  #now: Instant = NOW;
  #dead = false;
  /** What was accepted while no process takes work, in order; null: it is decided at once. */
  #waiting: (() => void)[] | null = null;
  #livesSince: Instant = NOW;
  readonly #laws: readonly Law[];
  readonly #plant: PlantedFault | null;

  /** @param plant a fault of the machine, which the laws must find */
  constructor(plan: SimPolicyPlan, laws: (world: SimWorld) => readonly Law[], plant: PlantedFault | null = null) {
    const now = (): Instant => this.#now;
    const clock = (): Instant => this.clock.now();
    this.clock = new SimClock(now);
    this.roster = new SimRoster(plan, clock, now);
    this.source = new SimSource(
      { now, delivers: (...delivery) => this.delivers(...delivery) },
      plan.repeatMinutes,
      plan.source,
    );
    this.door = new SimDoor({
      now,
      clock,
      applies: (body, delivery) => void this.#apply(body, senderOf(body.source), clock(), delivery),
    });
    this.news = new PagerNews({
      now,
      clock,
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
    const inside = {
      store: this.store,
      roster: this.roster,
      clock: this.clock,
      now,
      livesSince: () => this.#livesSince,
      openIncidents: () => this.openIncidents(),
      ask: (incident: number, command: IncidentCommand) => void this.asks(incident, command, MUSTER_ACTOR),
      submits: (submission: CommandSubmission) => this.#submits(submission),
    };
    this.watch = new SimWatch(inside);
    this.watchdog = new SimWatchdog({
      ...inside,
      clock,
      outside: (at) => this.clock.outside(at),
      delivers: (body, taken) => this.delivers({ body }, taken),
    });
    this.watch.onStep = (step) => this.watchdog.steps(step);
    this.#plant = plant;
    this.#laws = laws(this);
  }

  /** Time as it passes, which no one sets: people, the pager and the source live by it. */
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
    this.#story.say(line, this.#now);
  }

  get lines(): readonly string[] {
    return this.#story.lines;
  }

  openIncidents(): readonly Incident[] {
    return [...this.store.incidents.values()].map(({ state }) => state).filter(({ status }) => isOpen(status));
  }

  /** `taken` is called when it is: a dead process takes nothing, and the sender tries again with its next repeat. */
  delivers(request: SimRequest, taken: () => void = () => {}): void {
    const receives = (): void => {
      if (this.door.receives(request)) taken();
    };
    if (this.#waiting !== null) this.#waiting.push(receives);
    else if (!this.#dead) receives();
  }

  /** Answers the text that the person receives. `at`: when it happened, where that is reported only now. */
  asks(incident: number, command: IncidentCommand, actor: Actor, at: Instant = this.clock.now()): string {
    return this.#apply({ type: "incident", incident, command }, actor, at).outcome.text;
  }

  silences(alert: SimAlert, actor: Actor): string {
    const { labels } = alert;
    const matchers = [`alertname="${labels["alertname"]!}"`];
    const from = this.clock.now();
    const until = from + 60 * MINUTE_MS;
    this.#apply({ type: "mute.set", matchers, from, until, reason: "we know" }, actor);
    this.watch.silenceEnds(until);
    return `${actor.name} mutes ${matchers.join(" ")} for an hour`;
  }

  /**
   * No process runs for a while: nothing is decided, and senders get no answer. `edit`: of the policy, read at the start.
   * `steps`: ms by which the clock was set meanwhile.
   */
  dies(minutes: number, edits: Partial<PolicyEdits> = {}, steps = 0): string {
    const [ms, from] = [minutes * MINUTE_MS, this.clock.now()];
    const isLost = steps < 0 || this.clock.nextDue() !== null;
    this.#dead = true;
    playAgenda(this.#outside, this.#now + ms, this.#arrives);
    this.#dead = false;
    this.clock.steps(steps);
    this.clock.restarts();
    this.#livesSince = this.#now;
    if (Object.keys(edits).length > 0) this.roster.edits(edits);
    if (isLost) [this.clockLostAt, this.clockLostMs] = [this.#now, Math.max(0, from + ms - this.clock.now())];
    if (ms + steps > PAUSE_MS) this.receivesSince = this.#now;
    this.watchdog.resumes(ms + steps);
    this.watch.resumes(from, this.clock.now());
    this.advance(0);
    this.watch.audits();
    return `no process of Muster ran for ${minutes} minutes`;
  }

  /** The clock of the only process that works is off: what the doors accept waits until it is right, or another one works. */
  takesNothing(minutes: number, off: number): void {
    if (this.clock.isOff(off)) this.advance(minutes * MINUTE_MS);
    else {
      const waiting: (() => void)[] = (this.#waiting = []);
      playAgenda(this.#outside, this.#now + minutes * MINUTE_MS, this.#arrives);
      this.#livesSince = this.#now;
      this.#waiting = null;
      for (const decide of waiting) decide();
    }
    this.clock.isOff(0);
    this.advance(0);
    this.watch.audits();
  }

  /** The policy is edited, and read again as the application does it. */
  edits(change: Partial<PolicyEdits>): void {
    this.roster.edits(change);
    this.watch.audits();
  }

  /** Time passes: what is due happens when it is due. */
  advance(ms: number): void {
    playAgenda(
      [
        [() => this.#timerDue(), () => this.#rings(this.#soonestTimer()!)],
        [() => this.services.nextDue(), () => this.services.worksDue()],
        ...this.#outside,
        [() => this.pager.nextDue(), () => this.pager.ringsDue().forEach((line) => this.say(line))],
        [() => this.#doorDue(), () => this.door.endsDue()],
        [() => this.watch.nextDue(), () => this.watch.worksDue()],
        [() => this.watchdog.nextDue(), () => this.watchdog.looks()],
      ],
      this.#now + ms,
      this.#arrives,
    );
  }

  readonly #arrives = (at: Instant): void => void (this.#now = Math.max(this.#now, at));

  /** What happens although no process runs. */
  readonly #outside: readonly AgendaItem[] = [
    [() => this.source.nextDue(), () => this.source.sendsDue()],
    [() => this.watchdog.nextDelivery(), () => this.watchdog.sendsDue()],
  ];

  #timerDue(): Instant | null {
    const timer = this.#soonestTimer();
    return timer === null ? null : Math.max(this.clock.rings(timer.at), this.#livesSince);
  }

  #doorDue(): Instant | null {
    const at = this.door.nextDue();
    return at === null ? null : this.clock.outside(at);
  }

  /** The story has ended: what must be true of the whole. */
  ends(): void {
    for (const law of this.#laws) this.#hold(law.name, law.atEnd?.() ?? null);
  }

  #rings({ incident, timer, at }: SetTimer): void {
    this.store.timers.delete(`${incident} ${timer}`);
    this.#apply({ type: "incident", incident, command: { type: "timer.due", timer, due: at } }, MUSTER_ACTOR, at);
  }

  /** The incident where merges have taken a page. */
  homeOfPage(incident: number, key: string): number {
    const asked = this.store.findIncident(incident)!;
    return findPageHome(asked, key, (each) => this.store.findIncident(each))?.incident.number ?? incident;
  }

  #soonestTimer(): SetTimer | null {
    // What came due while no process ran is decided at the start, the most urgent first, as the engine's queue does it.
    let soonest: { readonly timer: SetTimer; readonly rings: Instant } | null = null;
    for (const timer of this.store.timers.values()) {
      const rings = Math.max(this.clock.rings(timer.at), this.#livesSince);
      const order =
        soonest === null
          ? -1
          : rings - soonest.rings ||
            TIMER_URGENCY[timer.timer] - TIMER_URGENCY[soonest.timer.timer] ||
            timer.at - soonest.timer.at;
      if (order < 0) soonest = { timer, rings };
    }
    return soonest?.timer ?? null;
  }

  #submits({ body, actor }: CommandSubmission): void {
    const delivery = body.type === "alerts.deliver" ? (JSON.parse(body.raw) as WebhookBody) : undefined;
    this.#apply(body, actor, this.clock.now(), delivery);
  }

  /** @param at when it happened, which for a timer is when it was due */
  #apply(body: SubmissionBody, actor: Actor, at: Instant = this.clock.now(), delivery?: WebhookBody): Applied {
    const now = this.clock.now();
    this.commands.push({ body, actor, at, now });
    const applied = this.store.apply(body, {
      actor,
      at,
      now,
      policy: this.policy,
      replaced: this.roster.replaced(),
      delivery: delivery === undefined ? null : toDelivery(delivery),
    });
    this.#plant?.(this.store, applied, this);
    this.services.request(applied.effects);
    this.#story.prints(applied.events, this.#now);
    for (const law of this.#laws) this.#hold(law.name, law.after({ body, actor, applied }));
    return applied;
  }

  #hold(law: string, broken: string | null): void {
    if (broken !== null) throw new LawBroken(law, broken);
  }
}

const senderOf = (source: string): Actor =>
  source === "alertmanager" ? ALERTMANAGER : { kind: "source", id: source, name: source };
