import { and, eq, inArray } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "./client.ts";
import { runbookVersionsTable } from "./run-schema.ts";

/** Versions of a runbook: when each was first loaded anywhere, and the addresses of its authors. */
export type RunbookVersion = {
  readonly runbook: string;
  readonly sha: string;
  readonly seenAt: Instant;
  readonly authors: readonly string[];
};

/** Whether any words were ever written down. */
export async function hasRunbookVersions(db: QueryExecutor): Promise<boolean> {
  return (await db.select({ sha: runbookVersionsTable.sha }).from(runbookVersionsTable).limit(1)).length > 0;
}

/** Which of these words are known. */
export async function knownRunbookVersions(db: QueryExecutor, shas: readonly string[]): Promise<ReadonlySet<string>> {
  if (shas.length === 0) return new Set();
  const rows = await db
    .select({ runbook: runbookVersionsTable.runbook, sha: runbookVersionsTable.sha })
    .from(runbookVersionsTable)
    .where(inArray(runbookVersionsTable.sha, [...shas]));
  return new Set(rows.map(({ runbook, sha }) => `${runbook} ${sha}`));
}

/** Keeps words with the instant at which they were first seen, all at once; who was first, stays. */
export async function addRunbookVersions(db: QueryExecutor, versions: readonly RunbookVersion[]): Promise<void> {
  if (versions.length === 0) return;
  await db
    .insert(runbookVersionsTable)
    .values(
      versions.map(({ runbook, sha, seenAt, authors }) => ({
        runbook,
        sha,
        seenAt: new Date(seenAt),
        authors: [...authors],
      })),
    )
    .onConflictDoNothing();
}

export async function findRunbookVersion(
  db: QueryExecutor,
  runbook: string,
  sha: string,
): Promise<RunbookVersion | null> {
  const [row] = await db
    .select()
    .from(runbookVersionsTable)
    .where(and(eq(runbookVersionsTable.runbook, runbook), eq(runbookVersionsTable.sha, sha)));
  return row === undefined ? null : { ...row, seenAt: row.seenAt.getTime() };
}
