import { and, inArray, not, sql } from "drizzle-orm";
import { OPEN_STATUSES } from "#domain/language.ts";
import type { Executor } from "./client.ts";
import { hidden } from "./incidents.ts";
import { incidents } from "./schema.ts";

/** Something that differs after anything has happened to what is open and not private. */
export async function openMark(db: Executor): Promise<string> {
  const rows = await db
    .select({ mark: sql<string>`md5(count(*) || '.' || coalesce(sum(version), 0) || '.' || coalesce(max(number), 0))` })
    .from(incidents)
    .where(and(inArray(incidents.status, [...OPEN_STATUSES]), not(hidden)));
  return rows[0]!.mark;
}

/** How many events each of some incidents has. */
export async function versionsOf(db: Executor, numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .select({ number: incidents.number, version: incidents.version })
    .from(incidents)
    .where(inArray(incidents.number, [...numbers]));
  return new Map(rows.map(({ number, version }) => [number, String(version)]));
}
