import { observeAlert } from "#domain/alerting/alert-sighting.ts";
import type { Alert, AlertChange } from "#domain/incident/alert.ts";
import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import { type SingleCommand, decideCommand } from "#domain/commands/command-registry.ts";
import { namedPage } from "#domain/commands/named-page.ts";
import { decideOpening } from "#domain/alerting/alert-ingestion.ts";
import { decideDeclaration } from "#domain/commands/opening-decisions.ts";
import {
  answeredPagesIn,
  applyFacts,
  wakingsIn,
  type AlertsChanged,
  type Context,
  type Decision,
  type PageWaking,
} from "#domain/events/decision.ts";
import type { Delivery, AlertObservation } from "#domain/deliveries/delivery.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { mergeIncident } from "#domain/response/merging.ts";
import { unmergeAlerts } from "#domain/response/unmerging.ts";
import type { Event, Fact, FactType } from "#domain/events/event-registry.ts";
import { correlateAlert } from "#domain/alerting/correlation.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import {
  incidentId,
  isOpen,
  MUSTER_ACTOR,
  priorityRank,
  type Actor,
  type Instant,
  type Timer,
} from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { deriveSideEffects } from "#domain/events/side-effects.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { classifyAlert, resolveTeam } from "#domain/alerting/routing.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import { ALERTMANAGER, ALICE } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";

type SeenObject = {
  readonly observation: AlertObservation;
  readonly classified: ClassifiedPriority;
  readonly change: AlertChange;
};

/** The pure core with nothing around it: alerts, incidents, events, effects and timers in maps, and a clock one can turn. */
export class CoreHarness {
  now: Instant = NOW;
  readonly incidents = new Map<number, Incident>();
  readonly alerts = new Map<string, Alert>();
  readonly events: (Event & { readonly incident: number })[] = [];
  readonly effects: Effect[] = [];
  readonly #timers = new Map<string, { readonly incident: number; readonly timer: Timer; readonly at: Instant }>();
  readonly #policy: Policy;
  /** The alerts that each merged incident gave away. */
  readonly #given = new Map<number, readonly string[]>();
  #woken: readonly (PageWaking & { readonly at: Instant })[] = [];
  #seq = 0;
  #commands = 0;

  constructor(policy: Policy = aPolicy(STAFFED_POLICY)) {
    this.#policy = policy;
  }

  /** One webhook request, taken in. `seq` is its place in the order of receipt. */
  receives(delivery: Delivery, seq: number = ++this.#seq): void {
    const targets = new Map<number | string, SeenObject[]>();
    for (const observation of delivery.alerts) {
      const classified = classifyAlert(this.#policy, observation.labels);
      const known = this.alerts.get(observation.fingerprint) ?? null;
      const change = observeAlert(
        known,
        observation,
        { source: "alertmanager", delivery, seq, receivedAt: this.now },
        classified,
      );
      this.alerts.set(observation.fingerprint, change.alert);
      const target = this.#target(change);
      if (target !== null) targets.set(target, [...(targets.get(target) ?? []), { observation, classified, change }]);
    }
    for (const [target, seen] of targets) this.#weigh(target, seen, delivery);
  }

  /** Someone asks something of an incident. `at`: when it happened, where that is reported only now. */
  asks(command: SingleCommand, actor: Actor = ALICE, asked = 1, at: Instant = this.now): Decision {
    const page = namedPage(command);
    const home = page === null ? null : findPageHome(this.incident(asked), page, (each) => this.incident(each));
    const number = home?.incident.number ?? asked;
    const before = this.incident(number);
    const decision = decideCommand(before, command, this.#context(actor));
    this.#commands++;
    if (!decision.ok) return decision;
    const isUndone = before.status === "merged" && decision.facts.some(({ type }) => type === "verb.undone");
    if (isUndone) this.#takeBack(number, before.mergedInto!, decision.facts, actor);
    else this.#record(number, decision.facts, actor, at);
    return decision;
  }

  /** The same by a person, who must not be refused. */
  does(command: SingleCommand, actor: Actor = ALICE, number = 1): void {
    const decision = this.asks(command, actor, number);
    if (!decision.ok) throw new Error(`refused: ${decision.refusal}`);
  }

  /** A person declares an incident; it is the newest then. */
  declares(declaration: Partial<Declaration> = {}, actor: Actor = ALICE): number {
    const number = this.incidents.size + 1;
    const whole = {
      title: "Checkout is down",
      priority: null,
      service: null,
      summary: null,
      private: false,
      page: true,
      drill: false,
      ...declaration,
    };
    const decision = decideDeclaration(number, whole, `declaration ${++this.#commands}`, this.#context(actor));
    if (!decision.ok) throw new Error(`refused: ${decision.refusal}`);
    this.#record(number, decision.facts, actor);
    return number;
  }

  /** One incident becomes a part of another, and its alerts the other's. */
  merges(number: number, targetNumber: number, actor: Actor = ALICE): Decision {
    const { ending: merged, going: targetFacts } = mergeIncident(
      this.incident(number),
      this.incidents.get(targetNumber) ?? null,
      targetNumber,
      this.#context(actor),
    );
    this.#commands++;
    if (merged.ok) {
      this.#record(number, merged.facts, actor);
      this.#record(targetNumber, targetFacts, actor);
      const given = [...this.alerts].filter(([, { incident }]) => incident === number);
      for (const [id, alert] of given) this.alerts.set(id, { ...alert, incident: targetNumber });
      this.#given.set(
        number,
        given.map(([id]) => id),
      );
    }
    return merged;
  }

  /** A merge was taken back: the incident has its alerts again. */
  #takeBack(number: number, from: number, facts: readonly Fact[], actor: Actor): void {
    const ids = (this.#given.get(number) ?? []).filter((id) => this.alerts.get(id)!.incident === from);
    const given = ids.map((id) => this.alerts.get(id)!);
    const ctx = this.#context(actor);
    const undone = applyFacts(this.incident(number), facts, ctx);
    const { returning, leaving } = unmergeAlerts(this.incident(from), undone, given, ctx);
    this.#record(number, [...facts, ...returning], actor);
    this.#record(from, leaving, actor);
    for (const id of ids) this.alerts.set(id, { ...this.alerts.get(id)!, incident: number });
  }

  /** When a timer of an incident is due, or null. */
  timer(timer: Timer, number = 1): Instant | null {
    return this.#timers.get(`${number} ${timer}`)?.at ?? null;
  }

  /** Time passes; what was due in between happens when it was due. */
  passes(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#timers.entries()]
        .filter(([, { at }]) => at <= end)
        .toSorted(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [key, { incident, timer, at }] = due;
      this.#timers.delete(key);
      this.now = Math.max(this.now, at);
      this.asks({ type: "timer.due", timer, due: at }, MUSTER_ACTOR, incident);
    }
    this.now = end;
  }

  incident(number = 1): Incident {
    const found = this.incidents.get(number);
    if (found === undefined) throw new Error(`there is no ${incidentId(number)}`);
    return found;
  }

  types(): FactType[] {
    return this.events.map(({ type }) => type);
  }

  /** Whom Muster paged, in order. */
  paged(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === "page.trigger" ? [`${effect.priority} ${effect.to}`] : [],
    );
  }

  #context(actor: Actor): Context {
    const woken = this.#woken.filter(({ at }) => at > this.now - this.#policy.paging.within);
    return {
      now: this.now,
      actor,
      policy: this.#policy,
      woken,
      firingAlerts: (number) =>
        [...this.alerts.values()].filter(({ incident, status }) => incident === number && status === "firing"),
    };
  }

