import { sql } from "drizzle-orm";
import {
  effectDefinition,
  effectKey,
  incidentEffectKey,
  type Effect,
  type EffectType,
} from "#domain/effects/effect-registry.ts";
import type { Instant, Lane, Person } from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { msUntil } from "./due-work.ts";
import { shiftTime, type DatabaseTime } from "#db/place/database-clock.ts";
import { effectsTable } from "./schema.ts";

/** An effect to be requested. */
export type EffectRequest = { readonly effect: Effect; readonly incident: number | null; readonly urgency: number };

/** An effect in the hands of one performer. */
export type ClaimedEffect = typeof effectsTable.$inferSelect;

/**
 * A ticket that its tracker refused: when it is asked for again, its place may be mended. One at work is left alone, or it
 * would be opened twice.
 */
export const REFUSED_TICKET = sql`effects.lane = 'ticket' and effects.every is null and effects.error is not null and effects.status in ('pending','failed')`;

/**
 * Stores requested effects. One that happens once is ignored when it was requested before, but a refused ticket is tried again at once; a coalescing one is due again, no sooner
 * than its pace after the last performance (and no later than its pace from now: the clock may have been set back), and keeps waiting where it already waits (also for a back-off to end).
 */
export async function enqueueEffects(
  db: QueryExecutor,
  effects: readonly EffectRequest[],
  now: Instant,
): Promise<void> {
  if (effects.length === 0) return;
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { effect, incident, urgency } of effects) {
    const key = effectKey(effect, incident);
    const { lane, interval, shared } = effectDefinition(effect);
    rows.set(key, {
      key,
      lane,
      incident: shared ? null : incident,
      urgency,
      effect,
      every: interval,
      status: "pending",
      dueAt: now,
      createdAt: now,
      wanted: 1,
      epoch: 0,
      attempts: 0,
      unsure: false,
    });
  }
  await db.execute(sql`${bulkInsert(effectsTable, [...rows.values()])} on conflict (key) do update set
    wanted = effects.wanted + 1,
    urgency = least(effects.urgency, excluded.urgency),
    status = case when effects.status = 'started' then 'started' else 'pending' end,
    error = case when ${REFUSED_TICKET} then null else effects.error end,
    attempts = case when ${REFUSED_TICKET} then 0 else effects.attempts end,
    due_at = case when ${REFUSED_TICKET} then excluded.due_at when effects.status in ('started', 'pending') then effects.due_at
      else least(greatest(excluded.due_at, effects.finished_at + effects.every * interval '1 millisecond'), excluded.due_at + effects.every * interval '1 millisecond') end
    where effects.every is not null or (${REFUSED_TICKET})`);
}

/**
 * Takes up to `limit` due effects of a lane, the most urgent first, for `lease` ms: by then they are finished or
 * counted as abandoned and taken again, marked `unsure`.
 */
export async function claimEffects(
  db: QueryExecutor,
  lane: Lane,
  limit: number,
  now: DatabaseTime,
  lease: number,
): Promise<ClaimedEffect[]> {
  const chosen = sql`(select e.id, e.status from effects e where e.lane = ${lane} and e.status in ('pending','started') and e.due_at <= ${now} order by e.urgency, e.due_at limit ${limit} for update skip locked)`;
  const { rows } = await db.execute<{ id: string }>(
    sql`update effects set status = 'started', due_at = ${shiftTime(now, lease)}, epoch = effects.epoch + 1, attempts = effects.attempts + 1, unsure = effects.unsure or chosen.status = 'started'
      from ${chosen} as chosen where effects.id = chosen.id returning effects.id`,
  );
  if (rows.length === 0) return [];
  const ids = rows.map((row) => Number(row.id));
  const claimed = await db
    .select()
    .from(effectsTable)
    .where(sql`${effectsTable.id} in ${ids}`);
  return claimed.toSorted((a, b) => a.urgency - b.urgency || a.id - b.id);
}

/** The outcome of a claimed effect. `wanted` is the count at the claim: a later request keeps a coalescing effect due. */
export type FinishedEffect = {
  readonly id: number;
  readonly epoch: number;
  readonly wanted: number;
  readonly status: "pending" | "done" | "failed";
  /** For pending: when to try again. */
  readonly dueAt: Instant;
  readonly unsure: boolean;
  /** false: the place was at fault, and the attempt counts for nothing. */
  readonly counted: boolean;
  readonly error: string | null;
  readonly memo: unknown;
  readonly finishedAt: Instant;
};

