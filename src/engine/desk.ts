import { loadAlerts, saveAlerts } from "#db/alerts.ts";
import type { Executor } from "#db/client.ts";
import { finishCommands } from "#db/commands.ts";
import { wish, type Wish } from "#db/effects.ts";
import { appendEvents } from "#db/events.ts";
import { byNumber, lastNumber, newestByKey, openByService, saveIncidents, type StoredIncident } from "#db/incidents.ts";
import { changeTimers } from "#db/timers.ts";
import type { Alert } from "#domain/alert.ts";
import type { TimerChange } from "#domain/effect.ts";
import type { Event } from "#domain/event.ts";
import { isOpen, urgencyOf, type Instant } from "#domain/language.ts";

/** What one command changed. Put on the desk as a whole or not at all. */
export type Outcome = {
  readonly alerts: readonly Alert[];
  readonly incidents: readonly { readonly stored: StoredIncident; readonly events: readonly Event[]; readonly timers: readonly TimerChange[] }[];
  readonly wishes: readonly Wish[];
};

/** What a batch of commands will need from the database. */
export type Needs = {
  readonly alerts: readonly { readonly source: string; readonly fingerprint: string }[];
  readonly keys: readonly string[];
  readonly services: readonly string[];
  readonly incidents: readonly number[];
};

/**
 * The working set of one transaction: loaded in a handful of queries however many commands there are, changed in
 * memory, written back in a handful more. Commands later in the batch see what earlier ones did.
 */
export class Desk {
  readonly #alerts = new Map<string, Alert>();
  readonly #incidents = new Map<number, StoredIncident>();
  readonly #newestByKey = new Map<string, number>();
  readonly #openByService = new Map<string, number>();
  readonly #changedAlerts = new Set<string>();
  readonly #changedIncidents = new Set<number>();
  readonly #events: { incident: number; event: Event }[] = [];
  readonly #timers: { incident: number; change: TimerChange }[] = [];
  readonly #wishes: Wish[] = [];
  readonly #done: { id: number; outcome: string }[] = [];
  #lastNumber = 0;

  /** Loads all that the batch may touch, and nothing that grows with what is stored. */
  static async load(tx: Executor, needs: Needs): Promise<Desk> {
    const desk = new Desk();
    desk.#lastNumber = await lastNumber(tx);
    for (const alert of await loadAlerts(tx, needs.alerts)) desk.#alerts.set(idOf(alert), alert);
    for (const stored of await newestByKey(tx, unique(needs.keys))) desk.#place(stored);
    for (const stored of await openByService(tx, unique(needs.services))) desk.#place(stored);
    const homes = [...desk.#alerts.values()].map((alert) => alert.incident).filter((number) => number !== null);
    const more = unique([...needs.incidents, ...homes]).filter((number) => !desk.#incidents.has(number));
    for (const stored of await byNumber(tx, more)) desk.#incidents.set(stored.state.number, stored);
    return desk;
  }

  alert(source: string, fingerprint: string): Alert | null {
    return this.#alerts.get(idOf({ source, fingerprint })) ?? null;
  }

  incident(number: number): StoredIncident | null {
    return this.#incidents.get(number) ?? null;
  }

  newestOfKey(key: string): StoredIncident | null {
    const number = this.#newestByKey.get(key);
    return number === undefined ? null : this.incident(number);
  }

  openOfService(service: string): StoredIncident | null {
    const number = this.#openByService.get(service);
    const stored = number === undefined ? null : this.incident(number);
    return stored !== null && isOpen(stored.state.status) ? stored : null;
  }

  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Takes over what a command changed. */
  put({ alerts, incidents, wishes }: Outcome): void {
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
      for (const change of timers) this.#timers.push({ incident: number, change });
    }
    this.#wishes.push(...wishes);
  }

  done(id: number, outcome: string): void {
    this.#done.push({ id, outcome });
  }

  /** Writes everything back. */
  async save(tx: Executor, now: Instant): Promise<void> {
    await saveAlerts(
      tx,
      [...this.#changedAlerts].map((id) => this.#alerts.get(id)!),
    );
    await saveIncidents(
      tx,
      [...this.#changedIncidents].map((number) => this.#incidents.get(number)!),
    );
    await appendEvents(tx, this.#events);
    // The urgency of an effect is that of its incident as it is now, not as it was when the batch began.
    await wish(
      tx,
      this.#wishes.map((each) => ({ ...each, urgency: each.incident === null ? each.urgency : urgencyOf(this.#incidents.get(each.incident)!.state.priority) })),
      now,
    );
    await changeTimers(tx, this.#timers);
    await finishCommands(tx, this.#done, now);
  }

  /** The lanes that have something new to do, each with its highest urgency. */
  get wishes(): readonly Wish[] {
    return this.#wishes;
  }

  get timers(): readonly TimerChange[] {
    return this.#timers.map(({ change }) => change);
  }

  get events(): readonly { readonly incident: number; readonly event: Event }[] {
    return this.#events;
  }

  #place(stored: StoredIncident): void {
    const { number, key, route, status } = stored.state;
    this.#incidents.set(number, stored);
    if (number >= (this.#newestByKey.get(key) ?? 0)) this.#newestByKey.set(key, number);
    if (route.service !== null && isOpen(status) && number >= (this.#openByService.get(route.service) ?? 0)) this.#openByService.set(route.service, number);
  }
}

function idOf(alert: { readonly source: string; readonly fingerprint: string }): string {
  return `${alert.source} ${alert.fingerprint}`;
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}
