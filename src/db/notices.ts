import { and, eq, gt } from "drizzle-orm";
import type { Instant } from "#domain/language.ts";
import { insertAll } from "./bulk.ts";
import type { Executor } from "./client.ts";
import { completed, type StoredIncident } from "./incidents.ts";
import { incidents, notices } from "./schema.ts";

/** Writes down that channels are to be told of incidents. */
export async function addNotices(db: Executor, due: readonly { readonly channel: string; readonly incident: number }[], at: Instant): Promise<void> {
  if (due.length > 0)
    await db.execute(
      insertAll(
        notices,
        due.map((each) => ({ ...each, at })),
      ),
    );
}

/** What a channel is to be told after notice `after`, oldest first: the number of each notice, and the incident as it is now. */
export async function noticesAfter(
  db: Executor,
  channel: string,
  after: number,
  limit: number,
): Promise<{ readonly id: number; readonly incident: StoredIncident }[]> {
  const rows = await db
    .select({ id: notices.id, uid: incidents.uid, state: incidents.state })
    .from(notices)
    .innerJoin(incidents, eq(incidents.number, notices.incident))
    .where(and(eq(notices.channel, channel), gt(notices.id, after)))
    .orderBy(notices.id)
    .limit(limit);
  return rows.map(({ id, ...row }) => ({ id, incident: completed(row) }));
}
