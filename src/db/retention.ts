import { sql } from "drizzle-orm";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "./client.ts";

/** How long done and dropped work is kept as proof, in ms. Incidents, alerts and timelines are kept for ever; so is work that failed. */
const RETENTION_MS = 30 * DAY_MS;
/** How long truncation marks are kept for an ended incident, in ms: it may be reopened. */
const REOPENED_WITHIN_MS = DAY_MS;
const AT_ONCE = 5_000;

/** Forgets old commands and effects that were done or dropped, a bounded number at a time. */
export async function pruneHistory(db: QueryExecutor, now: Instant): Promise<void> {
  const before = sql`${new Date(now - RETENTION_MS).toISOString()}::timestamptz`;
  const over = sql`${new Date(now - REOPENED_WITHIN_MS).toISOString()}::timestamptz`;
  // By its text: PostgreSQL cannot take json apart that holds \u0000 anywhere. No string in it has quotes of its own.
  const resultKind = sql`substring(result::text from '"kind":"([a-z]+)"')`;
  await db.execute(
    sql`delete from commands where id in (select id from commands where done_at < ${before} and coalesce(${resultKind}, split_part(outcome, ':', 1)) <> 'failed' order by done_at limit ${AT_ONCE})`,
  );
  await db.execute(
    // A page knows where its alarm was opened: there it is ended, however long the incident takes.
    sql`delete from effects where id in (select id from effects e where status in ('done','dropped') and every is null and finished_at < ${before}
      and not (effect->>'type' = 'page.trigger' and exists (select 1 from incidents i where i.number = e.incident and i.status in ('triggered','acknowledged','mitigated'))) limit ${AT_ONCE})`,
  );
  await db.execute(
    sql`delete from step_outputs where run in (select number from runs where finished_at < ${before} and exists (select 1 from step_outputs o where o.run = number) limit 100)`,
  );
  await db.execute(sql`delete from wakings where at < ${before}`);
  await db.execute(sql`delete from refused_alerts where last_at < ${before}`);
  await db.execute(
    sql`delete from alert_senders where raised_at is null and coalesce(greatest(accepted_at, refused_at), ${before}) <= ${before}`,
  );
  await db.execute(sql`delete from mutes where until < ${before}`);
  await db.execute(sql`delete from overrides where until < ${before} and source = 'pager'`);
  await db.execute(
    sql`delete from notices where id in (select id from notices where at < ${before} order by id limit ${AT_ONCE})`,
  );
  await db.execute(
    sql`delete from truncated_groups t using incidents i where i.number = t.incident and i.status not in ('triggered','acknowledged','mitigated') and (t.hidden = 0 or coalesce(i.resolved_at, i.opened_at) < ${over})`,
  );
}
