import type { StoredIncident } from "#db/incidents.ts";
import type { PendingCommand } from "#db/commands.ts";
import { followMerges, gathersPeople } from "#domain/alerting/alerting-memory.ts";
import { openingsTowardStorm } from "#domain/alerting/storm.ts";
import type { TruncationMark } from "#domain/alerting/truncation.ts";
import { readsAlertsOfTeams, readsFiringAlerts } from "#domain/commands/firing-alert-reads.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import { answeredPagesIn, wakingsIn, type Context, type PageWaking } from "#domain/events/decision.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { applyArrangement, type ArrangementState } from "#domain/incident/arrangement.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Delivery } from "#domain/deliveries/delivery.ts";
import type { Actor, Instant, Timer } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import { applyCommand } from "#engine/loop/apply-command.ts";
import type { CommandChanges } from "#engine/base/command-changes.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { WorkingSet } from "#engine/base/working-set.ts";

/** An event, and the incident that it is of. */
export type SimEvent = { readonly incident: number; readonly event: Event };

/** What one command came to. */
export type Applied = {
  readonly outcome: CommandOutcome;
  readonly events: readonly SimEvent[];
  readonly effects: readonly EffectRequest[];
};

/** Who asks for a command, when it happened (`at`) and when it is decided (`now`). */
export type HowApplied = {
  readonly actor: Actor;
  readonly at: Instant;
  readonly now: Instant;
  readonly policy: Policy;
  readonly delivery: Delivery | null;
  /** Rotations that count until a hand-off. */
  readonly replaced: readonly RotationVersion[];
};

/** A timer that is set. */
export type SetTimer = { readonly incident: number; readonly timer: Timer; readonly at: Instant };

/**
 * The engine's own decisions with maps in place of the database: commands are decided by `applyCommand` and taken over
 * as a unit of work takes them, one at a time.
 */
export class MemoryStore implements WorkingSet {
  readonly alerts = new Map<string, Alert>();
  readonly incidents = new Map<number, StoredIncident>();
  readonly timers = new Map<string, SetTimer>();
  readonly history: SimEvent[] = [];
  readonly #origins = new Map<string, number>();
  readonly #marks = new Map<string, Map<number, TruncationMark>>();
  readonly #newestByKey = new Map<string, number>();
  readonly #gathering = new Map<string, number>();
  #arrangements: ArrangementState = { overrides: [], silences: [] };
  #opened: readonly Instant[] = [];
  #wakings: readonly { readonly waking: PageWaking; readonly at: Instant }[] = [];
  #commands = 0;
  #ids = 0;

  findAlert(source: string, fingerprint: string): Alert | null {
    return this.alerts.get(`${source} ${fingerprint}`) ?? null;
  }

  incident(number: number): StoredIncident | null {
    return this.incidents.get(number) ?? null;
  }

  findIncident(number: number): Incident | null {
    return this.incidents.get(number)?.state ?? null;
  }