/** Records outcomes. An outcome of someone whose claim was taken over meanwhile changes nothing. */
export async function finishEffects(db: QueryExecutor, finished: readonly FinishedEffect[]): Promise<void> {
  if (finished.length === 0) return;
  const rows = finished.map((each) => ({
    ...each,
    dueAt: new Date(each.dueAt).toISOString(),
    finishedAt: new Date(each.finishedAt).toISOString(),
  }));
  await db.execute(sql`update effects e set
      status = case when f.status = 'done' and e.wanted > f.wanted then 'pending' else f.status end,
      due_at = case when f.status = 'done' and e.wanted > f.wanted then f."finishedAt" + coalesce(e.every, 0) * interval '1 millisecond' else f."dueAt" end,
      finished_at = case when f.status = 'done' then f."finishedAt" else e.finished_at end,
      attempts = case when f.error is null then 0 when f.counted then e.attempts else greatest(e.attempts - 1, 0) end,
      unsure = f.unsure, error = f.error, memo = f.memo
    from json_to_recordset(${JSON.stringify(rows)}::json) as f(id bigint, epoch integer, wanted integer, status text, "dueAt" timestamptz, unsure boolean, counted boolean, error text, memo json, "finishedAt" timestamptz)
    where e.id = f.id and e.epoch = f.epoch`);
}

/**
 * Makes effects due that are due further ahead than anything makes them: the clock was set back since. `lease` and `wait`: the
 * longest claim and the longest wait for another attempt, in ms. Answers how many.
 */
export async function rearmDistantEffects(
  db: QueryExecutor,
  now: DatabaseTime,
  { lease, wait }: { readonly lease: number; readonly wait: number },
): Promise<number> {
  const { rows } = await db.execute(
    sql`update effects set due_at = ${now} where
      (status = 'started' and due_at > ${shiftTime(now, lease)}) or
      (status = 'pending' and due_at > ${shiftTime(now, wait)} + coalesce(every, 0) * interval '1 millisecond') returning id`,
  );
  return rows.length;
}

/** ms until the next effect of a lane is due, 0 when one is, null when there is none. */
export function nextEffectDueIn(db: QueryExecutor, lane: Lane, now: DatabaseTime): Promise<number | null> {
  return msUntil(
    db,
    sql`(select min(due_at) from effects where lane = ${lane} and status in ('pending','started'))`,
    now,
  );
}

/** Whether an effect of this type is waiting or at work for one of these incidents. */
export async function isEffectPending(
  db: QueryExecutor,
  incidents: readonly number[],
  type: EffectType,
): Promise<boolean> {
  const { rows } = await db.execute(
    sql`select 1 from effects where incident in ${[...incidents]} and status in ('pending','started') and effect->>'type' = ${type} limit 1`,
  );
  return rows.length > 0;
}

/** A direct message of a page, as far as it has come. `error`: what the last attempt met. */
export type PageMessage = {
  readonly user: string;
  readonly status: "pending" | "started" | "done" | "failed";
  readonly error: string | null;
};

/** The direct messages that carry a page to people. */
export async function findPageMessages(db: QueryExecutor, incident: number, page: string): Promise<PageMessage[]> {
  const { rows } = await db.execute<PageMessage>(
    sql`select effect->'to'->>'id' as user, status, error from effects where incident = ${incident} and effect->>'type' = 'chat.direct' and effect->'about'->>'key' = ${page} order by id`,
  );
  return rows;
}

/** A direct message of a page. `sent`: where it is in the chat; null: it was not sent, or by an earlier version. */
export type PageMessageRow = {
  readonly id: string;
  readonly page: string;
  readonly to: Person;
  readonly status: PageMessage["status"];
  readonly sent: unknown;
};

/** Every direct message of the pages that these incidents asked for. */
export async function listPageMessages(db: QueryExecutor, incidents: readonly number[]): Promise<PageMessageRow[]> {
  const { rows } = await db.execute<PageMessageRow>(
    sql`select id::text as id, effect->'about'->>'key' as page, effect->'to' as to, status, memo as sent from effects where incident in ${[...incidents]} and effect->>'type' = 'chat.direct' and effect->'about'->>'kind' = 'page' and effect->'about'->>'key' is not null order by id`,
  );
  return rows;
}

/** A reminder of a run's request for an approval. `sent`: where it is in the chat; null: it was not sent yet. */
export type ApprovalReminderRow = { readonly to: Person; readonly hash: string; readonly sent: unknown };

/** Every reminder that someone asked for of what a run asks. */
export async function listApprovalReminders(
  db: QueryExecutor,
  incident: number,
  run: number,
): Promise<readonly ApprovalReminderRow[]> {
  const { rows } = await db.execute<ApprovalReminderRow>(
    sql`select effect->'to' as to, effect->>'hash' as hash, memo as sent from effects where incident = ${incident} and effect->>'type' = 'chat.reminder' and effect->>'run' = ${String(run)} order by id`,
  );
  return rows;
}

