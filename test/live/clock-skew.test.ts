import { afterEach, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { clockOfDatabase } from "#db/place/database-clock.ts";
import { startLiveSetup, type LiveSetup, readIncidents } from "#test/support/harness/processes/live-setup.ts";
import { startMusterInProcess, type MusterInProcess } from "#test/support/harness/processes/muster-process.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { stopwatch, wallClock } from "#test/support/harness/test-clock.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** How far the machine's clock of the second process is off. */
const OFF_MS = 90_000;
/** Many polls of a worker. */
const WATCHED_MS = 5_000;

describeLive("two processes on one PostgreSQL", ["postgres"], () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const started = async (stage: LiveSetup, database: DatabaseConnection, off: number): Promise<MusterInProcess> => {
    const muster = await startMusterInProcess(stage.env, {
      clock: () => wallClock() + off,
      databaseClock: clockOfDatabase(database.db),
      paging: stage.pager.port,
    });
    ends.push(() => muster.stop());
    return muster;
  };

  test.each([
    ["ahead", OFF_MS],
    ["behind", -OFF_MS],
  ])("one whose clock is 90 s %s accepts alerts and takes none; the other does the work, once", async (_, off) => {
    const stage = await startLiveSetup("postgres");
    ends.push(() => stage.close());
    const database = await openDatabase(
      { kind: "server", url: stage.env["DATABASE_URL"] ?? "", connections: 2 },
      () => {},
    );
    ends.push(() => database.close());
    const wrong = await started(stage, database, off);
    expect(await wrong.fire({ name: "CheckoutDown", severity: "P0", service: "order-service" })).toEqual([202]);
    const elapsed = stopwatch();
    await waitFor(() => elapsed() > WATCHED_MS, { what: "time to pass" });
    expect(await readIncidents(wrong)).toEqual([]);
    expect(stage.pager.woken()).toEqual([]);
    const { status, text } = await wrong.get("/health/ready");
    const { checks } = JSON.parse(text) as { checks: { clock: { error: string } } };
    expect(status).toBe(503);
    expect(checks.clock.error).toMatch(/90 s|1 min 30 s|1 min 29 s/);
    const right = await started(stage, database, 0);
    await waitFor(async () => (await readIncidents(right)).length === 1, { what: "the incident", timeoutMs: 20_000 });
    await waitFor(() => stage.pager.woken().length === 1, { what: "the page", timeoutMs: 20_000 });
    expect((await stage.slack.channels()).filter(({ name }) => name.startsWith("inc-")).length).toBeLessThanOrEqual(1);
  });
});
