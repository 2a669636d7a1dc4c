import { and, asc, eq } from "drizzle-orm";
import type { Executor } from "./client.ts";
import { stepOutputs } from "./schema.ts";

/** An attempt at a step. */
export type OutputOf = { readonly run: number; readonly idx: number; readonly attempt: number };

/** Keeps the whole of what a step found, beside its line of the journal. */
export async function keepOutput(tx: Executor, { run, idx, attempt }: OutputOf, body: string, cut: boolean): Promise<void> {
  await tx.insert(stepOutputs).values({ run, idx, attempt, body, cut }).onConflictDoNothing();
}

/** The attempts of a run of which there is more than its journal has. */
export async function outputsOf(db: Executor, run: number): Promise<readonly OutputOf[]> {
  const { idx, attempt } = stepOutputs;
  return (await db.select({ idx, attempt }).from(stepOutputs).where(eq(stepOutputs.run, run)).orderBy(asc(idx), asc(attempt))).map((each) => ({
    run,
    ...each,
  }));
}

export async function outputOf(db: Executor, { run, idx, attempt }: OutputOf): Promise<string | null> {
  const [row] = await db
    .select({ body: stepOutputs.body, cut: stepOutputs.cut })
    .from(stepOutputs)
    .where(and(eq(stepOutputs.run, run), eq(stepOutputs.idx, idx), eq(stepOutputs.attempt, attempt)));
  return row === undefined ? null : row.cut ? `${row.body}\n… cut here` : row.body;
}
