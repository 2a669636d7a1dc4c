import { sql } from "drizzle-orm";
import type { DeadLetter, DeadLetterCounts, DeadLetterRef, DeadLetterState } from "#domain/reporting/dead-letter.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Actor, Instant, Lane } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { REFUSED_TICKET } from "#db/effects.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import type { DatabaseTime } from "#db/place/database-clock.ts";

// A dead letter is a command whose outcome is "failed: …", or an effect that failed for good. It stays one until it is
// tried again with success or dropped; both are in the columns, so earlier versions read them as well.

/** So much of a body is shown, in characters. */
const BODY_LIMIT = 64_000;

/** How many dead letters there are; by two partial indexes, however much is stored. */
export async function countDeadLetters(db: QueryExecutor): Promise<DeadLetterCounts> {
  const { rows } = await db.execute<{ commands: number; effects: number }>(sql`select
    (select count(*)::int from commands where outcome like 'failed:%') as commands,
    (select count(*)::int from effects where status = 'failed') as effects`);
  return rows[0]!;
}

/** The work on tickets that waits because their tracker refuses it, by type, and why it refused the oldest; null: none waits. */
export async function refusedTickets(
  db: QueryExecutor,
): Promise<{ readonly counts: Readonly<Record<string, number>>; readonly reason: string } | null> {
  const { rows } = await db.execute<{ type: string; count: number; reason: string }>(sql`
    select effect->>'type' as type, count(*)::int as count, (array_agg(error order by id))[1] as reason from effects
    where lane = 'ticket' and every is null and status = 'pending' and error is not null group by 1 order by min(id)`);
  const [oldest] = rows;
  if (oldest === undefined) return null;
  return { counts: Object.fromEntries(rows.map(({ type, count }) => [type, count])), reason: oldest.reason };
}

/** Makes the tickets that their tracker refused due now. Answers how many. */
export async function rearmRefusedTickets(db: QueryExecutor, now: DatabaseTime): Promise<number> {
  const { rows } = await db.execute(
    sql`update effects set due_at = ${now} where status = 'pending' and ${REFUSED_TICKET} returning id`,
  );
  return rows.length;
}

type CommandRow = {
  id: string;
  type: string;
  actor: Actor;
  at: string;
  attempts: number;
  outcome: string;
  head: string;
};
type EffectRow = {
  id: string;
  effect: Effect;
  incident: number | null;
  at: string;
  attempts: number;
  error: string | null;
};

const COMMANDS = sql`select id, type, actor, done_at::text as at, attempts, outcome, left(body, 200) as head from commands where outcome like 'failed:%'`;
const EFFECTS = sql`select id, effect, incident, due_at::text as at, attempts, error from effects where status = 'failed'`;

/** Dead letters, the newest first. */
export async function listDeadLetters(db: QueryExecutor, limit: number): Promise<DeadLetter[]> {
  const [commands, effects] = await Promise.all([
    db.execute<CommandRow>(sql`${COMMANDS} order by done_at desc limit ${limit}`),
    db.execute<EffectRow>(sql`${EFFECTS} order by due_at desc limit ${limit}`),
  ]);
  const all = await withPrivacy(db, [...commands.rows.map(fromCommand), ...effects.rows.map(fromEffect)]);
  return all.toSorted((a, b) => b.at - a.at).slice(0, limit);
}

/** One dead letter with what it holds, as text; null when there is none of that name now. */
export async function findDeadLetter(
  db: QueryExecutor,
  { kind, number }: DeadLetterRef,
): Promise<(DeadLetter & { readonly body: string }) | null> {
  if (kind === "command") {
    const { rows } = await db.execute<CommandRow & { body: string }>(
      sql`select c.*, left(b.body, ${BODY_LIMIT}) as body from (${COMMANDS} and id = ${number}) c join commands b on b.id = c.id`,
    );
    const [row] = rows;
    return row === undefined ? null : { ...(await withPrivacy(db, [fromCommand(row)]))[0]!, body: row.body };
  }
  const { rows } = await db.execute<EffectRow>(sql`${EFFECTS} and id = ${number}`);
  const [row] = rows;
  if (row === undefined) return null;
  const body = JSON.stringify(row.effect, null, 2).slice(0, BODY_LIMIT);
  return { ...(await withPrivacy(db, [fromEffect(row)]))[0]!, body };
}

