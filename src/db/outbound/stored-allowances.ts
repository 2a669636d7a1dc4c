import { eq, sql } from "drizzle-orm";
import type { DatabaseConnection, QueryExecutor } from "#db/client.ts";
import {
  fullBucket,
  pauseBucket,
  takeFrom,
  type VendorAllowance,
  type AllowanceBucket,
} from "#domain/outbound/allowance.ts";
import type { Instant } from "#domain/values/language.ts";
import type { DatabaseClock } from "#db/place/database-clock.ts";
import { allowancesTable } from "./outbound-schema.ts";

/** Allowances of all processes on this database, by its clock. */
export type StoredAllowances = {
  readonly take: (allowance: VendorAllowance, urgency: number) => Promise<number>;
  readonly pause: (allowance: VendorAllowance, ms: number) => Promise<void>;
};

/** `onFailure`: the database could not be asked; the request goes, and the vendor counts for itself. */
export function createStoredAllowances(
  db: DatabaseConnection["db"],
  clock: DatabaseClock,
  onFailure: (error: Error) => void,
): StoredAllowances {
  const change = async <T>(
    allowance: VendorAllowance,
    decide: (bucket: AllowanceBucket, now: Instant) => { readonly bucket: AllowanceBucket; readonly result: T },
    otherwise: T,
  ): Promise<T> => {
    try {
      return await db.transaction(async (tx) => {
        const { bucket, now } = await lockBucket(tx, clock, allowance);
        const decided = decide(bucket, now);
        await saveBucket(tx, allowance.key, decided.bucket);
        return decided.result;
      });
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)));
      return otherwise;
    }
  };
  return {
    take: (allowance, urgency) =>
      change(
        allowance,
        (before, now) => {
          const { bucket, waitMs } = takeFrom(before, allowance, urgency, now);
          return { bucket, result: waitMs };
        },
        0,
      ),
    pause: (allowance, ms) =>
      change(
        allowance,
        (before, now) => ({ bucket: pauseBucket(before, allowance, ms, now), result: undefined }),
        undefined,
      ),
  };
}

/** The bucket, which no other process takes from until the transaction ends, and the time. */
async function lockBucket(
  tx: QueryExecutor,
  clock: DatabaseClock,
  allowance: VendorAllowance,
): Promise<{ readonly bucket: AllowanceBucket; readonly now: Instant }> {
  // What a crash of the server forgets here is a request or two of an allowance.
  await tx.execute(
    sql`insert into allowances (key, tokens, refused, at) select ${allowance.key}, ${allowance.burst}, 0, ${clock.now()} from set_config('synchronous_commit', 'off', true) on conflict (key) do nothing`,
  );
  const [row] = await tx.select().from(allowancesTable).where(eq(allowancesTable.key, allowance.key)).for("update");
  // Asked in a statement of its own: the one before may have waited for the row.
  const { rows } = await tx.execute<{ ms: string }>(
    sql`select floor(extract(epoch from ${clock.now()}) * 1000)::bigint::text as ms`,
  );
  const now = Number(rows[0]!.ms);
  if (row === undefined) return { bucket: fullBucket(allowance, now), now };
  const { tokens, refused, at, pausedUntil } = row;
  return { bucket: { tokens, refused, at: at.getTime(), pausedUntil: pausedUntil?.getTime() ?? null }, now };
}

async function saveBucket(
  tx: QueryExecutor,
  key: string,
  { tokens, refused, at, pausedUntil }: AllowanceBucket,
): Promise<void> {
  await tx
    .update(allowancesTable)
    .set({ tokens, refused, at: new Date(at), pausedUntil: pausedUntil === null ? null : new Date(pausedUntil) })
    .where(eq(allowancesTable.key, key));
}
