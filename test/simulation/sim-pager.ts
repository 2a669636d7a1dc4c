import type { Actor, PagerUpdate } from "#domain/values/language.ts";

/** How the pager is: it takes pages; refuses them for good; cannot be reached; takes them and wakes no one. */
export type PagerMood = "up" | "refuses" | "down" | "maintenance";

/** An alarm that a page opened in the pager. */
export type SimAlarm = {
  readonly page: string;
  readonly incident: number;
  status: "open" | "acknowledged" | "resolved";
};

/** What the pager needs of its world: its webhooks go there. */
type PagerWorld = { receives(incident: number, page: string, what: PagerUpdate, text: string, by: Actor): string };

const SERVICE: Actor = { kind: "source", id: "pagerduty", name: "PagerDuty" };

/** A simulated pager: alarms that people acknowledge there, that time out and resolve by themselves. */
export class SimPager {
  mood: PagerMood = "up";
  readonly alarms = new Map<string, SimAlarm>();
  readonly #world: PagerWorld;

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
    }[mood];
  }

  /** Muster asks for an alarm. */
  trigger(page: string, incident: number): void {
    if (this.mood === "up") this.alarms.set(page, { page, incident, status: "open" });
  }

  acknowledges(alarm: SimAlarm, by: Actor): string {
    alarm.status = "acknowledged";
    return `${by.name} acknowledges the alarm of ${alarm.page} → ${this.#world.receives(alarm.incident, alarm.page, "acknowledged", "acknowledged there", by)}`;
  }

  timesOut(alarm: SimAlarm): string {
    alarm.status = "open";
    return `the pager's acknowledgement of ${alarm.page} times out → ${this.#world.receives(alarm.incident, alarm.page, "unacknowledged", "the acknowledgement timed out", SERVICE)}`;
  }

  resolvesByItself(alarm: SimAlarm): string {
    alarm.status = "resolved";
    return `the pager resolves ${alarm.page} by itself → ${this.#world.receives(alarm.incident, alarm.page, "resolved", "resolved automatically", SERVICE)}`;
  }
}
