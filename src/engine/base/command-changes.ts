import type { TruncationMark } from "#domain/alerting/truncation.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { ServiceOfTeam, StoredIncident } from "#db/incidents.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { ArrangementChange } from "#domain/incident/arrangement.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Instant } from "#domain/values/language.ts";

/** What one command changed. Put in the unit of work as a whole or not at all. */
export type CommandChanges = {
  readonly alerts: readonly Alert[];
  /** All alerts of one incident go to another, or those that came from it go back. */
  readonly moves: readonly AlertMove[];
  readonly marks: readonly TruncationMark[];
  readonly incidents: readonly {
    readonly stored: StoredIncident;
    readonly events: readonly Event[];
    readonly timers: readonly TimerChange[];
  }[];
  readonly effects: readonly EffectRequest[];
  /** What was arranged that is about no incident. */
  readonly arranged: readonly ArrangementChange[];
};

export type AlertMove = { readonly from: number; readonly to: number; readonly back: boolean };

/** What a batch of commands will need from the database. */
export type BatchNeeds = {
  readonly alerts: readonly { readonly source: string; readonly fingerprint: string }[];
  readonly keys: readonly string[];
  /** Services of alerts, each with the alert's team. */
  readonly services: readonly ServiceOfTeam[];
  readonly incidents: readonly number[];
  /** Incidents of which each alert that fires must be known. */
  readonly firing: readonly number[];
  /** The same, where escalations of several teams run. */
  readonly firingOfTeams: readonly number[];
  /** Alerts whose end may be the last of their team. */
  readonly resolved: readonly { readonly source: string; readonly fingerprint: string }[];
  readonly groups: readonly { readonly source: string; readonly group: string }[];
  /** Pages that woke people are counted from then on, as long as they are unanswered. */
  readonly wokenSince: Instant;
  /** How many incidents opened since when matter for a storm; null: there are no storms. */
  readonly storm: { readonly incidents: number; readonly since: Instant } | null;
  readonly now: Instant;
};
