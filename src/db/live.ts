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

/** What a page shows of the runs of an incident; a look that changes nothing is no news. */
const RUNS = sql<string>`(select md5(coalesce(string_agg(concat_ws('.', r.number, r.state, r.reason, r.asked::text, r.proof->>'says',
  (select string_agg(concat_ws('.', s.idx, s.attempt, s.state, s.after::text), ',' order by s.idx, s.attempt) from steps s where s.run = r.number)), ',' order by r.number), ''))
  from runs r where r.incident = ${incidents}.number)`;

/** Something that differs after anything has happened to each of some incidents, or to their runs. */
export async function versionsOf(db: Executor, numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .select({ number: incidents.number, version: incidents.version, runs: RUNS })
    .from(incidents)
    .where(inArray(incidents.number, [...numbers]));
  return new Map(rows.map(({ number, version, runs }) => [number, `${version}.${runs}`]));
}