function fromCommand({ id, type, actor, at, attempts, outcome, head }: CommandRow): DeadLetter {
  const about = type === "alerts.deliver" ? null : /^\{"type":"incident","incident":(\d{1,10})[,}]/.exec(head);
  return {
    kind: "command",
    number: Number(id),
    type,
    incident: about === null ? null : Number(about[1]),
    private: false,
    from: actor.name,
    at: Date.parse(at),
    attempts,
    reason: outcome.replace(/^failed: ?/, ""),
  };
}

function fromEffect({ id, effect, incident, at, attempts, error }: EffectRow): DeadLetter {
  return {
    kind: "effect",
    number: Number(id),
    type: effect.type,
    incident,
    private: false,
    from: "Muster",
    at: Date.parse(at),
    attempts,
    reason: error ?? "",
  };
}

async function withPrivacy(db: QueryExecutor, letters: readonly DeadLetter[]): Promise<DeadLetter[]> {
  const numbers = [...new Set(letters.map(({ incident }) => incident).filter((number) => number !== null))];
  const hidden = new Set(
    (await incidentsByNumber(db, numbers)).flatMap(({ state }) => (state.private ? [state.number] : [])),
  );
  return letters.map((each) => ({ ...each, private: each.incident !== null && hidden.has(each.incident) }));
}

/**
 * Makes a dead letter pending again, as if it had not been tried; an effect looks first for what an earlier attempt left.
 * Answers the lane it waits in; null when it is no dead letter now, so that of two people only one retries it.
 */
export async function requeueDeadLetter(
  db: QueryExecutor,
  { kind, number }: DeadLetterRef,
  now: Instant,
): Promise<Lane | null> {
  const { rows } = await db.execute<{ lane: Lane }>(
    kind === "command"
      ? sql`update commands set done_at = null, outcome = null, result = null, attempts = 0 where id = ${number} and outcome like 'failed:%' returning 'apply' as lane`
      : sql`update effects set status = 'pending', due_at = ${new Date(now).toISOString()}::timestamptz, attempts = 0, error = null, unsure = true where id = ${number} and status = 'failed' returning lane`,
  );
  return rows[0]?.lane ?? null;
}

/**
 * Gives a dead letter up: it is kept for as long as other finished work, with `record` (who dropped it, and why) before
 * the reason it failed. Answers whether it was one.
 */
export async function dropDeadLetter(
  db: QueryExecutor,
  { kind, number }: DeadLetterRef,
  record: string,
  now: Instant,
): Promise<boolean> {
  const at = sql`${new Date(now).toISOString()}::timestamptz`;
  const { rows } = await db.execute(
    kind === "command"
      ? sql`update commands set done_at = ${at}, outcome = 'dropped ' || ${record}::text || '; it had ' || outcome where id = ${number} and outcome like 'failed:%' returning 1`
      : sql`update effects set status = 'dropped', finished_at = ${at}, error = 'dropped ' || ${record}::text || '; it had failed: ' || coalesce(error, '') where id = ${number} and status = 'failed' returning 1`,
  );
  return rows.length > 0;
}

/** What became of a letter that was tried again. */
export async function readRetriedLetter(db: QueryExecutor, { kind, number }: DeadLetterRef): Promise<DeadLetterState> {
  const { rows } = await db.execute<{ state: string | null; text: string | null }>(
    kind === "command"
      ? sql`select case when done_at is null then null when outcome like 'failed:%' then 'failed' else 'done' end as state, coalesce(nullif(result->>'text', ''), outcome) as text from commands where id = ${number}`
      : sql`select case status when 'done' then 'done' when 'failed' then 'failed' end as state, error as text from effects where id = ${number}`,
  );
  const [row] = rows;
  if (row?.state === "done" || row?.state === "failed") return { kind: row.state, text: row.text ?? "" };
  return { kind: "pending" };
}

/** The commands whose failure an alert of `source` still reports, though they were applied or dropped since. */
export async function answeredFailures(db: QueryExecutor, source: string, prefix: string): Promise<number[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select substr(a.fingerprint, ${prefix.length + 1}::int) as id from alerts a
    where a.source = ${source} and a.status = 'firing' and starts_with(a.fingerprint, ${prefix})
      and not exists (select 1 from commands c where c.id::text = substr(a.fingerprint, ${prefix.length + 1}::int)
        and (c.done_at is null or c.outcome like 'failed:%'))`);
  return rows.map(({ id }) => Number(id));
}
