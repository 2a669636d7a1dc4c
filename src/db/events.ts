import { and, asc, between, eq, gt, inArray } from "drizzle-orm";
import type { Event, FactType } from "#domain/events/event-registry.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { fromStoredData, toStoredData } from "./stored-route.ts";
import { eventsTable } from "./schema.ts";

/** Appends to timelines. Two writers of one incident cannot both succeed: (incident, seq) is unique. */
export async function insertEvents(
  db: QueryExecutor,
  added: readonly { readonly incident: number; readonly event: Event }[],
): Promise<void> {
  if (added.length === 0) return;
  await db.execute(
    bulkInsert(
      eventsTable,
      added.map(({ incident, event }) => ({
        incident,
        seq: event.seq,
        type: event.type,
        at: event.at,
        recordedAt: event.recordedAt,
        actor: event.actor,
        data: toStoredData(event),
        evidence: event.evidence,
      })),
    ),
  );
}

/** The timeline of an incident after event number `after`, oldest first, at most `limit` events. */
export async function readEvents(
  db: QueryExecutor,
  incident: number,
  after = 0,
  limit: number | null = null,
): Promise<Event[]> {
  const query = db
    .select()
    .from(eventsTable)
    .where(and(eq(eventsTable.incident, incident), gt(eventsTable.seq, after)))
    .orderBy(asc(eventsTable.seq));
  return (await (limit === null ? query : query.limit(limit))).map(eventOfRow);
}

/** Those of some types among the events from number `first` to `last`, oldest first. */
export async function readEventsOfTypes(
  db: QueryExecutor,
  incident: number,
  types: readonly FactType[],
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Event[]> {
  const { incident: of, seq, type } = eventsTable;
  const rows = await db
    .select()
    .from(eventsTable)
    .where(and(eq(of, incident), between(seq, first, last), inArray(type, [...types])))
    .orderBy(asc(seq));
  return rows.map(eventOfRow);
}

function eventOfRow(row: typeof eventsTable.$inferSelect): Event {
  return {
    seq: row.seq,
    type: row.type,
    data: fromStoredData({ type: row.type, data: row.data } as Event),
    at: row.at.getTime(),
    recordedAt: row.recordedAt.getTime(),
    actor: row.actor,
    evidence: row.evidence,
  } as Event;
}
