import { and, eq, gt, gte, inArray, lte, sql } from "drizzle-orm";
import type { PageWaking } from "#domain/events/decision.ts";
import type { ArrangementChange, ArrangementState, Silence, Override } from "#domain/incident/arrangement.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import type { Instant } from "#domain/values/language.ts";
import { bulkInsert } from "#db/bulk-insert.ts";
import type { QueryExecutor } from "#db/client.ts";
import { alertsTable } from "#db/schema.ts";
import { overridesTable, silencesTable, wakingsTable } from "./arrangement-schema.ts";

/** What is in force at `now` or will be, and whom pages woke since `since` that are unanswered. */
export async function loadArrangements(
  db: QueryExecutor,
  now: Instant,
  since: Instant,
): Promise<ArrangementState & { readonly woken: readonly PageWaking[] }> {
  const { rows } = await db.execute<{
    overrides: readonly Override[] | null;
    silences: readonly Silence[] | null;
    replaced: readonly RotationVersion[] | null;
    woken: readonly PageWaking[] | null;
  }>(
    sql`select
      (select json_agg(json_build_object('schedule', schedule, 'person', person, 'from', ${ms("from")}, 'until', ${ms("until")}, 'source', source, 'number', number) order by id) from overrides where until > ${time(now)}) as overrides,
      (select json_agg(json_build_object('id', id, 'matchers', matchers, 'reason', reason, 'by', by, 'from', ${ms("from")}, 'until', ${ms("until")}) order by id) from mutes where until > ${time(now)}) as silences,
      (select json_agg(json_build_object('id', id, 'schedule', schedule, 'rotation', rotation, 'from', ${ms("from")}, 'until', ${ms("until")}, 'readAt', ${ms("read_at")}, 'replacedAt', ${ms("replaced_at")}) order by id) from rotations where until > ${time(now)}) as replaced,
      (select json_agg(json_build_object('page', page, 'person', person, 'priority', priority)) from wakings where at > ${time(since)}) as woken`,
  );
  const [row] = rows;
  return {
    overrides: row?.overrides ?? [],
    silences: row?.silences ?? [],
    replaced: row?.replaced ?? [],
    woken: row?.woken ?? [],
  };
}

/** Every override that touches [from, to), for who looks back or far ahead. */
export async function overridesBetween(db: QueryExecutor, from: Instant, to: Instant): Promise<Override[]> {
  const rows = await db
    .select()
    .from(overridesTable)
    .where(and(gt(overridesTable.until, new Date(from)), lte(overridesTable.from, new Date(to))))
    .orderBy(overridesTable.id);
  return rows.map(({ schedule, person, from: begins, until, source }) => ({
    schedule,
    person,
    from: begins.getTime(),
    until: until.getTime(),
    source,
  }));
}

/** Writes changes down, in their order. */
export async function saveArrangements(db: QueryExecutor, changes: readonly ArrangementChange[]): Promise<void> {
  for (const change of changes) await saveChange(db, change);
}

/** It answers something, so that a kind of change that is not written down does not compile. */
function saveChange(db: QueryExecutor, change: ArrangementChange): PromiseLike<unknown> {
  switch (change.kind) {
    case "override":
      return db.execute(bulkInsert(overridesTable, [{ ...change.override, by: change.by }]));
    case "restore": {
      const at = new Date(change.at);
      return db
        .update(overridesTable)
        .set({ until: sql`greatest(${overridesTable.from}, ${at.toISOString()}::timestamptz)` })
        .where(
          and(
            eq(overridesTable.schedule, change.schedule),
            eq(overridesTable.source, "person"),
            gt(overridesTable.until, at),
            change.override === undefined ? undefined : eq(overridesTable.number, change.override),
          ),
        );
    }
    case "mute":
      return db.execute(bulkInsert(silencesTable, [change.silence]));
    case "lift":
      return endSilence(db, change.id, new Date(change.at));
  }
}

async function endSilence(db: QueryExecutor, id: number, at: Date): Promise<void> {
  await db.update(silencesTable).set({ until: at }).where(eq(silencesTable.id, id));
  // Whatever it held back is looked at again.
  await db.update(alertsTable).set({ mutedUntil: at }).where(gt(alertsTable.mutedUntil, at));
}

/**
 * Replaces the shifts that the pager gave for a schedule of its own, from `now` on. Writes nothing when they are the
 * same.
 */
export async function replacePagerShifts(
  tx: QueryExecutor,
  schedule: string,
  now: Instant,
  horizon: Instant,
  shifts: readonly Override[],
): Promise<void> {
  const ofSchedule = and(
    eq(overridesTable.schedule, schedule),
    eq(overridesTable.source, "pager"),
    gt(overridesTable.until, new Date(now)),
  );
  const known = await tx.select().from(overridesTable).where(ofSchedule);
  // The pager cuts a shift that is on now, and one that never ends, at other instants in each answer.
  const far = now + (horizon - now) / 2;
  const name = (person: string, from: Instant, until: Instant): string =>
    `${person} ${from <= now ? "-" : from} ${until >= far ? "+" : until}`;
  const before = known.map(({ person, from, until }) => name(person, from.getTime(), until.getTime())).toSorted();
  const after = shifts.map(({ person, from, until }) => name(person, from, until)).toSorted();
  if (before.length === after.length && before.every((each, i) => each === after[i])) return;
  await tx.delete(overridesTable).where(and(ofSchedule, gte(overridesTable.from, new Date(now))));
  await tx
    .update(overridesTable)
    .set({ until: new Date(now) })
    .where(ofSchedule);
  if (shifts.length === 0) return;
  const by = { kind: "source", id: "pagerduty", name: "PagerDuty" };
  await tx.execute(
    bulkInsert(
      overridesTable,
      shifts.map((shift) => ({ ...shift, by })),
    ),
  );
}

/** Forgets whom pages woke that are answered now. */
export async function forgetWakings(db: QueryExecutor, pages: readonly string[]): Promise<void> {
  if (pages.length > 0) await db.delete(wakingsTable).where(inArray(wakingsTable.page, [...pages]));
}

/** Records whom pages woke. */
export async function recordWakings(db: QueryExecutor, woken: readonly PageWaking[], at: Instant): Promise<void> {
  if (woken.length === 0) return;
  await db.execute(
    sql`${bulkInsert(
      wakingsTable,
      woken.map((each) => ({ ...each, at })),
    )} on conflict do nothing`,
  );
}

function ms(column: "from" | "until" | "read_at" | "replaced_at"): ReturnType<typeof sql> {
  return sql.raw(`(extract(epoch from "${column}") * 1000)::bigint`);
}

function time(at: Instant): ReturnType<typeof sql> {
  return sql`${new Date(at).toISOString()}::timestamptz`;
}
