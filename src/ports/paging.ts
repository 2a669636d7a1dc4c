import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Actor, Instant, Link, Priority } from "#domain/values/language.ts";

/** The recipients of a page, and what the pager should show them. */
export type PageRequest = {
  /** Stable for an alarm: asking twice pages once. */
  readonly dedupKey: string;
  readonly to: string;
  readonly people: readonly string[];
  /** The team whose alarm it is: it may have a pager of its own. */
  readonly team: string | null;
  /** Where it is opened: as `placeOf` answered when it was first asked for. Absent or null: where the team's are now. */
  readonly place?: string | null;
  readonly priority: Priority;
  readonly incident: string;
  readonly summary: string;
  readonly source: string;
  readonly url: string;
  readonly links: readonly Link[];
  /** What else is known, by name: counts, the alerts, why this priority. The first to go when it is too much. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** An alarm that the pager has. `place`: where it was opened, as the pager answered then; absent or null when unknown. */
export type PagerAlarm = { readonly dedupKey: string; readonly team: string | null; readonly place?: string | null };

/** More people for an alarm that the pager has already. */
export type PageReinforcement = {
  /** By their names in the policy; no one: the next level of the pager's own policy. */
  readonly people: readonly string[];
  /** The level of that policy, from 1. */
  readonly level: number;
  readonly message: string;
  /** Makes it once. */
  readonly key: string;
};

/** A shift as the pager has it. `id` is the person's there. */
export type PagerShift = {
  readonly id: string;
  readonly email: string | null;
  readonly from: Instant;
  readonly until: Instant;
};

/** What the pager's page of an alarm shows besides: where people meet, and how bad it is. */
export type AlarmDescription = { readonly link: Link | null; readonly priority: Priority };

/** What happened to an alarm of ours at the pager, as a command for its incident. */
export type PagerEvent = {
  readonly incident: number;
  readonly command: IncidentCommand;
  readonly actor: Actor;
  readonly at: Instant;
  /** Where it can be seen there. */
  readonly evidence: string | null;
};

/** What is known here when the pager reports something. */
export type PagerEventContext = {
  readonly policy: Policy;
  readonly now: Instant;
  readonly incident: (number: number) => Promise<Incident | null>;
};

/** `at` null: it does not say when. */
export type PagerEventOutline = { readonly id: string; readonly needsLookup: boolean; readonly at: Instant | null };

/** Wakes people. Every method rejects with PortError and nothing else, and doing one twice is doing it once. */
export interface Paging {
  /** For the log and the metrics: "pagerduty", "dry-run". */
  readonly name: string;
  /** What people call it: "PagerDuty". */
  readonly title: string;
  /** It only logs: it wakes no one. */
  readonly isDryRun?: true;
  /** It takes notes of incidents that have no alarm: that of a runbook's tests. */
  readonly takesAnyNote?: true;
  /**
   * Starts an alarm, and answers where: which of its services, or null when it has one only. What is done with the alarm
   * later is done there, also when its team has another place by then, or is gone.
   */
  trigger(page: PageRequest): Promise<string | null>;
  /**
   * Where an alarm of a team is opened now, without asking anyone; null when it has one place only, or none for the team. It is
   * written down before an alarm is asked for: when that answer is lost, the alarm may be there, and is asked for there again.
   */
  placeOf(team: string | null): string | null;
  acknowledge(alarm: PagerAlarm): Promise<void>;
  resolve(alarm: PagerAlarm): Promise<void>;
  /**
   * Whether the pager has something open, or had, for an alarm that it took: what it takes it may drop, because of
   * maintenance or a rule. null where that cannot be asked.
   */
  hasAlarm(alarm: PagerAlarm): Promise<boolean | null>;
  /** Writes something on the pager's own page of an alarm; does nothing where that is not set up. `key` makes it once. */
  annotate(alarm: PagerAlarm, text: string, key: string): Promise<void>;
  /** Calls more people to an alarm that is open. false: that cannot be asked here; start an alarm of its own. */
  reinforce(alarm: PagerAlarm, wanted: PageReinforcement): Promise<boolean>;
  /** Makes the pager's page of an alarm show this; does nothing where that is not set up. */
  describe(alarm: PagerAlarm, description: AlarmDescription): Promise<void>;
  /** Whether it wakes people of its own choice when a page of a team names no one; null: of incidents without a team. */
  choosesPeople(team: string | null): boolean;
  /**
   * What the pager sent to our door, at a glance, without asking anyone: its own id of the event, which is the same however
   * often it is sent, when it happened by the pager's account, and whether the pager has to be asked to understand it.
   * null: it is nothing for us.
   */
  outlineEvent(raw: string): PagerEventOutline | null;
  /** Reads what the pager sent to our door; null when it is nothing for us. It may ask the pager about it first. */
  readEvent(raw: string, known: PagerEventContext): Promise<PagerEvent | null>;
  /** The shifts of a schedule that the pager keeps; null where that is not set up. */
  oncalls(schedule: string, from: Instant, until: Instant): Promise<readonly PagerShift[] | null>;
}
