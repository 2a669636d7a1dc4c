import { sql, type SQL } from "drizzle-orm";
import { DAY_MS } from "#domain/values/duration.ts";
import { DEFAULT_RETENTION, type RetentionPolicy } from "#domain/policy/retention-policy.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Database, QueryExecutor } from "./client.ts";

/** How long truncation marks are kept for an ended incident, in ms: it may be reopened. */
const REOPENED_WITHIN_MS = DAY_MS;
/** Rows of one statement: few enough that a door beside it does not wait. */
const AT_ONCE = 5_000;
/** Output of steps is large: fewer runs at once. */
const RUNS_AT_ONCE = 100;

/** Two runs at once would wait for rows of each other: a statement of one leaves it to the other. */
const PRUNE_LOCK = 7_315_007;

/**
 * Forgets what was done or dropped long ago, until nothing of it is left. Incidents, alerts and timelines are kept for ever;
 * so is work that failed. Each statement is whole by itself: a run that ends between two of them leaves the rest to the next.
 * What cannot be removed of one kind keeps no other kind.
 * @param pause is awaited between two statements of the same kind, so that other work comes between
 * @throws what the first kind failed with that could not be removed, after all others were
 */
export async function pruneHistory(
  db: Database,
  now: Instant,
  pause: () => Promise<void>,
  retention: RetentionPolicy = DEFAULT_RETENTION,
): Promise<void> {
  const { audit } = retention;
  const expired = (tx: QueryExecutor): Promise<number> =>
    audit === null ? Promise.resolve(0) : expireAudit(tx, now - audit, AT_ONCE);
  const removals = oldRows(retention, now).map(({ remove, atOnce }) => ({
    atOnce,
    run: async (tx: QueryExecutor): Promise<number> =>
      (await tx.execute(sql`with gone as (${remove} returning 1) select count(*)::integer as gone from gone`))
        .rows[0]?.["gone"] as number,
  }));
  const failures: unknown[] = [];
  for (const { run, atOnce } of [{ run: expired, atOnce: AT_ONCE }, ...removals])
    try {
      while ((await removeAlone(db, run)) >= atOnce) await pause();
    } catch (error) {
      failures.push(error);
    }
  if (failures.length > 0) throw failures[0];
}

/** Removes rows in a transaction, 0 while another run removes some. */
function removeAlone(db: Database, run: (tx: QueryExecutor) => Promise<number>): Promise<number> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(sql`select pg_try_advisory_xact_lock(${PRUNE_LOCK}) as mine`);
    return rows[0]?.mine === true ? run(tx) : 0;
  });
}

type Removal = { readonly remove: SQL; readonly atOnce: number };

/** One removal for each kind of row: it removes at most so many at once. */
function oldRows(kept: RetentionPolicy, now: Instant): readonly Removal[] {
  const ago = (ms: number): SQL => sql`${new Date(now - ms).toISOString()}::timestamptz`;
  const over = ago(REOPENED_WITHIN_MS);
  // By its text: PostgreSQL cannot take json apart that holds \u0000 anywhere. No string in it has quotes of its own.
  const resultKind = sql`substring(result::text from '"kind":"([a-z]+)"')`;
  const some = (remove: SQL, atOnce = AT_ONCE): Removal => ({ remove, atOnce });
  const all = (remove: SQL): Removal => ({ remove, atOnce: Infinity });
  return [
    some(
      sql`delete from commands where id in (select id from commands where done_at < ${ago(kept.commands)} and coalesce(${resultKind}, split_part(outcome, ':', 1)) <> 'failed' order by done_at limit ${AT_ONCE})`,
    ),
    some(
      // The effect of a page holds where its alarm was opened: there it is ended, however long the incident takes.
      sql`delete from effects where id in (select id from effects e where status in ('done','dropped') and every is null and finished_at < ${ago(kept.effects)}
        and not (effect->>'type' = 'page.trigger' and exists (select 1 from incidents i where i.number = e.incident and i.status in ('triggered','acknowledged','mitigated'))) limit ${AT_ONCE})`,
    ),
    // A run has at least one step: so many rows or more may mean that others are left.
    some(
      sql`delete from step_outputs where run in (select number from runs where finished_at < ${ago(kept.stepOutputs)} and exists (select 1 from step_outputs o where o.run = number) limit ${RUNS_AT_ONCE})`,
      RUNS_AT_ONCE,
    ),
    all(sql`delete from allowances where at < ${ago(kept.effects)}`),
    all(sql`delete from wakings where at < ${ago(kept.effects)}`),
    all(sql`delete from refused_alerts where last_at < ${ago(kept.refusedAlerts)}`),
    all(sql`delete from sessions where least(ended_at, expires_at) < ${ago(kept.arrangements)}`),
    all(
      sql`delete from alert_senders where raised_at is null and coalesce(greatest(accepted_at, refused_at), ${ago(kept.refusedAlerts)}) <= ${ago(kept.refusedAlerts)}`,
    ),
    all(sql`delete from mutes where until < ${ago(kept.arrangements)}`),
    all(sql`delete from overrides where until < ${ago(kept.arrangements)} and source = 'pager'`),
    some(
      sql`delete from notices where id in (select id from notices where at < ${ago(kept.effects)} order by id limit ${AT_ONCE})`,
    ),
    all(sql`delete from feed_messages where at < ${ago(kept.effects)}`),
    all(
      sql`delete from truncated_groups t using incidents i where i.number = t.incident and i.status not in ('triggered','acknowledged','mitigated') and (t.hidden = 0 or coalesce(i.resolved_at, i.opened_at) < ${over})`,
    ),
  ];
}

/** Deletes entries from before an instant, none younger than 30 days, and answers how many of at most `most`. */
export async function expireAudit(db: QueryExecutor, before: Instant, most: number): Promise<number> {
  const { rows } = await db.execute<{ gone: number }>(
    sql`select audit.expire(${new Date(before).toISOString()}::timestamptz, ${most}::integer) as gone`,
  );
  return rows[0]?.gone ?? 0;
}
