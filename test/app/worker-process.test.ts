import { getPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { createMetrics } from "#app/metrics.ts";
import { inheritCounts } from "#app/worker/metric-sums.ts";
import type { MetricCounts } from "#app/worker/worker-link.ts";
import { createWorkerProcess, type WorkerProcess, type WorkerTimes } from "#app/worker/worker-process.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const PROGRAM = fileURLToPath(new URL("../support/harness/processes/small-worker.ts", import.meta.url));

const running = new Set<WorkerProcess>();
afterEach(async () => {
  await Promise.all([...running].map((each) => each.stop(0)));
  running.clear();
});

type Tried = { readonly worker: WorkerProcess; readonly log: string[]; policy: string };

/** A worker of a manner (see small-worker.ts). */
function startWorker(manner: string, times: Partial<WorkerTimes> = {}): Tried {
  const log: string[] = [];
  const say = (_: object, message: string): void => void log.push(message);
  const worker = createWorkerProcess({
    log: { debug: say, info: say, warn: say, error: say },
    stopwatch,
    program: PROGRAM,
    times: { firstWaitMs: 20, ...times },
  });
  running.add(worker);
  const tried: Tried = { worker, log, policy: "one" };
  worker.start(() => tried.policy, manner);
  return tried;
}

const runs = ({ worker }: Tried): Promise<unknown> =>
  waitFor(() => worker.problem() === null, { what: "the worker to run", timeoutMs: 30_000 });

/** How often it was asked what, over all its lives. */
async function requestsOf({ worker }: Tried): Promise<Record<string, number>> {
  const counts = await inheritCounts(await worker.counts());
  const values = counts.find(({ name }) => name === "asked")?.values ?? [];
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels["what"]), value]));
}

/** Ends it as the kernel does when memory runs out. */
async function kill({ worker }: Tried): Promise<void> {
  process.kill(worker.pid!, "SIGKILL");
  await waitFor(() => worker.problem() !== null, { what: "its end to be noticed" });
}

test("a worker starts, goes behind the doors, and reports what it counts", async () => {
  const tried = startWorker("works");
  expect([tried.worker.hasRun(), tried.worker.problem()]).toEqual([false, "the worker process is starting"]);
  await runs(tried);
  expect(tried.worker.hasRun()).toBe(true);
  expect(getPriority(tried.worker.pid!)).toBe(Math.min(19, getPriority() + 5));
  expect(await requestsOf(tried)).toEqual({ "start by one": 1, report: 1 });
});

test("one that is killed is started again by the policy of that moment, and no counter goes back", async () => {
  const tried = startWorker("works");
  await runs(tried);
  expect(await requestsOf(tried)).toEqual({ "start by one": 1, report: 1 });
  tried.policy = "two";
  await kill(tried);
  expect(tried.worker.problem()).toBe(
    "the worker process ended (SIGKILL) and is started again: what comes in is stored, and decided once it runs",
  );
  expect(tried.log).toEqual(["the worker process ended; it is started again in 0 s"]);
  await runs(tried);
  expect(await requestsOf(tried)).toEqual({ "start by one": 1, "start by two": 1, report: 2 });
});

test("what was measured of a process ends with it", async () => {
  const tried = startWorker("works");
  await runs(tried);
  await tried.worker.counts();
  await kill(tried);
  await runs(tried);
  const [inherited] = await tried.worker.counts();
  expect(inherited?.map(({ name }) => name)).toEqual(["asked"]);
});

test("one that fails at its start is tried again ever later, and the problem counts the attempts", async () => {
  const tried = startWorker("fails", { firstWaitMs: 10, longestWaitMs: 40 });
  await waitFor(() => tried.log.length >= 3, { what: "three attempts", timeoutMs: 30_000 });
  expect(tried.worker.hasRun()).toBe(false);
  expect(tried.worker.problem()).toMatch(
    /^the worker process ended \(code 3\) and is started again, for the [34]th time in a row/,
  );
});

test("one that stands still inside is ended and started again", async () => {
  const tried = startWorker("stands still", { askedEveryMs: 40 });
  await waitFor(() => tried.log.length >= 2, { what: "its end", timeoutMs: 30_000 });
  expect(tried.log[0]).toBe("the worker process does not answer; it is ended and started again");
});

test("a request to read the policy is answered once it has", async () => {
  const tried = startWorker("works");
  // Before it runs: it is read all the same.
  await tried.worker.reload();
  expect(await requestsOf(tried)).toEqual({ "start by one": 1, reload: 1, report: 1 });
});

test("a request that a worker takes to its grave is answered too", async () => {
  const tried = startWorker("fails");
  await tried.worker.reload();
  expect(tried.worker.hasRun()).toBe(false);
});

test("one that is stopped is not started again", async () => {
  const tried = startWorker("works");
  await runs(tried);
  const { pid } = tried.worker;
  await tried.worker.stop(5_000);
  expect([tried.worker.pid, tried.log]).toEqual([null, []]);
  expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
});

test("one that does not end when it is stopped is ended", async () => {
  const tried = startWorker("stays");
  await runs(tried);
  const { pid } = tried.worker;
  await tried.worker.stop(50);
  expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
});

test("the metrics of two processes are one text: counts are added up, and each process has its own memory", async () => {
  const worker = createMetrics(() => null, { own: false, others: () => Promise.resolve([]) });
  const counts: MetricCounts[] = [];
  const doors = createMetrics(() => null, { own: true, others: () => Promise.resolve(counts) });
  doors.observe({ step: "submit.stored", count: 3 });
  for (const each of [doors, worker]) each.observe({ step: "apply.committed", count: 2, ms: 40 });
  counts.push(await worker.counts());
  const { text } = await doors.text();
  const lines = text.split("\n");
  expect(lines).toContain("muster_commands_stored_total 3");
  expect(lines).toContain("muster_commands_applied_total 4");
  expect(lines).toContain('muster_apply_seconds_bucket{le="0.05"} 2');
  expect(lines).toContain("muster_apply_seconds_count 2");
  const memory = lines.filter((line) => line.startsWith("process_resident_memory_bytes"));
  expect(memory.map((line) => line.replace(/ .*/, ""))).toEqual([
    "process_resident_memory_bytes",
    'process_resident_memory_bytes{process="worker"}',
  ]);
  expect(lines.filter((line) => line.startsWith("# TYPE muster_queue_depth"))).toHaveLength(1);
});
