import { and, asc, desc, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { Instant } from "#domain/language.ts";
import { RUN_ENDS, type Journalled, type Run } from "#domain/run.ts";
import { insertAll } from "./bulk.ts";
import type { Executor } from "./client.ts";
import { runs, steps } from "./schema.ts";

const RUN_LOCK = 7_315_003;
const QUESTIONS_LOCK = 7_315_005;
const at = (now: Instant) => sql`${new Date(now).toISOString()}::timestamptz`;
const ms = (time: Date | null): Instant | null => time?.getTime() ?? null;

/** What a run is before it has done anything. */
export type NewRun = Pick<
  Run,
  "incident" | "runbook" | "sha" | "mode" | "target" | "labels" | "alert" | "by" | "systemic" | "plan" | "planHash" | "urgency" | "domains"
>;

/** Begins runs, numbered without gaps; one that is alive already for the same incident, runbook and target is not begun again. */
export async function beginRuns(tx: Executor, wanted: readonly NewRun[], now: Instant): Promise<number[]> {
  if (wanted.length === 0) return [];
  await tx.execute(sql`select pg_advisory_xact_lock(${RUN_LOCK})`);
  const { rows } = await tx.execute<{ last: number }>(sql`select coalesce(max(number), 0)::integer as last from runs`);
  let last = rows[0]?.last ?? 0;
  const made: Readonly<Record<string, unknown>>[] = [];
  for (const run of wanted) {
    const twin = await tx
      .select({ number: runs.number })
      .from(runs)
      .where(
        and(
          eq(runs.runbook, run.runbook),
          eq(runs.target, run.target),
          run.incident === null ? sql`${runs.incident} is null` : eq(runs.incident, run.incident),
          notInArray(runs.state, [...RUN_ENDS]),
        ),
      )
      .limit(1);
    if (twin.length > 0 || made.some((each) => each["runbook"] === run.runbook && each["target"] === run.target && each["incident"] === run.incident)) continue;
    made.push({ ...run, number: ++last, state: "planned", epoch: 0, reason: "", nextAt: now, escalateAt: deadline(run, now), createdAt: now });
  }
  if (made.length > 0) await tx.execute(insertAll(runs, made));
  return made.map(({ number }) => number as number);
}

/** When people are woken for a run that has not helped by then. Only an incident can wake anybody. */
function deadline({ incident, plan }: NewRun, now: Instant): Instant | null {
  return incident === null || plan.escalate === null ? null : now + plan.escalate.after;
}

/** Takes the deadlines that are over, each once; to be told of in the same transaction. */
export async function takeDeadlines(tx: Executor, now: Instant): Promise<Run[]> {
  const due = await tx
    .select()
    .from(runs)
    .where(sql`escalate_at <= ${at(now)}`)
    .orderBy(asc(runs.urgency), asc(runs.number))
    .limit(100)
    .for("update", { skipLocked: true });
  if (due.length > 0)
    await tx
      .update(runs)
      .set({ escalateAt: null })
      .where(
        inArray(
          runs.number,
          due.map(({ number }) => number),
        ),
      );
  return due.map(toRun);
}

/** Takes runs that are due, the most urgent first, for `lease` ms. Whoever had one before is fenced from now on. */
export async function claimRuns(db: Executor, limit: number, now: Instant, lease: number): Promise<Run[]> {
  const { rows } = await db.execute<{ number: number }>(
    sql`update runs set epoch = runs.epoch + 1, lease_until = ${at(now + lease)}, next_at = ${at(now + lease)}
      from (select number from runs where next_at <= ${at(now)} order by urgency, next_at limit ${limit} for update skip locked) as due
      where runs.number = due.number returning runs.number`,
  );
  return rows.length === 0 ? [] : runsOf(db, [...rows.map(({ number }) => number)]);
}

/** When the next run is due, or null. */
export async function nextRun(db: Executor): Promise<Instant | null> {
  const { rows } = await db.execute<{ due: string | null }>(sql`select min(next_at)::text as due from runs`);
  return rows[0]?.due ? Date.parse(rows[0].due) : null;
}

export async function runsOf(db: Executor, numbers: readonly number[]): Promise<Run[]> {
  if (numbers.length === 0) return [];
  return (
    await db
      .select()
      .from(runs)
      .where(inArray(runs.number, [...numbers]))
      .orderBy(asc(runs.urgency), asc(runs.number))
  ).map(toRun);
}

/** A run for its writer; null when somebody has claimed it since `epoch`. `epoch` null: a person, who may always. */
export async function lockRun(tx: Executor, number: number, epoch: number | null): Promise<Run | null> {
  const [row] = await tx
    .select()
    .from(runs)
    .where(and(eq(runs.number, number), ...(epoch === null ? [] : [eq(runs.epoch, epoch)])))
    .for("update");
  return row === undefined ? null : toRun(row);
}

export type RunChange = Partial<
  Pick<Run, "state" | "systemic" | "asked" | "proof" | "ending" | "reason" | "leaseUntil" | "nextAt" | "escalateAt" | "wroteAt" | "startedAt" | "finishedAt">
>;

const TIMES = ["leaseUntil", "nextAt", "escalateAt", "wroteAt", "startedAt", "finishedAt"] as const;

/** Writes a run that is locked. */
export async function changeRun(tx: Executor, number: number, change: RunChange): Promise<void> {
  const times = Object.fromEntries(
    TIMES.flatMap((name) => (change[name] === undefined ? [] : [[name, change[name] === null ? null : new Date(change[name]!)]])),
  );
  await tx
    .update(runs)
    .set({ ...change, ...times } as never)
    .where(eq(runs.number, number));
}

/** Makes live runs of incidents due: something has happened that they should know of. */
export async function wakeRuns(tx: Executor, incidents: readonly number[], now: Instant): Promise<void> {
  if (incidents.length === 0) return;
  await tx
    .update(runs)
    .set({ nextAt: new Date(now) })
    .where(
      and(
        inArray(runs.incident, [...incidents]),
        inArray(runs.state, ["planned", "waiting-approval", "running", "verifying"]),
        sql`${runs.leaseUntil} is null`,
      ),
    );
}

/** Before any run is locked by whoever may change several: those that share a question are changed by one at a time. */
export async function lockQuestions(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${QUESTIONS_LOCK})`);
}

/** Runs of a runbook that ask for others too, locked. Searched as text: as JSON, PostgreSQL would refuse what names may hold. */
export async function askingNow(tx: Executor, runbook: string): Promise<Run[]> {
  const found = await tx
    .select()
    .from(runs)
    .where(and(eq(runs.runbook, runbook), eq(runs.state, "waiting-approval"), sql`${runs.ending} is null`, sql`position('"over"' in ${runs.asked}::text) > 0`))
    .orderBy(asc(runs.number))
    .for("update");
  return found.map(toRun);
}

/** Makes runs due that wait for people, and that no worker has. */
export async function wakeLed(tx: Executor, numbers: readonly number[], now: Instant): Promise<void> {
  if (numbers.length === 0) return;
  await tx
    .update(runs)
    .set({ nextAt: new Date(now) })
    .where(and(inArray(runs.number, [...numbers]), eq(runs.state, "waiting-approval"), sql`${runs.leaseUntil} is null`));
}

export type RunFilter = { readonly incident?: number; readonly runbook?: string; readonly live?: boolean; readonly limit: number };

/** Runs, newest first. */
export async function listRuns(db: Executor, { incident, runbook, live, limit }: RunFilter): Promise<Run[]> {
  const where = and(
    ...(incident === undefined ? [] : [eq(runs.incident, incident)]),
    ...(runbook === undefined ? [] : [eq(runs.runbook, runbook)]),
    ...(live === true ? [notInArray(runs.state, [...RUN_ENDS])] : []),
  );
  return (await db.select().from(runs).where(where).orderBy(desc(runs.number)).limit(limit)).map(toRun);
}

/** The journal of runs, in the order of the plan. */
export async function journalOf(db: Executor, numbers: readonly number[]): Promise<Journalled[]> {
  if (numbers.length === 0) return [];
  const rows = await db
    .select()
    .from(steps)
    .where(inArray(steps.run, [...numbers]))
    .orderBy(asc(steps.run), asc(steps.idx), asc(steps.attempt));
  return rows.map(({ writes: _writes, startedAt, finishedAt, ...row }) => ({
    ...row,
    handle: row.handle ?? null,
    startedAt: ms(startedAt),
    finishedAt: ms(finishedAt),
  }));
}

/** Adds a line to the journal. A second one for the same attempt is refused by the database. */
export async function addLine(tx: Executor, line: Journalled & { readonly writes: boolean }): Promise<void> {
  await tx.execute(insertAll(steps, [line]));
}

export type LineChange = Partial<Pick<Journalled, "state" | "handle" | "outcome" | "after" | "finishedAt" | "epoch" | "startedAt">>;

/** Changes a line that nobody with a later epoch has taken over; false: somebody has. */
export async function changeLine(tx: Executor, line: Pick<Journalled, "run" | "idx" | "attempt">, epoch: number, change: LineChange): Promise<boolean> {
  const { finishedAt, startedAt, ...rest } = change;
  const times = {
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt === null ? null : new Date(finishedAt) }),
    ...(startedAt === undefined ? {} : { startedAt: startedAt === null ? null : new Date(startedAt) }),
  };
  const changed = await tx
    .update(steps)
    .set({ ...rest, ...times })
    .where(and(eq(steps.run, line.run), eq(steps.idx, line.idx), eq(steps.attempt, line.attempt), sql`${steps.epoch} <= ${epoch}`))
    .returning({ run: steps.run });
  return changed.length > 0;
}

function toRun({ leaseUntil, nextAt, escalateAt, wroteAt, createdAt, startedAt, finishedAt, ...row }: typeof runs.$inferSelect): Run {
  const times = { leaseUntil: ms(leaseUntil), nextAt: ms(nextAt), escalateAt: ms(escalateAt), wroteAt: ms(wroteAt), createdAt: createdAt.getTime() };
  return { ...row, ...times, startedAt: ms(startedAt), finishedAt: ms(finishedAt) };
}
