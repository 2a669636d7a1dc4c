import pg from "pg";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

/** What waits to be decided, on a database that is asked from outside. */
export type DecidedWork = {
  waiting(): Promise<number>;
  /** Waits until nothing does; answers how many did, and the seconds that it took. */
  workedOff(): Promise<{ readonly waiting: number; readonly seconds: number }>;
  close(): Promise<void>;
};

/** Opens one; `url` is that of the database. */
export async function watchDecided(url: string): Promise<DecidedWork> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const waiting = async (): Promise<number> => {
    const { rows } = await client.query<{ n: string }>("select count(*) as n from commands where done_at is null");
    return Number(rows[0]!.n);
  };
  return {
    waiting,
    async workedOff() {
      const elapsed = stopwatch();
      const before = await waiting();
      await waitFor(async () => (await waiting()) === 0, {
        what: `${before} deliveries to be decided`,
        timeoutMs: 300_000,
        everyMs: 100,
      });
      return { waiting: before, seconds: elapsed() / 1_000 };
    },
    close: () => client.end(),
  };
}

/** "12,000 deliveries waited at the end, worked off in 4.1 s"; "it kept up" when next to none did. */
export function describeLag({ waiting, seconds }: { readonly waiting: number; readonly seconds: number }): string {
  return waiting < 100
    ? "deciding kept up"
    : `${waiting} deliveries waited at the end, worked off in ${seconds.toFixed(1)} s`;
}
