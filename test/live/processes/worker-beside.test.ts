import { readFileSync, writeFileSync } from "node:fs";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import {
  readIncident,
  readIncidents,
  startLiveSetup,
  waitForHealth,
  waitForMetric,
  waitUntilSettled,
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { errorsIn, startMuster, type MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import { describeLive, querySql } from "#test/support/harness/servers/live.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** A worker of its own starts in two seconds, on a busy machine in many. */
const PATIENCE_MS = 60_000;

/** `muster start` on a database that processes can share: the doors, and the worker that it starts beside them. */
describeLive("A worker beside the doors", ["postgres"], () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function start(): Promise<{ readonly stage: LiveSetup; readonly muster: MusterProcess }> {
    const stage = await startLiveSetup("postgres");
    ends.push(() => stage.close());
    const muster = await startMuster({ env: stage.env });
    ends.push(() => muster.kill());
    await muster.ready();
    return { stage, muster };
  }

  /** The process id of the worker that runs now, the `nth` of this Muster. */
  const workerOf = (muster: MusterProcess, nth = 1): Promise<number> =>
    waitFor(() => Number(muster.log.filter(({ msg }) => /^the worker runs/.test(String(msg)))[nth - 1]?.["worker"]), {
      what: `worker number ${nth}`,
      timeoutMs: PATIENCE_MS,
    });

  const isGone = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      // A process whose parent was killed stays a zombie where no one collects it.
      return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
      return true;
    }
  };

  test("decides and acts for it, and one `/metrics` has the counts of both", async () => {
    const { muster } = await start();
    expect(await workerOf(muster)).not.toBe(muster.pid);
    expect(await muster.fire({ name: "CheckoutDown", severity: "P2" })).toEqual([202]);
    await waitFor(async () => (await readIncident(muster))?.channel, { what: "its channel", timeoutMs: PATIENCE_MS });
    await waitUntilSettled(muster, PATIENCE_MS);
    const text = await waitFor(
      async () => {
        const metrics = await muster.get("/metrics");
        return /^muster_commands_applied_total [1-9]/m.test(metrics.text) && metrics.text;
      },
      { what: "the counts of both", timeoutMs: PATIENCE_MS },
    );
    expect(text).toMatch(/^muster_commands_stored_total [1-9]/m);
    expect(text).toMatch(/^muster_apply_lag_seconds 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes\{process="worker"\} \d/m);
    await waitForMetric(muster, 1, "muster_slack_calls_total", 'method="conversations.create"');
    const { checks } = (await muster.api("/health/ready")) as { checks: Record<string, { healthy: boolean }> };
    expect([checks["worker"]?.healthy, checks["lag"]?.healthy]).toEqual([true, true]);
    expect(errorsIn(muster.log)).toEqual([]);
  });

  test("killed in a batch, it is started again, and every alert is decided once", async () => {
    const { stage, muster } = await start();
    const first = await workerOf(muster);
    const url = stage.env["DATABASE_URL"]!;
    await muster.fire({ name: "DiskFull", severity: "P4", service: "disk-before" });
    await waitUntilSettled(muster, PATIENCE_MS);
    // What the first one counted is read before it dies.
    await waitForMetric(muster, 1, "muster_incidents_opened_total", 'priority="P4"');
    // A batch is in hand while the table that it writes last is locked by someone else.
    const holder = new pg.Client(url);
    holder.on("error", () => {});
    await holder.connect();
    ends.push(() => holder.end());
    await holder.query("begin; lock table events in share mode");
    await muster.fire(
      ...Array.from({ length: 150 }, (_, n) => ({ name: "DiskFull", severity: "P4", service: `disk-${n}` })),
    );
    const held = "select 1 from pg_locks where not granted and relation = 'events'::regclass";
    await waitFor(async () => (await querySql(url, held)).length > 0, { what: "a batch", timeoutMs: PATIENCE_MS });
    process.kill(first, "SIGKILL");
    expect((await muster.fire({ name: "LastDisk", severity: "P4", service: "last" }))[0]).toBe(202);
    await holder.query("rollback");
    expect(await workerOf(muster, 2)).not.toBe(first);
    await waitUntilSettled(muster, PATIENCE_MS);
    const services = await querySql<{ n: string; all: string }>(
      url,
      "select count(distinct service) as n, count(*) as all from incidents",
    );
    expect(services).toEqual([{ n: "152", all: "152" }]);
    expect(errorsIn(muster.log)).toMatchObject([{ ended: "SIGKILL" }]);
    // The first one's work counts on.
    await waitForMetric(muster, 152, "muster_incidents_opened_total", 'priority="P4"');
    await waitForHealth(muster, PATIENCE_MS);
  });

  test("SIGHUP reaches both, and an invalid policy neither, nor the worker that starts by it", async () => {
    const { stage, muster } = await start();
    await workerOf(muster);
    const file = stage.env["MUSTER_CONFIG"]!;
    writeFileSync(file, JSON.stringify({ ...stage.policy, severity: [{ match: ["severity=odd"], priority: "P4" }] }));
    muster.signal("SIGHUP");
    await waitFor(() => muster.log.some(({ msg }) => msg === "policy reloaded"), {
      what: "the policy",
      timeoutMs: PATIENCE_MS,
    });
    await muster.fire({ name: "Odd", severity: "odd", service: "odd-1" });
    await waitFor(async () => (await readIncident(muster))?.priority === "P4", {
      what: "the worker's new rule",
      timeoutMs: PATIENCE_MS,
    });

    writeFileSync(file, "severity: nonsense");
    muster.signal("SIGHUP");
    await waitFor(() => muster.log.some(({ msg }) => /policy file has errors/.test(String(msg))), {
      what: "a refusal",
      timeoutMs: PATIENCE_MS,
    });
    process.kill(await workerOf(muster), "SIGKILL");
    await workerOf(muster, 2);
    await muster.fire({ name: "Odd", severity: "odd", service: "odd-2" });
    await waitFor(async () => (await readIncidents(muster)).length === 2, {
      what: "the second",
      timeoutMs: PATIENCE_MS,
    });
    expect((await readIncidents(muster)).map(({ priority }) => priority)).toEqual(["P4", "P4"]);
  });

  test("the doors stop first, then the worker, whatever signals reach both", async () => {
    const { muster } = await start();
    const worker = await workerOf(muster);
    // As a terminal or a supervisor does, which signal a whole group.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(worker, signal);
    expect(await muster.fire({ name: "CheckoutDown", severity: "P3" })).toEqual([202]);
    await waitFor(async () => (await readIncident(muster)) !== null, {
      what: "the worker to work on",
      timeoutMs: PATIENCE_MS,
    });
    await muster.stop();
    expect(isGone(worker)).toBe(true);
    expect(errorsIn(muster.log)).toEqual([]);
  });

  test("a worker whose doors were killed ends by itself", async () => {
    const { muster } = await start();
    const worker = await workerOf(muster);
    await muster.kill();
    await waitFor(() => isGone(worker), { what: "the worker's end", timeoutMs: PATIENCE_MS });
  });
});
