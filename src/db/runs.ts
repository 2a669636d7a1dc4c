import { and, asc, desc, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";
import { escalationDeadline } from "#domain/automation/overdue-run.ts";
import type { NewRun } from "#domain/automation/run-start.ts";
import { RUN_ENDS, type JournalLine, type Run } from "#domain/automation/run.ts";
import { bulkInsert } from "./bulk-insert.ts";
import { isPrivateSql } from "./incidents.ts";
import { incidentsTable } from "./schema.ts";
import { runsTable, stepsTable, stepOutputsTable } from "./run-schema.ts";
import type { QueryExecutor } from "./client.ts";

const RUN_LOCK = 7_315_003;
const QUESTIONS_LOCK = 7_315_005;
const ms = (time: Date | null): Instant | null => time?.getTime() ?? null;

/** Begins runs, numbered without gaps; one that is alive already for the same incident, runbook and target is not begun again. */
export async function insertRuns(tx: QueryExecutor, wanted: readonly NewRun[], now: Instant): Promise<number[]> {
  if (wanted.length === 0) return [];
  await tx.execute(sql`select pg_advisory_xact_lock(${RUN_LOCK})`);
  const { rows } = await tx.execute<{ last: number }>(sql`select coalesce(max(number), 0)::integer as last from runs`);
  let last = rows[0]?.last ?? 0;
  const made: Readonly<Record<string, unknown>>[] = [];
  for (const run of wanted) {
    const twin = await tx
      .select({ number: runsTable.number })
      .from(runsTable)
      .where(
        and(
          eq(runsTable.runbook, run.runbook),
          eq(runsTable.target, run.target),
          run.incident === null ? sql`${runsTable.incident} is null` : eq(runsTable.incident, run.incident),
          notInArray(runsTable.state, [...RUN_ENDS]),
        ),
      )
      .limit(1);
    if (twin.length > 0) continue;
    made.push({
      ...run,
      number: ++last,
      state: "planned",
      epoch: 0,
      reason: "",
      nextAt: now,
      escalateAt: escalationDeadline(run, now),
      createdAt: now,
    });
  }
  if (made.length > 0) await tx.execute(bulkInsert(runsTable, made));
  return made.map(({ number }) => number as number);
}

export async function loadRuns(db: QueryExecutor, numbers: readonly number[]): Promise<Run[]> {
  if (numbers.length === 0) return [];
  return (
    await db
      .select()
      .from(runsTable)
      .where(inArray(runsTable.number, [...numbers]))
      .orderBy(asc(runsTable.urgency), asc(runsTable.number))
  ).map(toRun);
}

/** A run for its writer; null when someone has claimed it since `epoch`. `epoch` null: a person, who may always. */
export async function lockRun(tx: QueryExecutor, number: number, epoch: number | null): Promise<Run | null> {
  const [row] = await tx
    .select()
    .from(runsTable)
    .where(and(eq(runsTable.number, number), ...(epoch === null ? [] : [eq(runsTable.epoch, epoch)])))
    .for("update");
  return row === undefined ? null : toRun(row);
}

export type RunChange = Partial<
  Pick<
    Run,
    | "state"
    | "systemic"
    | "asked"
    | "proof"
    | "ending"
    | "reason"
    | "leaseUntil"
    | "nextAt"
    | "escalateAt"
    | "wroteAt"
    | "startedAt"
    | "finishedAt"
  >
> & { readonly proved?: boolean };

/** Writes a run that is locked. */
export async function updateRun(tx: QueryExecutor, number: number, change: RunChange): Promise<void> {
  const { leaseUntil, nextAt, escalateAt, wroteAt, startedAt, finishedAt, ...rest } = change;
  await tx
    .update(runsTable)
    .set({
      ...rest,
      leaseUntil: columnTime(leaseUntil),
      nextAt: columnTime(nextAt),
      escalateAt: columnTime(escalateAt),
      wroteAt: columnTime(wroteAt),
      startedAt: columnTime(startedAt),
      finishedAt: columnTime(finishedAt),
    })
    .where(eq(runsTable.number, number));
}

/** An instant as a column takes it; undefined leaves the column as it is. */
function columnTime(at: Instant | null | undefined): Date | null | undefined {
  return at == null ? at : new Date(at);
}

/**
 * Taken before any run is locked by a transaction that may change several: runs that share a question are changed by
 * one at a time.
 */
export async function lockApprovals(tx: QueryExecutor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${QUESTIONS_LOCK})`);
}

/** Runs of a runbook that ask for others too, locked. Searched as text: as JSON, PostgreSQL would refuse what names may hold. */
export async function lockGroupApprovals(tx: QueryExecutor, runbook: string): Promise<Run[]> {
  const found = await tx
    .select()
    .from(runsTable)
    .where(
      and(
        eq(runsTable.runbook, runbook),
        eq(runsTable.state, "waiting-approval"),
        sql`${runsTable.ending} is null`,
        sql`position('"over"' in ${runsTable.asked}::text) > 0`,
      ),
    )
    .orderBy(asc(runsTable.number))
    .for("update");
  return found.map(toRun);
}

export type RunFilter = {
  readonly incident?: number;
  readonly runbook?: string;
  readonly live?: boolean;
  /** false: without those of private incidents. */
  readonly private?: false;
  readonly limit: number;
};

/** Runs, newest first. */
export async function listRuns(db: QueryExecutor, filter: RunFilter): Promise<Run[]> {
  const { incident, runbook, live, limit } = filter;
  const where = and(
    ...(incident === undefined ? [] : [eq(runsTable.incident, incident)]),
    ...(runbook === undefined ? [] : [eq(runsTable.runbook, runbook)]),
    ...(live === true ? [notInArray(runsTable.state, [...RUN_ENDS])] : []),
    ...(filter.private === false
      ? [
          sql`not exists (select 1 from ${incidentsTable} where ${incidentsTable.number} = ${runsTable.incident} and ${isPrivateSql})`,
        ]
      : []),
  );
  return (await db.select().from(runsTable).where(where).orderBy(desc(runsTable.number)).limit(limit)).map(toRun);
}

/** The latest run of each runbook for an incident, however often another one ran; the runbook that ran first is the first. */
export async function latestRuns(db: QueryExecutor, incident: number): Promise<Run[]> {
  const { rows } = await db.execute<{ number: number }>(
    sql`select max(number)::integer as number from runs where incident = ${incident} group by runbook order by min(number)`,
  );
  const numbers = rows.map(({ number }) => number);
  const runs = await loadRuns(db, numbers);
  return runs.toSorted((a, b) => numbers.indexOf(a.number) - numbers.indexOf(b.number));
}

/** The journal of runs, in the order of the plan. */
export async function loadJournal(db: QueryExecutor, numbers: readonly number[]): Promise<JournalLine[]> {
  if (numbers.length === 0) return [];
  const rows = await db
    .select()
    .from(stepsTable)
    .where(inArray(stepsTable.run, [...numbers]))
    .orderBy(asc(stepsTable.run), asc(stepsTable.idx), asc(stepsTable.attempt));
  return rows.map(({ writes: _writes, startedAt, finishedAt, ...row }) => ({
    ...row,
    handle: row.handle ?? null,
    startedAt: ms(startedAt),
    finishedAt: ms(finishedAt),
  }));
}

/** Adds a line to the journal. A second one for the same attempt is refused by the database. */
export async function addJournalLine(
  tx: QueryExecutor,
  line: JournalLine & { readonly writes: boolean },
): Promise<void> {
  await tx.execute(bulkInsert(stepsTable, [line]));
}

export type JournalLineChange = Partial<
  Pick<JournalLine, "state" | "handle" | "outcome" | "after" | "finishedAt" | "epoch" | "startedAt">
>;

/** Changes a line that no one with a later epoch has taken over; false: someone has. */
export async function updateJournalLine(
  tx: QueryExecutor,
  line: Pick<JournalLine, "run" | "idx" | "attempt">,
  epoch: number,
  change: JournalLineChange,
): Promise<boolean> {
  const { finishedAt, startedAt, ...rest } = change;
  const times = {
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt === null ? null : new Date(finishedAt) }),
    ...(startedAt === undefined ? {} : { startedAt: startedAt === null ? null : new Date(startedAt) }),
  };
  const changed = await tx
    .update(stepsTable)
    .set({ ...rest, ...times })
    .where(
      and(
        eq(stepsTable.run, line.run),
        eq(stepsTable.idx, line.idx),
        eq(stepsTable.attempt, line.attempt),
        sql`${stepsTable.epoch} <= ${epoch}`,
      ),
    )
    .returning({ run: stepsTable.run });
  return changed.length > 0;
}

/** A run as its row has it. */
export function toRun({
  leaseUntil,
  nextAt,
  escalateAt,
  wroteAt,
  createdAt,
  startedAt,
  finishedAt,
  ...row
}: typeof runsTable.$inferSelect): Run {
  const times = {
    leaseUntil: ms(leaseUntil),
    nextAt: ms(nextAt),
    escalateAt: ms(escalateAt),
    wroteAt: ms(wroteAt),
    createdAt: createdAt.getTime(),
  };
  return { ...row, ...times, startedAt: ms(startedAt), finishedAt: ms(finishedAt) };
}

/** An attempt at a step. */
export type StepAttempt = { readonly run: number; readonly idx: number; readonly attempt: number };

/** Keeps the whole of what a step found, beside its line of the journal. */
export async function saveStepOutput(
  tx: QueryExecutor,
  { run, idx, attempt }: StepAttempt,
  body: string,
  cut: boolean,
): Promise<void> {
  await tx.insert(stepOutputsTable).values({ run, idx, attempt, body, cut }).onConflictDoNothing();
}

/** The attempts of a run of which there is more than its journal has. */
export async function listStepOutputs(db: QueryExecutor, run: number): Promise<readonly StepAttempt[]> {
  const { idx, attempt } = stepOutputsTable;
  return (
    await db
      .select({ idx, attempt })
      .from(stepOutputsTable)
      .where(eq(stepOutputsTable.run, run))
      .orderBy(asc(idx), asc(attempt))
  ).map((each) => ({
    run,
    ...each,
  }));
}

export async function loadStepOutput(db: QueryExecutor, { run, idx, attempt }: StepAttempt): Promise<string | null> {
  const [row] = await db
    .select({ body: stepOutputsTable.body, cut: stepOutputsTable.cut })
    .from(stepOutputsTable)
    .where(and(eq(stepOutputsTable.run, run), eq(stepOutputsTable.idx, idx), eq(stepOutputsTable.attempt, attempt)));
  return row === undefined ? null : row.cut ? `${row.body}\n… cut here` : row.body;
}
