import { sql } from "drizzle-orm";
import { boolean, index, integer, json, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import type { Actor } from "#domain/values/language.ts";
import type {
  ApprovalRequest,
  RunEnding,
  JournalLine,
  VerificationProgress,
  Run,
  RunMode,
  RunPlan,
  RunState,
  StepOutcome,
  StepState,
} from "#domain/automation/run.ts";
import { instantColumn } from "./schema.ts";

/** Runbooks at work. `nextAt`: when someone has to look at it; while a worker has it, when that counts as abandoned. */
export const runsTable = pgTable(
  "runs",
  {
    number: integer().primaryKey(),
    incident: integer(),
    runbook: text().notNull(),
    sha: text().notNull(),
    mode: text().$type<RunMode>().notNull(),
    /** What it works on, and what the lock is called. */
    target: text().notNull(),
    labels: json().$type<Run["labels"]>().notNull(),
    alert: json().$type<NonNullable<Run["alert"]>>(),
    by: json().$type<Actor>(),
    systemic: boolean().notNull(),
    plan: json().$type<RunPlan>().notNull(),
    planHash: text().notNull(),
    state: text().$type<RunState>().notNull(),
    asked: json().$type<ApprovalRequest>(),
    proof: json().$type<VerificationProgress>(),
    ending: json().$type<RunEnding>(),
    reason: text().notNull().default(""),
    /** Raised by every claim: only the last claimant may write. */
    epoch: integer().notNull().default(0),
    urgency: smallint().notNull(),
    leaseUntil: instantColumn(),
    nextAt: instantColumn(),
    /** When someone is woken because it has not helped by then; null: no one will be, or someone was. */
    escalateAt: instantColumn(),
    /** Failure domains of its target, from its rows of the inventory. */
    domains: json().$type<readonly string[]>().notNull().default([]),
    wroteAt: instantColumn(),
    /** Whether it proved that its runbook helps; null: it has not ended, or a version without this column ended it. */
    proved: boolean(),
    createdAt: instantColumn().notNull(),
    startedAt: instantColumn(),
    finishedAt: instantColumn(),
  },
  (t) => [
    index("runs_due")
      .on(t.nextAt)
      .where(sql`next_at is not null`),
    index("runs_escalating")
      .on(t.escalateAt)
      .where(sql`escalate_at is not null`),
    index("runs_incident").on(t.incident, t.number),
    index("runs_runbook").on(t.runbook, t.number),
    index("runs_wrote")
      .on(t.wroteAt)
      .where(sql`wrote_at is not null`),
  ],
);

/** The journal of runs: what was begun with which intent, and what came of it. */
export const stepsTable = pgTable(
  "steps",
  {
    run: integer().notNull(),
    /** The step's place in the plan; -1 - i for the undoing of step i. */
    idx: smallint().notNull(),
    attempt: smallint().notNull(),
    state: text().$type<StepState>().notNull(),
    /** It changes a system, and counts against the budget. */
    writes: boolean().notNull(),
    idemKey: text().notNull(),
    epoch: integer().notNull(),
    intent: json().$type<JournalLine["intent"]>().notNull(),
    handle: json(),
    outcome: json().$type<StepOutcome>(),
    before: json().$type<readonly (number | null)[]>(),
    after: json().$type<readonly (number | null)[]>(),
    startedAt: instantColumn(),
    finishedAt: instantColumn(),
  },
  (t) => [
    primaryKey({ columns: [t.run, t.idx, t.attempt] }),
    index("steps_written")
      .on(t.startedAt)
      .where(sql`writes`),
  ],
);

/** The holder of a target. Held while a run is live, and while its outcome is unknown. */
export const runLocksTable = pgTable("run_locks", { key: text().primaryKey(), run: integer().notNull() });

/** Runs in a row that were not verified, and until when the runbook is kept from this target for it. */
export const breakersTable = pgTable(
  "breakers",
  { runbook: text().notNull(), target: text().notNull(), fails: integer().notNull(), openUntil: instantColumn() },
  (t) => [primaryKey({ columns: [t.runbook, t.target] })],
);

/** Where automation is off. `name` is "" for all. */
export const automationSwitchesTable = pgTable(
  "automation_switches",
  {
    scope: text().$type<"all" | "service" | "runbook">().notNull(),
    name: text().notNull(),
    by: json().$type<Actor>().notNull(),
    at: instantColumn().notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.name] })],
);

/** Words of runbooks: when a text was first loaded, and who wrote it, as far as that is known. */
export const runbookVersionsTable = pgTable(
  "runbook_versions",
  {
    runbook: text().notNull(),
    sha: text().notNull(),
    seenAt: instantColumn().notNull(),
    authors: json().$type<readonly string[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.runbook, t.sha] })],
);

/** What a step found, masked, where that was more than its line of the journal holds. */
export const stepOutputsTable = pgTable(
  "step_outputs",
  {
    run: integer().notNull(),
    idx: smallint().notNull(),
    attempt: smallint().notNull(),
    body: text().notNull(),
    cut: boolean().notNull(),
  },
  (t) => [primaryKey({ columns: [t.run, t.idx, t.attempt] })],
);
