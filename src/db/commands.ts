import { eq, inArray, sql } from "drizzle-orm";
import type { QueryConfig } from "pg";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { DatabaseConnection, QueryExecutor } from "./client.ts";
import { commandsTable } from "./schema.ts";

/** A stored command that waits to be applied. */
export type PendingCommand = typeof commandsTable.$inferSelect;

/**
 * Stores commands in the order given, as part of a transaction. A command whose key is known already is left out.
 */
export async function insertCommands(db: QueryExecutor, batch: readonly CommandSubmission[], recordedAt: Instant): Promise<void> {
  if (batch.length === 0) return;
  const rows = batch.map((each) => ({
    key: each.key,
    type: typeOf(each),
    urgency: each.urgency,
    weight: each.weight,
    actor: each.actor,
    at: each.at,
    recordedAt,
    replyTo: each.replyTo,
    evidence: each.evidence,
    body: bodyOf(each),
  }));
  await db.execute(sql`${bulkInsert(commandsTable, rows)} on conflict (key) where key is not null do nothing`);
}

/**
 * The same for the hottest path there is, the door: one statement that commits by itself. Every distinct value is bound
 * once however many rows have it, and bodies travel as they came instead of being escaped into JSON once more.
 */
export async function storeCommands({ pool }: Pick<DatabaseConnection, "pool">, batch: readonly CommandSubmission[], recordedAt: Instant): Promise<void> {
  const values: unknown[] = [];
  const places = new Map<unknown, string>();
  const bind = (value: string | number | null, cast = ""): string => {
    if (value === null) return "null";
    let place = places.get(value);
    if (place === undefined) places.set(value, (place = `$${values.push(value)}`));
    return place + cast;
  };
  const now = new Date(recordedAt).toISOString();
  const rows = batch.map((each) => {
    const at = each.at === recordedAt ? now : new Date(each.at).toISOString();
    const reply = each.replyTo === null ? null : JSON.stringify(each.replyTo);
    return `(${bind(each.key)},${bind(typeOf(each))},${each.urgency},${each.weight},${bind(actorText(each.actor), "::text::json")},${bind(at, "::text::timestamptz")},${bind(now, "::text::timestamptz")},${bind(reply, "::text::json")},${bind(each.evidence)},$${values.push(bodyOf(each))})`;
  });
  const text = `insert into commands (key, type, urgency, weight, actor, at, recorded_at, reply_to, evidence, body) values ${rows.join(",")} on conflict (key) where key is not null do nothing`;
  // Types of pg: `query_timeout` of one query is known to the client (client.js) and not to its types.
  await pool.query({ text, values, query_timeout: DOOR_PATIENCE_MS } as QueryConfig);
}

/** ms: whoever waits at the door is told 503 while they still listen; Alertmanager gives up after ten seconds. */
const DOOR_PATIENCE_MS = 5_000;

const actorTexts = new WeakMap<Actor, string>();
function actorText(actor: Actor): string {
  let text = actorTexts.get(actor);
  if (text === undefined) actorTexts.set(actor, (text = JSON.stringify(actor)));
  return text;
}

function typeOf({ body }: CommandSubmission): string {
  return body.type === "incident" ? body.command.type : body.type;
}

function bodyOf({ body }: CommandSubmission): string {
  return body.type === "alerts.deliver" ? body.raw : JSON.stringify(body);
}

/**
 * The most urgent pending commands, oldest first within an urgency, up to `weight` units of work (at least one command).
 * Sizes are looked at before bodies: a queue of thousand-alert deliveries does not fill the memory.
 */
export async function takePending(db: QueryExecutor, weight: number): Promise<PendingCommand[]> {
  const light = await db.execute<{ id: string; weight: number }>(
    sql`select id, weight from commands where done_at is null order by urgency, id limit ${Math.min(weight, 500)}`,
  );
  const ids: number[] = [];
  let sum = 0;
  for (const row of light.rows) {
    sum += row.weight;
    if (ids.length > 0 && sum > weight) break;
    ids.push(Number(row.id));
  }
  if (ids.length === 0) return [];
  return db.select().from(commandsTable).where(inArray(commandsTable.id, ids)).orderBy(commandsTable.urgency, commandsTable.id);
}

/** Marks commands as dealt with, each with what came of it. */
export async function finishCommands(db: QueryExecutor, done: readonly { readonly id: number; readonly outcome: string }[], now: Instant): Promise<void> {
  if (done.length === 0) return;
  await db.execute(
    sql`update commands c set done_at = ${new Date(now).toISOString()}::timestamptz, outcome = d.outcome from json_to_recordset(${JSON.stringify(done)}::json) as d(id bigint, outcome text) where c.id = d.id`,
  );
}

/** Counts one failed attempt of a command and says how many there were. */
export async function countCommandAttempt(db: QueryExecutor, id: number): Promise<number> {
  const [row] = await db
    .update(commandsTable)
    .set({ attempts: sql`${commandsTable.attempts} + 1` })
    .where(eq(commandsTable.id, id))
    .returning({ attempts: commandsTable.attempts });
  return row?.attempts ?? 0;
}

/** A command that was dealt with: what came of it, and the incident it was for, when it was for one. */
export type CompletedCommand = { readonly id: number; readonly outcome: string; readonly incident: number | null };

/** What came of the command with a key; null when there is none, as when it was forgotten with time. */
export async function findCommandOutcome(db: QueryExecutor, key: string): Promise<CompletedCommand | "pending" | null> {
  const [row] = await db
    .select({ id: commandsTable.id, outcome: commandsTable.outcome, body: commandsTable.body })
    .from(commandsTable)
    .where(eq(commandsTable.key, key));
  if (row === undefined) return null;
  if (row.outcome === null) return "pending";
  const body: unknown = JSON.parse(row.body);
  const incident = typeof body === "object" && body !== null && "incident" in body && typeof body.incident === "number" ? body.incident : null;
  return { id: row.id, outcome: row.outcome, incident };
}
