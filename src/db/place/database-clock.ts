import { sql, type SQL } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Instant } from "#domain/values/language.ts";

/** The present, as an expression of a statement: what is due and who has what is compared with this and nothing else. */
export type DatabaseTime = SQL;

/** The clock of the database, which all processes share. A process's own may be wrong by any amount. */
export type DatabaseClock = {
  /** For the statements of claims, leases and due times. The same throughout one statement. */
  readonly now: () => DatabaseTime;
  /** The time there, to compare one's own with. Rejects when the database cannot be asked. */
  readonly read: () => Promise<Instant>;
};

/** The clock of a real database. The expression is stable, so that an index over due times is used. */
export function clockOfDatabase(db: Pick<NodePgDatabase, "execute">): DatabaseClock {
  return {
    now: () => sql`statement_timestamp()`,
    async read() {
      const { rows } = await db.execute<{ ms: string }>(
        sql`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text as ms`,
      );
      return Number(rows[0]!.ms);
    },
  };
}

/** The database's clock where time itself is played: in tests, the demo and the simulation of runbooks. */
export function playedDatabaseClock(clock: () => Instant): DatabaseClock {
  return {
    now: () => sql`${new Date(clock()).toISOString()}::timestamptz`,
    read: () => Promise.resolve(clock()),
  };
}

/** The earlier of the database's time and one's own. */
export function earlierTime(time: DatabaseTime, own: Instant): DatabaseTime {
  return sql`least(${time}, ${new Date(own).toISOString()}::timestamptz)`;
}

/** `ms` after an expression of time; before it when negative. */
export function shiftTime(time: DatabaseTime, ms: number): DatabaseTime {
  return sql`(${time} + ${ms}::float8 * interval '1 millisecond')`;
}
