import { and, eq, sql } from "drizzle-orm";
import { bulkInsert } from "#db/bulk-insert.ts";
import type { QueryExecutor } from "#db/client.ts";
import type { Instant } from "#domain/values/language.ts";
import { feedMessagesTable } from "./outbound-schema.ts";

/** A message of an incident's feed that lines of one kind may be added to: `at` is when it was posted. */
export type FeedMessage = {
  readonly channel: string;
  readonly message: string;
  readonly firstSeq: number;
  readonly lines: number;
  readonly at: Instant;
};

/** The latest message of a kind in an incident's feed; null: there is none. */
export async function findFeedMessage(db: QueryExecutor, incident: number, kind: string): Promise<FeedMessage | null> {
  const [row] = await db
    .select()
    .from(feedMessagesTable)
    .where(and(eq(feedMessagesTable.incident, incident), eq(feedMessagesTable.kind, kind)));
  return row === undefined ? null : { ...row, at: row.at.getTime() };
}

/** Remembers the latest message of a kind in the place of the one before. */
export async function saveFeedMessage(
  db: QueryExecutor,
  incident: number,
  kind: string,
  message: FeedMessage,
): Promise<void> {
  await db.execute(sql`${bulkInsert(feedMessagesTable, [{ incident, kind, ...message }])}
    on conflict (incident, kind) do update set channel = excluded.channel, message = excluded.message,
      first_seq = excluded.first_seq, lines = excluded.lines, at = excluded.at`);
}
