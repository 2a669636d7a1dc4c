import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";
import type { Run } from "#domain/automation/run.ts";
import { runsTable } from "./run-schema.ts";
import { loadRuns, toRun } from "./runs.ts";
import type { QueryExecutor } from "./client.ts";

// Which runs are due, who takes them, and what makes them due.

const at = (now: Instant) => sql`${new Date(now).toISOString()}::timestamptz`;

/** Takes the deadlines that are over, each once; to be told of in the same transaction. */
export async function takeOverdueRuns(tx: QueryExecutor, now: Instant): Promise<Run[]> {
  const due = await tx
    .select()
    .from(runsTable)
    .where(sql`escalate_at <= ${at(now)}`)
    .orderBy(asc(runsTable.urgency), asc(runsTable.number))
    .limit(100)
    .for("update", { skipLocked: true });
  if (due.length > 0)
    await tx
      .update(runsTable)
      .set({ escalateAt: null })
      .where(
        inArray(
          runsTable.number,
          due.map(({ number }) => number),
        ),
      );
  return due.map(toRun);
}

/** Takes runs that are due, the most urgent first, for `lease` ms. Whoever had one before is fenced from now on. */
export async function claimRuns(db: QueryExecutor, limit: number, now: Instant, lease: number): Promise<Run[]> {
  const { rows } = await db.execute<{ number: number }>(
    sql`update runs set epoch = runs.epoch + 1, lease_until = ${at(now + lease)}, next_at = ${at(now + lease)}
      from (select number from runs where next_at <= ${at(now)} order by urgency, next_at limit ${limit} for update skip locked) as due
      where runs.number = due.number returning runs.number`,
  );
  return rows.length === 0 ? [] : loadRuns(db, [...rows.map(({ number }) => number)]);
}

/** When the next run is due, or null. */
export async function nextRunDue(db: QueryExecutor): Promise<Instant | null> {
  const { rows } = await db.execute<{ due: string | null }>(sql`select min(next_at)::text as due from runs`);
  return rows[0]?.due ? Date.parse(rows[0].due) : null;
}

/** Makes live runs of incidents due: something has happened that they should know of. */
export async function wakeRuns(tx: QueryExecutor, incidents: readonly number[], now: Instant): Promise<void> {
  if (incidents.length === 0) return;
  await tx
    .update(runsTable)
    .set({ nextAt: new Date(now) })
    .where(
      and(
        inArray(runsTable.incident, [...incidents]),
        inArray(runsTable.state, ["planned", "waiting-approval", "running", "verifying"]),
        sql`${runsTable.leaseUntil} is null`,
      ),
    );
}

/** Makes runs due that wait for people, and that no worker has. */
export async function wakeGroupMembers(tx: QueryExecutor, numbers: readonly number[], now: Instant): Promise<void> {
  if (numbers.length === 0) return;
  await tx
    .update(runsTable)
    .set({ nextAt: new Date(now) })
    .where(
      and(
        inArray(runsTable.number, [...numbers]),
        eq(runsTable.state, "waiting-approval"),
        sql`${runsTable.leaseUntil} is null`,
      ),
    );
}