  #target(change: AlertChange): number | string | null {
    const { labels, incident } = change.alert;
    const key = groupKey(this.#policy, labels);
    const { service, team } = resolveTeam(this.#policy, labels);
    const newestFirst = [...this.incidents.values()].toReversed();
    const home = incident === null ? null : this.incident(incident);
    const newest = newestFirst.find((each) => each.key === key) ?? null;
    const related =
      newestFirst.find(
        ({ status, route }) =>
          isOpen(status) && route.service === service && (team === null || route.team === team) && service !== null,
      ) ?? null;
    const where = correlateAlert(change, { home, newest, related }, this.now, this.#policy);
    return where.to === "incident" ? where.number : where.to === "new" ? key : null;
  }

  #weigh(target: number | string, seen: readonly SeenObject[], delivery: Delivery): void {
    const number = typeof target === "number" ? target : this.incidents.size + 1;
    const changes = seen.map(({ change }): AlertChange =>
      change.kind === "flapped" && change.alert.incident !== number ? { ...change, kind: "fired" } : change,
    );
    const command: AlertsChanged = {
      type: "alerts.changed",
      changes,
      group: `${delivery.receiver} ${delivery.groupKey}`,
      hidden: delivery.truncated,
    };
    const ctx = this.#context(ALERTMANAGER);
    this.#commands++;
    this.#record(number, this.#facts(number, command, seen, ctx), ALERTMANAGER);
    for (const { change } of seen)
      this.alerts.set(change.alert.fingerprint, { ...this.alerts.get(change.alert.fingerprint)!, incident: number });
  }

  #facts(number: number, command: AlertsChanged, seen: readonly SeenObject[], ctx: Context): readonly Fact[] {
    const before = this.incidents.get(number);
    if (before === undefined) {
      const { observation, classified, change } = seen.reduce((a, b) =>
        priorityRank(b.classified.priority) < priorityRank(a.classified.priority) ? b : a,
      );
      const worst = { ...observation, startsAt: change.alert.startsAt };
      return decideOpening({ number, worst, classified }, command, ctx);
    }
    return decideAlertsChanged(before, command, ctx);
  }

  #record(number: number, facts: readonly Fact[], actor: Actor, at: Instant = this.now): void {
    if (facts.length === 0) return;
    const answered = answeredPagesIn(facts);
    const added = wakingsIn(facts).map((waking) => ({ ...waking, at: this.now }));
    this.#woken = [...this.#woken, ...added].filter(({ page }) => !answered.includes(page));
    const before = this.incidents.get(number) ?? null;
    let state = before;
    const events = facts.map((fact): Event => {
      const event: Event = {
        ...fact,
        seq: (state?.lastEvent ?? 0) + 1,
        at,
        recordedAt: this.now,
        actor,
        evidence: { command: `command ${this.#commands}`, permalink: null },
      };
      state = evolveIncident(state, event);
      return event;
    });
    const { effects, timers } = deriveSideEffects(state!, events, this.#policy, before);
    this.incidents.set(number, state!);
    this.events.push(...events.map((event) => ({ ...event, incident: number })));
    this.effects.push(...effects);
    for (const { timer, at } of timers) {
      if (at === null) this.#timers.delete(`${number} ${timer}`);
      else this.#timers.set(`${number} ${timer}`, { incident: number, timer, at });
    }
  }
}
