import type { Incident } from "#domain/incident/incident.ts";
import type { RichText } from "#domain/values/rich-text.ts";
import type { Instant } from "#domain/values/language.ts";
import type { PeoplePorts, RunPorts } from "#ports/action-ports.ts";
import type { ProbeResult } from "#ports/cluster-workloads.ts";
import type { PagerAlarm } from "#ports/paging.ts";

/** What an action is given besides its intent. `key` names the step to the world outside: `RUN-3/restart`. */
export type ActionJob = {
  readonly ports: RunPorts;
  readonly people: PeoplePorts;
  readonly clock: () => Instant;
  readonly run: { readonly number: number; readonly title: string };
  /** Someone by the name of a team, a person or a group, so that they are called. */
  readonly mention: (to: string) => Promise<RichText>;
  /** The run's incident as it is now; null when it has none. */
  readonly incident: () => Promise<ActionIncident | null>;
  readonly key: string;
  /** When the step was first begun, and when its time ends. */
  readonly startedAt: Instant;
  readonly deadline: Instant;
  /** It may have been done before with this key: look first. */
  readonly again: boolean;
};

export type ActionIncident = {
  readonly state: Incident;
  /** The address of its page on the dashboard. */
  readonly page: string;
  /** What the pager has of it; empty for a private incident. */
  readonly alarms: readonly PagerAlarm[];
  /** Where people read when neither the incident nor its team has a channel. */
  readonly defaultChannel: string;
};

export type StepIntent = Readonly<Record<string, unknown>>;
export type ActionOutput = Readonly<Record<string, unknown>>;

/** What came of a step. `underway`: it goes on out there; look again in so many ms by what it was found as. */
export type ActionResult<O = ActionOutput> =
  | { readonly state: "done"; readonly output: O }
  | { readonly state: "underway"; readonly handle: unknown; readonly inMs: number }
  | { readonly state: "refused"; readonly says: string };

/** What a step would do, as it is written down before it is done. */
export type PlannedIntent<X = StepIntent> =
  | { readonly ok: true; readonly intent: X }
  | { readonly ok: false; readonly says: string };

/**
 * How an action is performed, for the engine, which has an intent as it is stored. `defineAction` checks each against
 * its schemas.
 */
export type ActionRunner = {
  readonly plan?: (input: StepIntent, job: ActionJob) => Promise<PlannedIntent>;
  readonly run: (intent: StepIntent, job: ActionJob) => Promise<ActionResult>;
  readonly follow?: (intent: StepIntent, handle: unknown, job: ActionJob) => Promise<ActionResult>;
  readonly probe: ((intent: StepIntent, job: ActionJob) => Promise<ProbeResult>) | null;
  readonly undo: ((intent: StepIntent, job: ActionJob) => Promise<ActionResult>) | null;
  readonly underway: "in the world" | "in a process" | "nowhere";
};

export function actionDone<O extends ActionOutput>(output: O): ActionResult<O> {
  return { state: "done", output };
}

export function actionRefused(detail: string): ActionResult<never> {
  return { state: "refused", says: detail };
}

/** The answer of an action that needs a setting no one has made. */
export function notSetUp(what: string, setting: string): ActionResult<never> {
  return actionRefused(`${what} is not set up: set ${setting}`);
}
