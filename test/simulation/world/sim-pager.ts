import type { Actor, Instant } from "#domain/values/language.ts";
import type { PagerNews } from "./pager-news.ts";

/**
 * How the pager is: it takes pages; refuses them for good; cannot be reached; takes them and wakes no one; wakes people and
 * answers minutes later.
 */
export type PagerMood = "up" | "refuses" | "down" | "maintenance" | "late";

/** An alarm that a page opened in the pager. */
export type SimAlarm = {
  readonly page: string;
  readonly incident: number;
  /** The routing key that it was opened with: who uses another does not find it. */
  readonly place: string;
  status: "open" | "acknowledged" | "resolved";
  /** When it rings again, by a snooze; null: it was not snoozed. */
  snoozedUntil: Instant | null;
};

/** What Muster does with an alarm. */
export type AlarmEnd = "acknowledged" | "resolved";

/** What the pager needs of its world: its webhooks go there. */
type PagerWorld = { now(): Instant; readonly news: PagerNews };

const SERVICE: Actor = { kind: "source", id: "pagerduty", name: "PagerDuty" };

/** A simulated pager: alarms that people acknowledge, snooze and merge there, that time out and resolve by themselves. */
export class SimPager {
  mood: PagerMood = "up";
  readonly alarms = new Map<string, SimAlarm>();
  readonly #world: PagerWorld;
  /** How often the routing key of each team was changed. */
  readonly #keys = new Map<string, number>();

  constructor(world: PagerWorld) {
    this.#world = world;
  }

  open(): readonly SimAlarm[] {
    return [...this.alarms.values()].filter(({ status }) => status === "open");
  }

  acknowledged(): readonly SimAlarm[] {
    return [...this.alarms.values()].filter(({ status }) => status === "acknowledged");
  }

  unresolved(): readonly SimAlarm[] {
    return [...this.alarms.values()].filter(({ status }) => status !== "resolved");
  }

  changes(mood: PagerMood): string | null {
    if (mood === this.mood) return null;
    this.mood = mood;
    return {
      up: "the pager works",
      refuses: "the pager refuses pages",
      down: "the pager cannot be reached",
      maintenance: "the pager's service is in maintenance",
      late: "the pager answers minutes late",
    }[mood];
  }

  /** The routing key of a team, or of all that have none. */
  placeOf(team: string | null): string {
    return `${team ?? "all"} ${this.#keys.get(team ?? "all") ?? 0}`;
  }

  /** A team has another routing key. Alarms stay under the one that they were opened with. */
  changesKey(team: string): void {
    this.#keys.set(team, (this.#keys.get(team) ?? 0) + 1);
  }

  /** Muster asks for an alarm; asking twice is asking once. */
  trigger(page: string, incident: number, place: string): void {
    const takes = this.mood === "up" || this.mood === "late";
    if (takes && !this.alarms.has(page))
      this.alarms.set(page, { page, incident, place, status: "open", snoozedUntil: null });
  }

  /** Muster acknowledges or closes an alarm. What is of another routing key is taken, and means nothing. */
  ends(page: string, place: string, how: AlarmEnd): void {
    const alarm = this.alarms.get(page);
    if (alarm?.place === place && (how === "resolved" || alarm.status === "open")) alarm.status = how;
  }

  acknowledges(alarm: SimAlarm, by: Actor): string {
    alarm.status = "acknowledged";
    return `${by.name} acknowledges the alarm of ${alarm.page} → ${this.#world.news.receives(alarm, "acknowledged", "acknowledged there", by)}`;
  }

  /** An alarm is snoozed: acknowledged, until it rings again. */
  snoozes(alarm: SimAlarm, ms: number, by: Actor): string {
    alarm.snoozedUntil = this.#world.now() + ms;
    return `${by.name} snoozes it: ${this.acknowledges(alarm, by)}`;
  }

  timesOut(alarm: SimAlarm): string {
    alarm.status = "open";
    alarm.snoozedUntil = null;
    return `the pager's acknowledgement of ${alarm.page} times out → ${this.#world.news.receives(alarm, "unacknowledged", "the acknowledgement timed out", SERVICE)}`;
  }

  resolvesByItself(alarm: SimAlarm): string {
    alarm.status = "resolved";
    return `the pager resolves ${alarm.page} by itself → ${this.#world.news.receives(alarm, "resolved", "resolved automatically", SERVICE)}`;
  }

  /** A person resolves an alarm there, where no reason is asked. */
  resolves(alarm: SimAlarm, by: Actor): string {
    alarm.status = "resolved";
    return `${by.name} resolves ${alarm.page} → ${this.#world.news.receives(alarm, "resolved", "resolved there", by)}`;
  }

  merges(from: SimAlarm, into: SimAlarm, by: Actor): string {
    from.status = "resolved";
    return `${by.name} merges ${from.page} into ${into.page} → ${this.#world.news.receivesMerge(from, into, by)}`;
  }

  /** When a snoozed alarm rings again; null: none will. */
  nextDue(): Instant | null {
    const due = Math.min(...this.acknowledged().map(({ snoozedUntil }) => snoozedUntil ?? Infinity));
    return due === Infinity ? null : due;
  }

  /** Alarms whose snooze has ended ring again. */
  ringsDue(): readonly string[] {
    const due = this.acknowledged().filter(
      ({ snoozedUntil }) => snoozedUntil !== null && snoozedUntil <= this.#world.now(),
    );
    return due.map((alarm) => this.timesOut(alarm));
  }
}
