import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { readEvents } from "#db/events.ts";
import { appendAudit, eraseAudit, findErasable } from "#db/audit/audit-entries.ts";
import type { Database } from "#db/client.ts";
import { describeEvent, type Event } from "#domain/events/event-registry.ts";
import {
  createPersonEraser,
  createTextEraser,
  freeTextsOf,
  namesBeside,
  SHORTEST_COPY,
  type KnownPerson,
} from "#domain/response/erasure.ts";
import { incidentId, OPEN_STATUSES, type Instant, type Person } from "#domain/values/language.ts";
import { findIncidents } from "#db/search/incident-search.ts";
import { forgetSessions } from "#db/sessions/account-sessions.ts";
import { findTexts, sweepTexts } from "./text-sweep.ts";

/** What was erased: rows of tables, and entries of the audit log. `refusal`: why nothing was. */
export type ErasureReport =
  | { readonly refusal: string }
  | { readonly refusal: null; readonly rows: number; readonly entries: number };

/** Who erases, and when, for the audit log. */
export type ErasureOrder = { readonly by: Person; readonly at: Instant };

/** Rows in which names of a person are looked for. */
const MOST_READ = 500;

/**
 * Takes the free texts of an event out of everything that Muster stored: the event and the copies of it. That it happened,
 * who did it and when stays. What was sent to other services is theirs.
 */
export async function redactEvent(
  db: Database,
  incident: number,
  seq: number,
  order: ErasureOrder,
): Promise<ErasureReport> {
  const event = (await readEvents(db, incident, seq - 1, 1)).find((each) => each.seq === seq);
  if (event === undefined) return { refusal: `There is no event ${seq} in ${incidentId(incident)}.` };
  const texts = await writtenTexts(db, event);
  if (texts.length === 0)
    return { refusal: `Event ${seq} of ${incidentId(incident)} (${event.type}) has no text that someone wrote.` };
  const rewrite = createTextEraser(texts);
  const long = texts.filter((text) => text.length >= SHORTEST_COPY);
  const short = texts.filter((text) => text.length < SHORTEST_COPY);
  let rows = long.length === 0 ? 0 : await sweepTexts(db, { needles: long, rewrite, incident: null });
  if (short.length > 0) rows += await sweepTexts(db, { needles: short, rewrite: createTextEraser(short), incident });
  rows += await redactSentence(db, incident, event);
  const about = { subject: incidentId(incident), texts: short };
  const entries = await eraseAudit(db, await findErasable(db, { texts: long, people: [], about }));
  await record(db, order, "event.redacted", incidentId(incident), `event ${seq}, ${event.type}`);
  return { refusal: null, rows, entries };
}

/** The free texts of an event, and those of the command that a person gave for it: as typed, with other white space. */
async function writtenTexts(db: Database, event: Event): Promise<readonly string[]> {
  const own = freeTextsOf(event);
  const id = /^command (\d{1,15})$/.exec(event.evidence.command)?.[1];
  if (own.length === 0 || id === undefined || event.actor.kind !== "person") return own;
  const { rows } = await db.execute<{ body: string }>(sql`select body from commands where id = ${id}::bigint`);
  const typed = rows.flatMap(({ body }) => freeTextsOf({ type: "command", data: JSON.parse(body) as unknown }));
  return [...new Set([...own, ...typed])].toSorted((a, b) => b.length - a.length);
}

/** The sentence of an event, which incidents remember of verbs that can be undone, without its texts. */
async function redactSentence(db: Database, incident: number, event: Event): Promise<number> {
  const [redacted] = await readEvents(db, incident, event.seq - 1, 1);
  const [before, after] = [event, redacted ?? event].map(describeEvent);
  if (before === after) return 0;
  return sweepTexts(db, { needles: [before!], rewrite: (text) => text.replaceAll(before!, after!), incident });
}

/**
 * Takes a person out of everything that Muster stored: their ids become one that means no one else, their names are gone,
 * their sessions end. What they did stays. Someone whom an open incident may page is refused.
 */
export async function forgetPerson(db: Database, known: KnownPerson, order: ErasureOrder): Promise<ErasureReport> {
  const ids = known.ids.filter((id) => id.length >= 3);
  if (ids.length === 0) return { refusal: "An id of three characters or more is needed." };
  const [open] = await findIncidents(db, { status: OPEN_STATUSES, limit: 1 }, (incident) =>
    ids.some((id) => JSON.stringify(incident).includes(JSON.stringify(id))),
  );
  if (open !== undefined)
    return { refusal: `${incidentId(open.state.number)} is open and names this person: end it first.` };
  // First: from here on none of their browsers acts as someone who is gone.
  await forgetSessions(db, ids, order.at);
  const values = await findTexts(db, ids, MOST_READ);
  const names = [...new Set([...known.names, ...values.flatMap((value) => namesBeside(value, ids))])].filter(
    (name) => name.length >= 3 && !ids.includes(name),
  );
  const rewrite = createPersonEraser({ ids, names }, `forgotten-${randomBytes(4).toString("hex")}`);
  const rows = await sweepTexts(db, { needles: [...ids, ...names], rewrite, incident: null });
  const entries = await eraseAudit(db, await findErasable(db, { texts: [...ids, ...names], people: ids }));
  await record(db, order, "person.forgotten", null, "");
  return { refusal: null, rows, entries };
}

function record(
  db: Database,
  { by, at }: ErasureOrder,
  what: string,
  subject: string | null,
  text: string,
): Promise<void> {
  return appendAudit(db, [
    { at, kind: "audit", what, subject, result: "applied", way: "cli", person: by, address: null, text },
  ]);
}
