import { and, asc, eq } from "drizzle-orm";
import type { QueryExecutor } from "./client.ts";
import { stepOutputsTable } from "./schema.ts";

/** An attempt at a step. */
export type StepAttempt = { readonly run: number; readonly idx: number; readonly attempt: number };

/** Keeps the whole of what a step found, beside its line of the journal. */
export async function saveStepOutput(tx: QueryExecutor, { run, idx, attempt }: StepAttempt, body: string, cut: boolean): Promise<void> {
  await tx.insert(stepOutputsTable).values({ run, idx, attempt, body, cut }).onConflictDoNothing();
}

/** The attempts of a run of which there is more than its journal has. */
export async function listStepOutputs(db: QueryExecutor, run: number): Promise<readonly StepAttempt[]> {
  const { idx, attempt } = stepOutputsTable;
  return (await db.select({ idx, attempt }).from(stepOutputsTable).where(eq(stepOutputsTable.run, run)).orderBy(asc(idx), asc(attempt))).map((each) => ({
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
