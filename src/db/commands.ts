import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { QueryConfig } from "pg";
import { type Actor, type Instant, incidentId, incidentNumber } from "#domain/values/language.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { appliedOutcome, unchangedOutcome, type CommandOutcome } from "#domain/events/command-outcome.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { DatabaseConnection, QueryExecutor } from "./client.ts";
import { readEvents } from "./events.ts";
import { copyCommands, type CopiedRow } from "./command-copy.ts";
import { commandsTable } from "./schema.ts";

const DECISION_LOCK = 7_315_002;

/** A stored command that waits to be applied. */
export type PendingCommand = typeof commandsTable.$inferSelect;

/**
 * Stores commands in the order given, as part of a transaction. A command whose key is known already is left out.
 */
export async function insertCommands(
  db: QueryExecutor,
  batch: readonly CommandSubmission[],
  recordedAt: Instant,
): Promise<void> {
  if (batch.length === 0) return;
  const rows = batch.map((each) => rowOf(each, recordedAt));
  await db.execute(sql`${bulkInsert(commandsTable, rows)} on conflict (key) where key is not null do nothing`);
}

function rowOf(each: CommandSubmission, recordedAt: Instant) {
  return {
    key: each.key,
    type: typeOf(each),
    urgency: each.urgency,
    weight: each.weight,
    actor: each.actor,
    at: each.at,
    recordedAt,
    replyTo: each.replyTo,
    client: each.client ?? null,
    evidence: each.evidence,
    body: bodyOf(each),
  };
}

/**
 * Stores one command that is dealt with in this same transaction, and answers its number; null when its key is known
 * already. While another transaction has stored the key and not yet committed, this waits for it.
 */
export async function claimCommand(
  tx: QueryExecutor,
  each: CommandSubmission,
  recordedAt: Instant,
): Promise<number | null> {
  const { rows } = await tx.execute<{ id: string }>(
    sql`${bulkInsert(commandsTable, [rowOf(each, recordedAt)])} on conflict (key) where key is not null do nothing returning id`,
  );
  return rows[0] === undefined ? null : Number(rows[0].id);
}

/**
 * The same for the hottest path there is, the door: one statement that commits by itself. Bodies travel as they came
 * instead of being escaped into JSON once more. Deliveries have no key: a server takes them by COPY.
 */
export async function storeCommands(
  { pool, embedded }: Pick<DatabaseConnection, "pool" | "embedded">,
  batch: readonly CommandSubmission[],
  recordedAt: Instant,
): Promise<void> {
  if (embedded || batch.some(({ key }) => key !== null)) return insertAtDoor(pool, batch, recordedAt);
  const rows = batch.map((each): CopiedRow => [
    typeOf(each),
    each.urgency,
    each.weight,
    actorText(each.actor),
    each.at,
    recordedAt,
    each.replyTo === null ? null : JSON.stringify(each.replyTo),
    each.evidence,
    bodyOf(each),
  ]);
  await copyCommands(pool, rows, DOOR_PATIENCE_MS);
}

/** Every distinct value is bound once however many rows have it. */
async function insertAtDoor(
  pool: DatabaseConnection["pool"],
  batch: readonly CommandSubmission[],
  recordedAt: Instant,
): Promise<void> {
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
    const client = each.client == null ? null : JSON.stringify(each.client);
    return `(${bind(each.key)},${bind(typeOf(each))},${each.urgency},${each.weight},${bind(actorText(each.actor), "::text::json")},${bind(at, "::text::timestamptz")},${bind(now, "::text::timestamptz")},${bind(reply, "::text::json")},${bind(client, "::text::json")},${bind(each.evidence)},$${values.push(bodyOf(each))})`;
  });
  const text = `insert into commands (key, type, urgency, weight, actor, at, recorded_at, reply_to, client, evidence, body) values ${rows.join(",")} on conflict (key) where key is not null do nothing`;
  // Types of pg: `query_timeout` of one query is known to the client (client.js) and not to its types.
  await pool.query({ text, values, query_timeout: DOOR_PATIENCE_MS } as QueryConfig);
}

/** ms: the door answers 503 while the sender still listens; Alertmanager gives up after ten seconds. */
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

/** A process that freezes while it decides is cut off by the server, so that it cannot keep the others from deciding. */
const DECISION_LIMITS = sql`set_config('idle_in_transaction_session_timeout', '10s', true), set_config('lock_timeout', '5s', true), set_config('statement_timeout', '20s', true)`;

/** Waits for the right to decide, which one transaction at a time has. */
export async function lockDecisions(tx: QueryExecutor): Promise<void> {
  await tx.execute(sql`select ${DECISION_LIMITS}, pg_advisory_xact_lock(${DECISION_LOCK})`);
}

/** Takes the right to decide, or answers false at once while another transaction has it. */
export async function tryLockDecisions(tx: QueryExecutor): Promise<boolean> {
  const { rows } = await tx.execute<{ taken: boolean }>(
    sql`select ${DECISION_LIMITS}, pg_try_advisory_xact_lock(${DECISION_LOCK}) as taken`,
  );
  return rows[0]?.taken === true;
}

/** Whether a command waits that is not among these. */
export async function hasPending(db: QueryExecutor, except: readonly number[]): Promise<boolean> {
  const others = except.length === 0 ? sql`` : sql` and id not in ${except}`;
  const { rows } = await db.execute(sql`select 1 from commands where done_at is null${others} limit 1`);
  return rows.length > 0;
}

/** The urgency (a priority's number) up to which commands are decided ahead of others, and not together with them. */
const URGENT = 1;