/** Where the messages stand that effects of a type have posted for an incident. */
export async function listPostedMessages(
  db: QueryExecutor,
  incident: number,
  type: EffectType,
): Promise<readonly unknown[]> {
  const { rows } = await db.execute<{ sent: unknown }>(
    sql`select memo as sent from effects where incident = ${incident} and effect->>'type' = ${type} and json_typeof(memo) = 'object' order by id`,
  );
  return rows.map(({ sent }) => sent);
}

/** How far a requested effect has come, and where what it posted stands; null: it was never requested. */
export async function findPostedMessage(
  db: QueryExecutor,
  effect: Effect,
  incident: number,
): Promise<{ readonly status: PageMessage["status"]; readonly sent: unknown } | null> {
  const { rows } = await db.execute<{ status: PageMessage["status"]; sent: unknown }>(
    sql`select status, memo as sent from effects where key = ${effectKey(effect, incident)}`,
  );
  return rows[0] ?? null;
}

/** Where the pager opened the alarms of incidents, as it named the places, by the keys of their pages. */
export async function findAlarmPlaces(
  db: QueryExecutor,
  incidents: readonly number[],
): Promise<{ readonly page: string; readonly place: string }[]> {
  const { rows } = await db.execute<{ page: string; place: string }>(
    sql`select effect->>'key' as page, memo->>'place' as place from effects where incident in ${[...incidents]} and effect->>'type' = 'page.trigger' and json_typeof(memo) = 'object' and memo->>'place' is not null`,
  );
  return rows;
}

/** Whether work on an incident's ticket from before `key` waits or is under way. A refused change of it holds nothing up. */
export async function hasEarlierTicketWork(db: QueryExecutor, incident: number, key: string): Promise<boolean> {
  const { rows } = await db.execute(
    sql`select 1 from effects where incident = ${incident} and effect->>'type' in ('ticket.open','ticket.close','ticket.reopen') and (status = 'started' or (status = 'pending' and (error is null or effect->>'type' = 'ticket.open'))) and id < (select id from effects where key = ${key}) limit 1`,
  );
  return rows.length > 0;
}

/** The message that a coalescing effect of an incident keeps up to date, or null. */
export async function findShownMessage(
  db: QueryExecutor,
  incident: number,
  type: EffectType,
): Promise<{ readonly channel: string; readonly id: string } | null> {
  const { rows } = await db.execute<{ channel: string | null; id: string | null }>(
    sql`select memo->>'channel' as channel, memo->>'id' as id from effects where key = ${incidentEffectKey(type, incident)} and json_typeof(memo) = 'object'`,
  );
  const [row] = rows;
  return row?.channel && row.id ? { channel: row.channel, id: row.id } : null;
}

/**
 * Makes a coalescing effect forget what it last showed, so that it shows it again when it is requested next. `believed`:
 * only when that is what it believes to have shown. Answers whether there was something to forget.
 */
export async function forgetShownMessage(
  db: QueryExecutor,
  incident: number,
  type: EffectType,
  believed: string | null,
): Promise<boolean> {
  const { rows } = await db.execute(
    sql`update effects set memo = case when json_typeof(memo) = 'object' then (memo::jsonb || '{"said":""}'::jsonb)::json end where key = ${incidentEffectKey(type, incident)} and status = 'done' and memo is not null and (${believed}::text is null or memo#>>'{}' = ${believed}::text) returning 1 as forgotten`,
  );
  return rows.length > 0;
}

/** Channels that are looked at at once: as many as a chat lets one ask about in half a minute. */
const CHECKS_AT_ONCE = 50;

/** Requests a look at the channels of open incidents, those first that were not looked at for the longest time. */
export async function enqueueChannelChecks(db: QueryExecutor, now: Instant): Promise<void> {
  const { rows } = await db.execute<{ number: number }>(
    sql`select i.number from incidents i left join effects e on e.key = ${incidentEffectKey("chat.check", 0).slice(0, -1)} || i.number
      where i.status in ('triggered','acknowledged','mitigated') and i.channel is not null and coalesce(e.status not in ('pending','started'), true)
      order by e.finished_at nulls first, i.number desc limit ${CHECKS_AT_ONCE}`,
  );
  await enqueueEffects(
    db,
    rows.map(({ number }) => ({ effect: { type: "chat.check" }, incident: number, urgency: 4 })),
    now,
  );
}
