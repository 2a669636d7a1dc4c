import { z } from "zod";
import { DAY_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";

const DEFAULT_MS = 30 * DAY_MS;
/** The database refuses to delete younger entries of the audit log. */
const AUDIT_LEAST_MS = 30 * DAY_MS;

/** A day at least: what was done an hour ago is still asked about by keys. */
const Kept = DurationText.refine((ms) => ms >= DAY_MS, "expected 1d or more").default(DEFAULT_MS);

/** How long what is no part of an incident's record is kept, by its kind. Incidents, alerts, timelines and postmortems stay. */
export const RetentionPolicy = z
  .strictObject({
    /** Commands that were decided; those that failed stay until someone deals with them. */
    commands: Kept,
    /** Requests to the outside world that were done or dropped, and what was noted about their pace and their retries. */
    effects: Kept,
    /** Whole outputs of runbooks' steps, from when the run ended. */
    stepOutputs: Kept,
    /** Refused alerts that no one dealt with. */
    refusedAlerts: Kept,
    /** Silences, shifts of the pager and sessions of the dashboard, from when they ended. */
    arrangements: Kept,
    /** The audit log; null: for ever. */
    audit: DurationText.refine((ms) => ms >= AUDIT_LEAST_MS, "expected 30d or more")
      .nullable()
      .default(null),
  })
  .prefault({});
export type RetentionPolicy = z.output<typeof RetentionPolicy>;

/** What is kept how long where the policy sets nothing. */
export const DEFAULT_RETENTION: RetentionPolicy = RetentionPolicy.parse({});
