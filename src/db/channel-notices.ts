import { and, eq, gt } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { upgradeStoredIncident, type StoredIncident } from "./incidents.ts";
import { incidentsTable, noticesTable } from "./schema.ts";

/** Queues incidents to announce in channels. */
export async function addNotices(
  db: QueryExecutor,
  due: readonly { readonly channel: string; readonly incident: number }[],
  at: Instant,
): Promise<void> {
  if (due.length > 0)
    await db.execute(
      bulkInsert(
        noticesTable,
        due.map((each) => ({ ...each, at })),
      ),
    );
}

/** The notices of a channel after notice `after`, oldest first: the number of each, and the incident as it is now. */
export async function noticesAfter(
  db: QueryExecutor,
  channel: string,
  after: number,
  limit: number,
): Promise<{ readonly id: number; readonly incident: StoredIncident }[]> {
  const rows = await db
    .select({ id: noticesTable.id, uid: incidentsTable.uid, state: incidentsTable.state })
    .from(noticesTable)
    .innerJoin(incidentsTable, eq(incidentsTable.number, noticesTable.incident))
    .where(and(eq(noticesTable.channel, channel), gt(noticesTable.id, after)))
    .orderBy(noticesTable.id)
    .limit(limit);
  return rows.map(({ id, ...row }) => ({ id, incident: upgradeStoredIncident(row) }));
}
