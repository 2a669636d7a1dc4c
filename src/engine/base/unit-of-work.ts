import {
  alertsMergedFrom,
  loadAlerts,
  moveAlerts,
  returnAlerts,
  saveAlerts,
  loadTruncationMarks,
  saveTruncationMarks,
} from "#db/alerts.ts";
import { forgetWakings, recordWakings, loadArrangements, saveArrangements } from "#db/arrangements/arrangements.ts";
import type { QueryExecutor } from "#db/client.ts";
import { finishCommands } from "#db/commands.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import { enqueueEffects, type EffectRequest } from "#db/effects.ts";
import { insertEvents } from "#db/events.ts";
import {
  incidentsByNumber,
  lastIncidentNumber,
  recentOpenings,
  newestIncidentsByKey,
  gatheringIncidentsByService,
  saveIncidents,
  type StoredIncident,
} from "#db/incidents.ts";
import { addNotices } from "#db/channel-notices.ts";
import { changeTimers } from "#db/due-work.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { applyArrangement, type ArrangementChange, type ArrangementState } from "#domain/incident/arrangement.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import { answeredPagesIn, countWakings, wakingsIn, type PageWaking } from "#domain/events/decision.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { mergeDestinations } from "#domain/incident/merged-parts.ts";
import { PRIORITIES, priorityRank, type Instant } from "#domain/values/language.ts";
import { hasOtherTeams, listFiringAlerts } from "./alert-reads.ts";
import { followMerges, gathersPeople } from "#domain/alerting/alerting-memory.ts";
import type { TruncationMark } from "#domain/alerting/truncation.ts";
import { countsTowardStorm, openingsTowardStorm } from "#domain/alerting/storm.ts";
import type { AlertMove, BatchNeeds, CommandChanges } from "./command-changes.ts";
import type { WorkingSet } from "./working-set.ts";

/**
 * The working set of one transaction: loaded in a handful of queries however many commands there are, changed in
 * memory, written back in a handful more. Commands later in the batch see what earlier ones did.
 */
export class UnitOfWork implements WorkingSet {
  readonly #alerts = new Map<string, Alert>();
  readonly #incidents = new Map<number, StoredIncident>();
  readonly #newestByKey = new Map<string, number>();
  readonly #gathering = new Map<string, number>();
  readonly #changedAlerts = new Set<string>();
  readonly #changedIncidents = new Set<number>();
  readonly #events: { incident: number; event: Event }[] = [];
  readonly #timers: { incident: number; change: TimerChange }[] = [];
  readonly #effectRequests: EffectRequest[] = [];
  readonly #marks = new Map<string, Map<number, TruncationMark>>();
  readonly #changedMarks = new Set<TruncationMark>();
  readonly #moves: AlertMove[] = [];
  readonly #merged = new Map<number, readonly Alert[]>();
  readonly #done: { id: number; outcome: CommandOutcome }[] = [];
  #lastNumber = 0;
  #opened: number[] = [];
  readonly #firing = new Set<number>();
  #arrangements: ArrangementState = { overrides: [], silences: [] };
  #woken: readonly PageWaking[] = [];
  readonly #arranged: ArrangementChange[] = [];
  readonly #wakings: PageWaking[] = [];
  readonly #answeredPages: string[] = [];

