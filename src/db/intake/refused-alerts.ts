import { and, desc, getTableColumns, inArray, isNull, sql, type SQL } from "drizzle-orm";
import type { RefusedAlert } from "#domain/alerting/intake/refused-alert.ts";
import type { Instant } from "#domain/values/language.ts";
import { bulkInsert } from "#db/bulk-insert.ts";
import type { QueryExecutor } from "#db/client.ts";
import { refusedAlertsTable } from "./intake-schema.ts";

/** Rows at most; what is refused beyond is counted in one row for each door. */
const MOST = 1_000;

/** Stores refused alerts; one that is known counts once more, and is to be dealt with again. */
export async function saveRefusedAlerts(
  db: QueryExecutor,
  refused: readonly Omit<RefusedAlert, "id" | "firstAt" | "lastAt">[],
  at: Instant,
): Promise<void> {
  if (refused.length === 0) return;
  const byKey = new Map<string, Omit<RefusedAlert, "id" | "firstAt" | "lastAt">>();
  for (const each of refused) byKey.set(each.key, { ...each, times: each.times + (byKey.get(each.key)?.times ?? 0) });
  const known = new Set(await knownKeys(db, [...byKey.keys()]));
  const room = Math.max(0, MOST - (await countRows(db)));
  const fresh = [...byKey.values()].filter(({ key }) => !known.has(key));
  const rows = [...[...byKey.values()].filter(({ key }) => known.has(key)), ...fresh.slice(0, room)];
  const beyond = fresh.slice(room).reduce((sum, { times }) => sum + times, 0);
  if (beyond > 0) rows.push({ ...fresh.at(-1)!, ...beyondRow(fresh.at(-1)!.source), times: beyond });
  await db.execute(
    sql`${bulkInsert(
      refusedAlertsTable,
      rows.map((row) => ({ ...row, firstAt: at, lastAt: at })),
    )} on conflict (key) do update set last_at = excluded.last_at, times = refused_alerts.times + excluded.times, sender = excluded.sender, excerpt = excluded.excerpt, settled_at = null, settled_by = null`,
  );
}

function beyondRow(source: string): Pick<RefusedAlert, "key" | "field" | "reason" | "summary" | "excerpt"> {
  return {
    key: `beyond:${source}`,
    field: "",
    reason: `only ${MOST} refused alerts are listed; this row counts the others`,
    summary: "further refused alerts",
    excerpt: "",
  };
}

async function knownKeys(db: QueryExecutor, keys: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ key: string }>(
    sql`select r.key from refused_alerts r join json_array_elements_text(${JSON.stringify(keys)}::json) k on k = r.key`,
  );
  return rows.map(({ key }) => key);
}

/** Refused alerts that no one has dealt with, the last one first. */
export async function unsettledAlerts(db: QueryExecutor, limit: number): Promise<RefusedAlert[]> {
  const { settledAt: _, settledBy: __, ...columns } = getTableColumns(refusedAlertsTable);
  const rows = await db
    .select(columns)
    .from(refusedAlertsTable)
    .where(isNull(refusedAlertsTable.settledAt))
    .orderBy(desc(refusedAlertsTable.lastAt), desc(refusedAlertsTable.id))
    .limit(limit);
  return rows.map((row) => ({ ...row, firstAt: row.firstAt.getTime(), lastAt: row.lastAt.getTime() }));
}

/** How many there are of them: a gauge. */
export async function countUnsettledAlerts(db: QueryExecutor): Promise<number> {
  return countRows(db, isNull(refusedAlertsTable.settledAt));
}

async function countRows(db: QueryExecutor, which?: SQL): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::integer` })
    .from(refusedAlertsTable)
    .where(which);
  return row?.count ?? 0;
}

/** Someone has dealt with refused alerts. Answers how many were still open. */
export async function settleRefusedAlerts(
  db: QueryExecutor,
  ids: readonly number[],
  by: string,
  at: Instant,
): Promise<number> {
  const settled = await db
    .update(refusedAlertsTable)
    .set({ settledAt: new Date(at), settledBy: by })
    .where(and(isNull(refusedAlertsTable.settledAt), inArray(refusedAlertsTable.id, [...ids])))
    .returning({ id: refusedAlertsTable.id });
  return settled.length;
}
