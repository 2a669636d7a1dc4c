import { and, asc, eq, gt } from "drizzle-orm";
import type { Event } from "#domain/event.ts";
import { insertAll } from "./bulk.ts";
import type { Executor } from "./client.ts";
import { events } from "./schema.ts";

/** Appends to timelines. Two writers of one incident cannot both succeed: (incident, seq) is unique. */
export async function appendEvents(db: Executor, added: readonly { readonly incident: number; readonly event: Event }[]): Promise<void> {
  if (added.length === 0) return;
  await db.execute(
    insertAll(
      events,
      added.map(({ incident, event }) => ({
        incident,
        seq: event.seq,
        type: event.type,
        at: event.at,
        recordedAt: event.recordedAt,
        actor: event.actor,
        data: event.data,
        evidence: event.evidence,
      })),
    ),
  );
}

/** The timeline of an incident after event number `after`, oldest first, at most `limit` events. */
export async function readEvents(db: Executor, incident: number, after = 0, limit: number | null = null): Promise<Event[]> {
  const query = db
    .select()
    .from(events)
    .where(and(eq(events.incident, incident), gt(events.seq, after)))
    .orderBy(asc(events.seq));
  const rows = await (limit === null ? query : query.limit(limit));
  return rows.map(
    (row) =>
      ({
        seq: row.seq,
        type: row.type,
        data: row.data,
        at: row.at.getTime(),
        recordedAt: row.recordedAt.getTime(),
        actor: row.actor,
        evidence: row.evidence,
      }) as Event,
  );
}
