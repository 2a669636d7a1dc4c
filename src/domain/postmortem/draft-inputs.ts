import type { MergedWords } from "./merged-words.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import type { ReviewRule } from "#domain/policy/review-due.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { AttemptedStep } from "./attempted-steps.ts";

/** An incident with the same signature that was before, and what was to be done after it. */
export type EarlierIncident = Pick<Incident, "number" | "title" | "peak" | "openedAt" | "resolvedAt"> & {
  readonly tasks: readonly Task[];
};

/** An alert's own description. */
export type AlertDescription = Pick<Alert, "labels" | "annotations">;

/** Another incident of the same service, and its follow-ups. */
export type ServiceBacklog = Pick<Incident, "number" | "title" | "tasks">;

/** Inputs of the draft beyond the incident's own events. */
export type DraftInputs = {
  readonly tried?: readonly AttemptedStep[];
  readonly earlier?: readonly EarlierIncident[];
  /** Other incidents of the service, with what was to be done after them. */
  readonly others?: readonly ServiceBacklog[];
  /** The first alert as its source describes it. */
  readonly first?: AlertDescription | null;
  /** Labels of its alerts, as many as are looked at. */
  readonly labels?: readonly AlertLabels[];
  /** What the service promises, in percent. */
  readonly slo?: number | null;
  /** When a postmortem is due. */
  readonly rule?: ReviewRule;
  /** Money for each minute of outage, of the service or else of the policy. */
  readonly revenue?: { readonly perMinute: number; readonly of: "service" | "policy" } | null;
  /** Where the dashboard is: evidence leads to the entries of the timeline there. Absent: to where each event came from. */
  readonly publicUrl?: string;
  readonly mergedWords?: readonly MergedWords[];
};
