import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { readIncidents, startLiveSetup, waitUntilSettled } from "#test/support/harness/processes/live-setup.ts";
import { startMusterInProcess, type MusterInProcess } from "#test/support/harness/processes/muster-process.ts";
import { describeLive, querySql } from "#test/support/harness/servers/live.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** The lock of who decides, as `src/db/commands.ts` takes it. */
const DECISION_LOCK = 7_315_002;

describeLive("Two workers on one PostgreSQL, of which one decides", ["postgres"], () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function startTwo(): Promise<{ readonly url: string; readonly both: readonly MusterInProcess[] }> {
    const stage = await startLiveSetup("postgres");
    ends.push(() => stage.close());
    const both = await Promise.all([0, 1].map(() => startMusterInProcess(stage.env, { paging: stage.pager.port })));
    for (const each of both) ends.push(() => each.stop());
    return { url: stage.env["DATABASE_URL"]!, both };
  }

  test("the other leaves it the work instead of standing in line", async () => {
    const { url, both } = await startTwo();
    const holder = new pg.Client(url);
    await holder.connect();
    ends.push(() => holder.end());
    await holder.query(`select pg_advisory_lock(${DECISION_LOCK})`);
    for (const [n, muster] of both.entries())
      expect(await muster.fire({ name: "CheckoutDown", severity: "P3", service: `orders-${n}` })).toEqual([202]);
    // Both have looked in vain once the sweep has come by, and none is left waiting.
    const before = await attempts(url);
    await waitFor(async () => (await attempts(url)) > before + 2, { what: "more looks", timeoutMs: 15_000 });
    expect(
      await querySql(
        url,
        "select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
      ),
    ).toEqual([]);
    expect(await readIncidents(both[0]!)).toEqual([]);
    await holder.query(`select pg_advisory_unlock(${DECISION_LOCK})`);
    await waitFor(async () => (await readIncidents(both[0]!)).length === 2, {
      what: "both incidents",
      timeoutMs: 10_000,
    });
  });

  test("nothing that either of them stores is left lying", async () => {
    const { both } = await startTwo();
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        both[n % 2]!.fire({ name: "DiskFilling", severity: "P4", service: `disk-${n}` }),
      ),
    );
    await waitUntilSettled(both[0]!);
    const ids = (await readIncidents(both[1]!)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(200);
  });
});

/** How many transactions the database has begun so far. */
async function attempts(url: string): Promise<number> {
  const [row] = await querySql<{ n: string }>(
    url,
    "select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()",
  );
  return Number(row?.n);
}
