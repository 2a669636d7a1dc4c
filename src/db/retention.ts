import { sql, type SQL } from "drizzle-orm";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "./client.ts";

/** How long done and dropped work is kept as proof, in ms. Incidents, alerts and timelines are kept for ever; so is work that failed. */
const RETENTION_MS = 30 * DAY_MS;
/** How long truncation marks are kept for an ended incident, in ms: it may be reopened. */
const REOPENED_WITHIN_MS = DAY_MS;
/** Rows of one statement: few enough that a door beside it does not wait. */
const AT_ONCE = 5_000;
/** Output of steps is large: fewer runs at once. */
const RUNS_AT_ONCE = 100;

/**
 * Forgets what was done or dropped long ago, until nothing of it is left.
 * @param pause is awaited between two statements of the same kind, so that other work comes between
 */
export async function pruneHistory(db: QueryExecutor, now: Instant, pause: () => Promise<void>): Promise<void> {
  const before = sql`${new Date(now - RETENTION_MS).toISOString()}::timestamptz`;
  const over = sql`${new Date(now - REOPENED_WITHIN_MS).toISOString()}::timestamptz`;
  for (const each of oldRows(before, over)) {
    while (
      ((await db.execute(sql`with gone as (${each.remove} returning 1) select count(*)::integer as gone from gone`))
        .rows[0]?.["gone"] as number) >= each.atOnce
    )
      await pause();
  }
}

type Removal = { readonly remove: SQL; readonly atOnce: number };

/** One removal for each kind of row: it removes at most so many at once. */
function oldRows(before: SQL, over: SQL): readonly Removal[] {
  // By its text: PostgreSQL cannot take json apart that holds \u0000 anywhere. No string in it has quotes of its own.
  const resultKind = sql`substring(result::text from '"kind":"([a-z]+)"')`;
  const some = (remove: SQL, atOnce = AT_ONCE): Removal => ({ remove, atOnce });
  const all = (remove: SQL): Removal => ({ remove, atOnce: Infinity });
  return [
    some(
      sql`delete from commands where id in (select id from commands where done_at < ${before} and coalesce(${resultKind}, split_part(outcome, ':', 1)) <> 'failed' order by done_at limit ${AT_ONCE})`,
    ),
    some(
      // A page knows where its alarm was opened: there it is ended, however long the incident takes.
      sql`delete from effects where id in (select id from effects e where status in ('done','dropped') and every is null and finished_at < ${before}
        and not (effect->>'type' = 'page.trigger' and exists (select 1 from incidents i where i.number = e.incident and i.status in ('triggered','acknowledged','mitigated'))) limit ${AT_ONCE})`,
    ),
    // A run has at least one step: so many rows or more may mean that others are left.
    some(
      sql`delete from step_outputs where run in (select number from runs where finished_at < ${before} and exists (select 1 from step_outputs o where o.run = number) limit ${RUNS_AT_ONCE})`,
      RUNS_AT_ONCE,
    ),
    all(sql`delete from allowances where at < ${before}`),
    all(sql`delete from wakings where at < ${before}`),
    all(sql`delete from refused_alerts where last_at < ${before}`),
    all(
      sql`delete from alert_senders where raised_at is null and coalesce(greatest(accepted_at, refused_at), ${before}) <= ${before}`,
    ),
    all(sql`delete from mutes where until < ${before}`),
    all(sql`delete from overrides where until < ${before} and source = 'pager'`),
    some(
      sql`delete from notices where id in (select id from notices where at < ${before} order by id limit ${AT_ONCE})`,
    ),
    all(
      sql`delete from truncated_groups t using incidents i where i.number = t.incident and i.status not in ('triggered','acknowledged','mitigated') and (t.hidden = 0 or coalesce(i.resolved_at, i.opened_at) < ${over})`,
    ),
  ];
}