/**
 * The most urgent pending commands, oldest first within an urgency, up to `weight` units of work (at least one command),
 * without those in `except`. What pages (P0, P1) and what people do comes without the rest that is pending: its effects
 * begin when the transaction ends. Sizes are looked at before bodies: a queue of thousand-alert deliveries does not fill
 * the memory.
 */
export async function takePending(
  db: QueryExecutor,
  weight: number,
  except: readonly number[] = [],
): Promise<PendingCommand[]> {
  const others = except.length === 0 ? sql`` : sql` and id not in ${except}`;
  const light = await db.execute<{ id: string; weight: number; urgency: number }>(
    sql`select id, weight, urgency from commands where done_at is null${others} order by urgency, id limit ${Math.min(weight, 500)}`,
  );
  const ids: number[] = [];
  let sum = 0;
  let isUrgent = false;
  for (const row of light.rows) {
    sum += row.weight;
    if (ids.length > 0 && (sum > weight || (isUrgent && row.urgency > URGENT))) break;
    isUrgent = row.urgency <= URGENT;
    ids.push(Number(row.id));
  }
  if (ids.length === 0) return [];
  return db
    .select()
    .from(commandsTable)
    .where(inArray(commandsTable.id, ids))
    .orderBy(commandsTable.urgency, commandsTable.id);
}

/** Those of these keys that a stored command has. */
export async function storedKeys(db: QueryExecutor, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .select({ key: commandsTable.key })
    .from(commandsTable)
    .where(inArray(commandsTable.key, [...keys]));
  return new Set(rows.flatMap(({ key }) => (key === null ? [] : [key])));
}

/** One command, when it is still pending. */
export function takeCommand(db: QueryExecutor, id: number): Promise<PendingCommand[]> {
  return db
    .select()
    .from(commandsTable)
    .where(and(eq(commandsTable.id, id), isNull(commandsTable.doneAt)));
}

/** A command that was dealt with, and what it came to. */
export type FinishedCommand = { readonly id: number; readonly outcome: CommandOutcome };

/** Marks commands as dealt with, each with what came of it. */
export async function finishCommands(db: QueryExecutor, done: readonly FinishedCommand[], now: Instant): Promise<void> {
  if (done.length === 0) return;
  // As in `bulkInsert`, json travels as text.
  const rows = done.map(({ id, outcome }) => ({
    id,
    outcome: outcomeSentence(outcome),
    result: JSON.stringify(outcome),
  }));
  await db.execute(
    sql`update commands c set done_at = ${new Date(now).toISOString()}::timestamptz, outcome = d.outcome, result = d.result::json from json_to_recordset(${JSON.stringify(rows)}::json) as d(id bigint, outcome text, result text) where c.id = d.id`,
  );
}

/** As the version before the column `result` writes and reads it: while both run, either answers for what the other applied. */
function outcomeSentence({ kind, text, incident, events }: CommandOutcome): string {
  if (kind === "refused" || kind === "failed") return `${kind}: ${text}`;
  if (incident === null) return kind === "unchanged" ? "answered" : text || "applied";
  return events.some(({ type }) => type === "incident.opened") ? `opened ${incidentId(incident)}` : "applied";
}

/** Counts one failed attempt of a command and answers how many there were; it stops counting at a thousand. */
export async function countCommandAttempt(db: QueryExecutor, id: number): Promise<number> {
  const [row] = await db
    .update(commandsTable)
    .set({ attempts: sql`least(${commandsTable.attempts} + 1, 1000)` })
    .where(eq(commandsTable.id, id))
    .returning({ attempts: commandsTable.attempts });
  return row?.attempts ?? 0;
}

/** The outcome of the command with a key; null when there is none, for example after pruning. */
export async function findCommandOutcome(db: QueryExecutor, key: string): Promise<CommandOutcome | "pending" | null> {
  const [row] = await db
    .select({
      id: commandsTable.id,
      sentence: commandsTable.outcome,
      result: commandsTable.result,
      body: commandsTable.body,
    })
    .from(commandsTable)
    .where(eq(commandsTable.key, key));
  if (row === undefined) return null;
  if (row.result !== null) return row.result;
  return row.sentence === null ? "pending" : earlierOutcome(db, { ...row, sentence: row.sentence });
}

/**
 * Of a command that the version before the column `result` applied, of which there is only a sentence: "refused: …",
 * "failed: …", "dropped by …", "opened INC-n", "applied", "answered", else the answer itself. Goes when no such version can be beside this one.
 */
async function earlierOutcome(
  db: QueryExecutor,
  { id, sentence, body }: { id: number; sentence: string; body: string },
): Promise<CommandOutcome> {
  const parsed: unknown = JSON.parse(body);
  const about =
    typeof parsed === "object" && parsed !== null && "incident" in parsed && typeof parsed.incident === "number"
      ? parsed.incident
      : null;
  if (sentence.startsWith("dropped ")) return { ...unchangedOutcome(about), kind: "failed", text: sentence };
  const declined = /^(refused|failed): ([\s\S]*)$/.exec(sentence);
  if (declined !== null)
    return { ...unchangedOutcome(about), kind: declined[1] === "failed" ? "failed" : "refused", text: declined[2]! };
  const incident = about ?? incidentNumber(/^opened (INC-\d+)$/.exec(sentence)?.[1] ?? "");
  if (incident !== null) {
    const events = (await readEvents(db, incident)).filter(({ evidence }) => evidence.command === `command ${id}`);
    return appliedOutcome(incident, events);
  }
  return sentence === "applied" || sentence === "answered"
    ? unchangedOutcome(null)
    : { ...unchangedOutcome(null), kind: "applied", text: sentence };
}
