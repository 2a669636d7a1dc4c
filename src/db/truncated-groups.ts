import { sql } from "drizzle-orm";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { truncatedGroupsTable } from "./schema.ts";

/** How many members of a group an incident was last told to be hidden, and by which delivery. */
export type TruncationMark = { readonly source: string; readonly group: string; readonly incident: number; readonly hidden: number; readonly seq: number };

/** What is known of groups that have left members out; nothing of the many that never did. */
export async function loadTruncationMarks(
  db: QueryExecutor,
  groups: readonly { readonly source: string; readonly group: string }[],
): Promise<TruncationMark[]> {
  if (groups.length === 0) return [];
  const { rows } = await db.execute<{ source: string; group: string; incident: number; hidden: number; seq: string }>(
    sql`select t.source, t."group", t.incident, t.hidden, t.seq from (select distinct source, "group" from json_to_recordset(${JSON.stringify(groups)}::json) as w(source text, "group" text)) w join truncated_groups t on t.source = w.source and t."group" = w."group"`,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** Writes down what incidents were told of groups. */
export async function saveTruncationMarks(db: QueryExecutor, marks: readonly TruncationMark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.execute(
    sql`${bulkInsert(truncatedGroupsTable, marks)} on conflict (source, "group", incident) do update set hidden = excluded.hidden, seq = excluded.seq`,
  );
}
