import { eq, inArray, sql } from "drizzle-orm";
import type { Submission } from "#domain/command.ts";
import type { Actor, Instant } from "#domain/language.ts";
import { commands } from "./schema.ts";
import type { Executor } from "./client.ts";

/** A stored command that waits to be applied. */
export type PendingCommand = typeof commands.$inferSelect;

/**
 * Stores commands in the order given, in one statement. A command whose key is known already is left out.
 * Values are bound one by one instead of as one JSON text: bodies are long, and escaping them again is what
 * the hottest path of the receiver would spend its time on.
 */
export async function insertCommands(db: Executor, batch: readonly Submission[], recordedAt: Instant): Promise<void> {
  const now = new Date(recordedAt).toISOString();
  const rows = batch.map((each) => {
    const { key, urgency, weight, actor, at, replyTo, evidence } = each;
    return sql`(${key}, ${typeOf(each)}, ${urgency}::smallint, ${weight}::integer, ${actorText(actor)}::json, ${new Date(at).toISOString()}::timestamptz, ${now}::timestamptz, ${replyTo === null ? null : JSON.stringify(replyTo)}::json, ${evidence}, ${bodyOf(each)})`;
  });
  await db.execute(
    sql`insert into commands (key, type, urgency, weight, actor, at, recorded_at, reply_to, evidence, body) values ${sql.join(rows, sql`, `)} on conflict (key) where key is not null do nothing`,
  );
}

const actorTexts = new WeakMap<Actor, string>();
function actorText(actor: Actor): string {
  let text = actorTexts.get(actor);
  if (text === undefined) actorTexts.set(actor, (text = JSON.stringify(actor)));
  return text;
}

function typeOf({ body }: Submission): string {
  return body.type === "incident" ? body.command.type : body.type;
}

function bodyOf({ body }: Submission): string {
  return body.type === "alerts.deliver" ? body.raw : JSON.stringify(body);
}

/**
 * The most urgent pending commands, oldest first within an urgency, up to `weight` units of work (at least one command).
 * Sizes are looked at before bodies: a queue of thousand-alert deliveries does not fill the memory.
 */
export async function takePending(db: Executor, weight: number): Promise<PendingCommand[]> {
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
  return db.select().from(commands).where(inArray(commands.id, ids)).orderBy(commands.urgency, commands.id);
}

/** Marks commands as dealt with, each with what came of it. */
export async function finishCommands(db: Executor, done: readonly { readonly id: number; readonly outcome: string }[], now: Instant): Promise<void> {
  if (done.length === 0) return;
  await db.execute(
    sql`update commands c set done_at = ${new Date(now).toISOString()}::timestamptz, outcome = d.outcome from json_to_recordset(${JSON.stringify(done)}::json) as d(id bigint, outcome text) where c.id = d.id`,
  );
}

/** Counts one failed attempt of a command and says how many there were. */
export async function countAttempt(db: Executor, id: number): Promise<number> {
  const [row] = await db
    .update(commands)
    .set({ attempts: sql`${commands.attempts} + 1` })
    .where(eq(commands.id, id))
    .returning({ attempts: commands.attempts });
  return row?.attempts ?? 0;
}