  mergedFrom(number: number): readonly Alert[] {
    return [...this.#origins].filter(([, from]) => from === number).map(([id]) => this.alerts.get(id)!);
  }

  mergeTarget(incident: Incident | null): Incident | null {
    return followMerges(incident, (number) => this.findIncident(number));
  }

  newestOfKey(key: string): Incident | null {
    const number = this.#newestByKey.get(key);
    return number === undefined ? null : this.findIncident(number);
  }

  gatheringOfService(service: string): Incident | null {
    const number = this.#gathering.get(service);
    const incident = number === undefined ? null : this.findIncident(number);
    return incident !== null && gathersPeople(incident) ? incident : null;
  }

  marksOf(source: string, group: string): ReadonlyMap<number, TruncationMark> {
    return this.#marks.get(`${source} ${group}`) ?? new Map<number, TruncationMark>();
  }

  get opened(): readonly Instant[] {
    return this.#opened;
  }

  get arrangements(): ArrangementState {
    return this.#arrangements;
  }

  get nextNumber(): number {
    return this.incidents.size + 1;
  }

  /** A planted fault: no incident is found by its key any longer. */
  forgetsKeys(): void {
    this.#newestByKey.clear();
    this.#gathering.clear();
  }

  /** A planted fault: what fires in an incident is silenced, and it opened all the same. */
  silencesAll(number: number): void {
    const silences = this.#firingIn(number).map(({ labels }, id) => ({
      id: 1_000 + id,
      matchers: [`alertname="${labels["alertname"]!}"`],
      reason: "planted",
      by: "planted",
      from: 0,
      until: Number.MAX_SAFE_INTEGER,
    }));
    this.#arrangements = { ...this.#arrangements, silences: [...this.#arrangements.silences, ...silences] };
  }

  /** Decides one command now and keeps what it changes. */
  apply(body: SubmissionBody, how: HowApplied): Applied {
    const { actor, at, now, policy, delivery, replaced } = how;
    const command: PendingCommand = {
      id: ++this.#commands,
      key: null,
      type: body.type,
      urgency: 0,
      weight: 1,
      actor,
      at: new Date(at),
      recordedAt: new Date(now),
      replyTo: actor.kind === "person" ? { channel: "C0SIM", user: actor.id } : null,
      client: null,
      evidence: null,
      body: "",
      doneAt: null,
      outcome: null,
      result: null,
      attempts: 0,
    };
    const readsAlerts =
      body.type === "alerts.deliver" ||
      (body.type === "incident" && (readsFiringAlerts(body.command) || readsAlertsOfTeams(body.command)));
    const ctx: Context = {
      now,
      at,
      actor,
      policy,
      ...this.#arrangements,
      replaced,
      isMember: () => true,
      woken: this.#woken(policy, now),
      firingAlerts: (number) => (readsAlerts ? this.#firingIn(number) : null),
    };
    const { changes, outcome } = applyCommand({ command, delivery, body }, this, ctx, () => `uid-${++this.#ids}`);
    return { outcome, events: this.#put(changes), effects: changes.effects };
  }

  #firingIn(number: number): readonly Alert[] {
    return [...this.alerts.values()].filter(({ incident, status }) => incident === number && status === "firing");
  }

  /** Whom unanswered pages woke within the policy's window, as the table of wakings has it. */
  #woken(policy: Policy, now: Instant): readonly PageWaking[] {
    return this.#wakings.filter(({ at }) => at > now - policy.paging.within).map(({ waking }) => waking);
  }

  #put({ alerts, moves, marks, incidents, arranged }: CommandChanges): readonly SimEvent[] {
    for (const change of arranged) this.#arrangements = applyArrangement(this.#arrangements, change);
    for (const mark of marks) {
      const key = `${mark.source} ${mark.group}`;
      this.#marks.set(key, new Map([...(this.#marks.get(key) ?? []), [mark.incident, mark]]));
    }
    for (const move of moves)
      for (const [id, alert] of this.alerts) {
        if (alert.incident !== move.from || (move.back && this.#origins.get(id) !== move.to)) continue;
        this.alerts.set(id, { ...alert, incident: move.to });
        if (move.back) this.#origins.delete(id);
        else this.#origins.set(id, move.from);
      }
    for (const alert of alerts) this.alerts.set(`${alert.source} ${alert.fingerprint}`, alert);
    const written: SimEvent[] = [];
    for (const { stored, events, timers } of incidents) {
      const { number, key, route } = stored.state;
      this.incidents.set(number, stored);
      if (number >= (this.#newestByKey.get(key) ?? 0)) this.#newestByKey.set(key, number);
      if (route.service !== null && gathersPeople(stored.state) && number >= (this.#gathering.get(route.service) ?? 0))
        this.#gathering.set(route.service, number);
      for (const event of events) written.push({ incident: number, event });
      const answered = answeredPagesIn(events);
      this.#wakings = [
        ...this.#wakings,
        ...events.flatMap((event) => wakingsIn([event]).map((waking) => ({ waking, at: event.recordedAt }))),
      ].filter(({ waking }) => !answered.includes(waking.page));
      this.#opened = [...this.#opened, ...openingsTowardStorm(events)];
      for (const { timer, at } of timers)
        if (at === null) this.timers.delete(`${number} ${timer}`);
        else this.timers.set(`${number} ${timer}`, { incident: number, timer, at });
    }
    this.history.push(...written);
    return written;
  }
}
