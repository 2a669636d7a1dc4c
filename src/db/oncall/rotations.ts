import { and, eq, gt, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import { bigint, index, json, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { RotationVersion, StoredRotation } from "#domain/policy/rotation-version.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { instantColumn } from "#db/schema.ts";

/**
 * What rotations the policy had when: the past of who was on call stays, and a turn ends at its hand-off. `from`, `until`:
 * when its turns count; `read_at`, `replaced_at`: when its overrides do. The latest of a schedule has no end.
 */
export const rotationsTable = pgTable(
  "rotations",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    schedule: text().notNull(),
    rotation: json().$type<StoredRotation>().notNull(),
    from: instantColumn().notNull(),
    until: instantColumn(),
    readAt: instantColumn().notNull(),
    replacedAt: instantColumn(),
  },
  (t) => [
    uniqueIndex("rotations_latest")
      .on(t.schedule)
      .where(sql`until is null`),
    index("rotations_until").on(t.until),
  ],
);

/** The rotations that later ones have replaced and that count at some instant of [from, to]. */
export async function replacedRotations(db: QueryExecutor, from: Instant, to: Instant): Promise<RotationVersion[]> {
  return readVersions(
    await db
      .select()
      .from(rotationsTable)
      .where(
        and(
          isNotNull(rotationsTable.until),
          or(gt(rotationsTable.until, new Date(from)), gt(rotationsTable.replacedAt, new Date(from))),
          lte(rotationsTable.from, new Date(to)),
        ),
      )
      .orderBy(rotationsTable.id),
  );
}

/** The rotations of every schedule that count at `now` or later. `lock`: they are about to be replaced. */
export async function presentRotations(db: QueryExecutor, now: Instant, lock = false): Promise<RotationVersion[]> {
  const query = db
    .select()
    .from(rotationsTable)
    .where(or(isNull(rotationsTable.until), gt(rotationsTable.until, new Date(now))))
    .orderBy(rotationsTable.id);
  return readVersions(await (lock ? query.for("update") : query));
}

/** Writes versions down: those that are known with their ends, then the new ones. Of two processes that begin one, one does. */
export async function saveRotations(tx: QueryExecutor, versions: readonly RotationVersion[]): Promise<void> {
  for (const { id, until, replacedAt } of versions)
    if (id !== null)
      await tx
        .update(rotationsTable)
        .set({ until: columnTime(until), replacedAt: columnTime(replacedAt) })
        .where(eq(rotationsTable.id, id));
  for (const { id, schedule, rotation, from, until, readAt, replacedAt } of versions)
    if (id === null)
      await tx
        .insert(rotationsTable)
        .values({
          schedule,
          rotation,
          from: new Date(from),
          until: columnTime(until),
          readAt: new Date(readAt),
          replacedAt: columnTime(replacedAt),
        })
        .onConflictDoNothing();
}

function readVersions(rows: readonly (typeof rotationsTable.$inferSelect)[]): RotationVersion[] {
  return rows.map(({ from, until, readAt, replacedAt, ...rest }) => ({
    ...rest,
    from: from.getTime(),
    until: until?.getTime() ?? null,
    readAt: readAt.getTime(),
    replacedAt: replacedAt?.getTime() ?? null,
  }));
}

function columnTime(at: Instant | null): Date | null {
  return at === null ? null : new Date(at);
}
