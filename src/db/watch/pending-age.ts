import { sql } from "drizzle-orm";
import { shiftTime, type DatabaseTime } from "#db/place/database-clock.ts";
import type { DecisionLag } from "#domain/reporting/decision-lag.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";

/** Counting stops here: "50,000 or more" is precise enough, and counting takes its time. */
const COUNTED = 50_000;

/** How many commands wait, and for how long the oldest has. Cheap however many there are. */
export async function readDecisionLag(db: QueryExecutor, now: DatabaseTime): Promise<DecisionLag> {
  // Each urgency's oldest, by the index over what is pending.
  const oldest = sql.join(
    PRIORITIES.map(
      (_, urgency) =>
        sql`(select recorded_at from commands where done_at is null and urgency = ${urgency} order by id limit 1)`,
    ),
    sql` union all `,
  );
  const { rows } = await db.execute<{ waiting: string; ms: string | null }>(
    sql`select (select count(*) from (select 1 from commands where done_at is null limit ${COUNTED}) as counted) as waiting,
      (select extract(epoch from ${shiftTime(now, 0)} - min(recorded_at)) * 1000 from (${oldest}) as each) as ms`,
  );
  const { waiting, ms } = rows[0]!;
  return { waiting: Number(waiting), oldestMs: ms === null ? 0 : Math.max(0, Number(ms)) };
}