  /** Loads all that the batch may touch, and nothing that grows with what is stored. */
  static async load(tx: QueryExecutor, needs: BatchNeeds): Promise<UnitOfWork> {
    const unit = new UnitOfWork();
    unit.#lastNumber = await lastIncidentNumber(tx);
    const { woken, ...arrangements } = await loadArrangements(tx, needs.now, needs.wokenSince);
    if (needs.storm !== null)
      unit.#opened = await recentOpenings(
        tx,
        PRIORITIES.filter(countsTowardStorm),
        needs.storm.since,
        needs.storm.incidents,
      );
    unit.#woken = woken;
    unit.#arrangements = arrangements;
    for (const alert of await loadAlerts(tx, needs.alerts)) unit.#alerts.set(idOf(alert), alert);
    await unit.#readFiring(tx, needs.firing);
    for (const stored of await newestIncidentsByKey(tx, [...new Set(needs.keys)])) unit.#place(stored);
    for (const stored of await gatheringIncidentsByService(tx, needs.services)) unit.#place(stored);
    const homes = [...unit.#alerts.values()].map((alert) => alert.incident).filter((number) => number !== null);
    for (const mark of await loadTruncationMarks(tx, needs.groups)) unit.#mark(mark);
    const marked = [...unit.#marks.values()].flatMap((each) => [...each.keys()]);
    const more = [...new Set([...needs.incidents, ...homes, ...marked])].filter(
      (number) => !unit.#incidents.has(number),
    );
    for (const stored of await incidentsByNumber(tx, more)) unit.#incidents.set(stored.state.number, stored);
    await unit.#follow(tx, needs.incidents);
    const homesOf = needs.resolved.flatMap((alert) => unit.#alerts.get(idOf(alert))?.incident ?? []);
    const merged = [...unit.#merged.keys()].flatMap((each) => unit.#incidents.get(each)?.state.mergedInto ?? []);
    const teams = [...needs.firingOfTeams, ...homesOf].filter((each) => hasOtherTeams(unit.#incidents.get(each)));
    await unit.#readFiring(tx, [...merged, ...teams]);
    return unit;
  }

  async #readFiring(tx: QueryExecutor, incidents: readonly number[]): Promise<void> {
    const unread = [...new Set(incidents)].filter((number) => !this.#firing.has(number));
    for (const alert of await listFiringAlerts(tx, unread)) this.#alerts.set(idOf(alert), alert);
    for (const number of unread) this.#firing.add(number);
  }

  /** Loads where incidents and pages went by merges; and for merged incidents of a command, the alerts that they gave away. */
  async #follow(tx: QueryExecutor, numbers: readonly number[]): Promise<void> {
    const merged = [...this.#incidents.values()]
      .filter(({ state }) => state.status === "merged")
      .map(({ state }) => state.number);
    for (let from = [...merged, ...numbers]; from.length > 0;) {
      const targets = from.flatMap((number) => mergeDestinations(this.findIncident(number)));
      from = [...new Set(targets)].filter((number) => !this.#incidents.has(number));
      for (const stored of await incidentsByNumber(tx, from)) this.#incidents.set(stored.state.number, stored);
    }
    for (const number of merged.filter((each) => numbers.includes(each)))
      this.#merged.set(number, await alertsMergedFrom(tx, number));
  }

  /** The alerts that an incident gave away when it was merged, as they are now. */
  mergedFrom(number: number): readonly Alert[] {
    return (this.#merged.get(number) ?? []).map((alert) => this.findAlert(alert.source, alert.fingerprint) ?? alert);
  }

  findAlert(source: string, fingerprint: string): Alert | null {
    return this.#alerts.get(idOf({ source, fingerprint })) ?? null;
  }

  /** The alerts of an incident that fire; null when the batch did not need them. */
  firingAlerts(number: number): readonly Alert[] | null {
    if (!this.#firing.has(number)) return null;
    return [...this.#alerts.values()].filter(({ incident, status }) => incident === number && status === "firing");
  }

  /** An incident with what its row has besides its state. */
  incident(number: number): StoredIncident | null {
    return this.#incidents.get(number) ?? null;
  }

  findIncident(number: number): Incident | null {
    return this.incident(number)?.state ?? null;
  }

  marksOf(source: string, group: string): ReadonlyMap<number, TruncationMark> {
    return this.#marks.get(`${source} ${group}`) ?? new Map<number, TruncationMark>();
  }

  #mark(mark: TruncationMark): void {
    const key = `${mark.source} ${mark.group}`;
    const known = this.#marks.get(key) ?? new Map<number, TruncationMark>();
    const before = known.get(mark.incident);
    if (before !== undefined) this.#changedMarks.delete(before);
    known.set(mark.incident, mark);
    this.#marks.set(key, known);
  }

  mergeTarget(incident: Incident | null): Incident | null {
    return followMerges(incident, (number) => this.findIncident(number));
  }

  newestOfKey(key: string): Incident | null {
    return this.findIncident(this.#newestByKey.get(key) ?? 0);
  }

  gatheringOfService(service: string, team: string | null): Incident | null {
    const incident = this.findIncident(this.#gathering.get(gatheringKey(service, team)) ?? 0);
    return incident !== null && gathersPeople(incident) ? incident : null;
  }

  /** What people have arranged, with what this batch has changed. */
  get arrangements(): ArrangementState {
    return this.#arrangements;
  }

  get opened(): readonly Instant[] {
    return this.#opened;
  }

  /** Whom recent pages woke that are unanswered. */
  get woken(): readonly PageWaking[] {
    return this.#woken;
  }

  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Takes over what a command changed. */
  put({ alerts, moves, marks, incidents, effects, arranged: changes }: CommandChanges): void {
    for (const change of changes) {
      this.#arrangements = applyArrangement(this.#arrangements, change);
      this.#arranged.push(change);
    }
    for (const mark of marks) {
      this.#mark(mark);
      this.#changedMarks.add(mark);
    }
    for (const move of moves) {
      this.#moves.push(move);
      const moved = move.back
        ? new Set((this.#merged.get(move.to) ?? []).map(idOf))
        : new Set([...this.#alerts.values()].filter(({ incident }) => incident === move.from).map(idOf));
      for (const id of moved)
        if (this.#alerts.has(id)) this.#alerts.set(id, { ...this.#alerts.get(id)!, incident: move.to });
    }
    for (const alert of alerts) {
      this.#alerts.set(idOf(alert), alert);
      this.#changedAlerts.add(idOf(alert));
    }
    for (const { stored, events, timers } of incidents) {
      const { number } = stored.state;
      this.#lastNumber = Math.max(this.#lastNumber, number);
      this.#place(stored);
      this.#changedIncidents.add(number);
      for (const event of events) this.#events.push({ incident: number, event });
      this.#opened.push(...openingsTowardStorm(events));
      this.#wakings.push(...wakingsIn(events));
      this.#answeredPages.push(...answeredPagesIn(events));
      this.#woken = countWakings(this.#woken, events);
      for (const change of timers) this.#timers.push({ incident: number, change });
    }
    this.#effectRequests.push(...effects);
  }

  done(id: number, outcome: CommandOutcome): void {
    this.#done.push({ id, outcome });
  }

  /** Writes everything back. */
  async save(tx: QueryExecutor, now: Instant): Promise<void> {
    for (const { from, to, back } of this.#moves) await (back ? returnAlerts(tx, from, to) : moveAlerts(tx, from, to));
    const changed = [...this.#changedAlerts].map((id) => this.#alerts.get(id)!);
    await saveAlerts(tx, changed);
    await saveIncidents(
      tx,
      [...this.#changedIncidents].map((number) => this.#incidents.get(number)!),
    );
    await insertEvents(tx, this.#events);
    // The urgency of an effect is that of its incident as it is now, not as it was when the batch began.
    await enqueueEffects(
      tx,
      this.#effectRequests.map((each) => ({
        ...each,
        urgency:
          each.incident === null ? each.urgency : priorityRank(this.#incidents.get(each.incident)!.state.priority),
      })),
      now,
    );
    await saveTruncationMarks(tx, [...this.#changedMarks]);
    await addNotices(
      tx,
      this.#effectRequests.flatMap(({ effect, incident }) =>
        effect.type === "chat.notices" && incident !== null ? [{ channel: effect.channel, incident }] : [],
      ),
      now,
    );
    await changeTimers(tx, this.#timers);
    await saveArrangements(tx, this.#arranged);
    await recordWakings(tx, this.#wakings, now);
    await forgetWakings(tx, this.#answeredPages);
    await finishCommands(tx, this.#done, now);
  }

  /** The lanes that have something new to do, each with its highest urgency. */
  get effectRequests(): readonly EffectRequest[] {
    return this.#effectRequests;
  }

  get timers(): readonly TimerChange[] {
    return this.#timers.map(({ change }) => change);
  }

  get events(): readonly { readonly incident: number; readonly event: Event }[] {
    return this.#events;
  }

  #place(stored: StoredIncident): void {
    const { number, key, route } = stored.state;
    this.#incidents.set(number, stored);
    if (number >= (this.#newestByKey.get(key) ?? 0)) this.#newestByKey.set(key, number);
    if (route.service === null || !gathersPeople(stored.state)) return;
    for (const key of [gatheringKey(route.service, route.team), gatheringKey(route.service, null)])
      if (number >= (this.#gathering.get(key) ?? 0)) this.#gathering.set(key, number);
  }
}

/** `team` null: any. */
function gatheringKey(service: string, team: string | null): string {
  return JSON.stringify([service, team]);
}

function idOf(alert: { readonly source: string; readonly fingerprint: string }): string {
  return `${alert.source} ${alert.fingerprint}`;
}
