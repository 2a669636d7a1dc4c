import { and, eq, inArray } from "drizzle-orm";
import type { Instant } from "#domain/language.ts";
import type { Executor } from "./client.ts";
import { runbookVersions } from "./schema.ts";

/** Words of a runbook: when they were first loaded anywhere, and the addresses of whoever wrote them. */
export type Version = { readonly runbook: string; readonly sha: string; readonly seenAt: Instant; readonly authors: readonly string[] };

/** Whether any words were ever written down. */
export async function anyVersions(db: Executor): Promise<boolean> {
  return (await db.select({ sha: runbookVersions.sha }).from(runbookVersions).limit(1)).length > 0;
}

/** Which of these words are known. */
export async function knownVersions(db: Executor, shas: readonly string[]): Promise<ReadonlySet<string>> {
  if (shas.length === 0) return new Set();
  const rows = await db
    .select({ runbook: runbookVersions.runbook, sha: runbookVersions.sha })
    .from(runbookVersions)
    .where(inArray(runbookVersions.sha, [...shas]));
  return new Set(rows.map(({ runbook, sha }) => `${runbook} ${sha}`));
}

/** Keeps words with the instant at which they were first seen, all at once; who was first, stays. */
export async function addVersions(db: Executor, versions: readonly Version[]): Promise<void> {
  if (versions.length === 0) return;
  await db
    .insert(runbookVersions)
    .values(versions.map(({ runbook, sha, seenAt, authors }) => ({ runbook, sha, seenAt: new Date(seenAt), authors: [...authors] })))
    .onConflictDoNothing();
}

export async function versionOf(db: Executor, runbook: string, sha: string): Promise<Version | null> {
  const [row] = await db
    .select()
    .from(runbookVersions)
    .where(and(eq(runbookVersions.runbook, runbook), eq(runbookVersions.sha, sha)));
  return row === undefined ? null : { ...row, seenAt: row.seenAt.getTime() };
}
