import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { deliveryBody } from "./world/bodies.ts";
import { NODE_FLAGS, run, type Measured } from "./process.ts";
import type { Row } from "./report.ts";

const RESTS_AFTER_MS = 15_000;
const LOADED_MS = 10_000;
const STEADY = { perSecond: 50, ms: 20_000 };
const CONNECTIONS = 64;

/** First contact: what `npm start` with nothing set costs, its database included, and what it carries. */
export async function embedded(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "muster-bench-"));
  try {
    const first = await start(directory);
    await sleep(RESTS_AFTER_MS);
    const resting = memoryMb(first.muster, directory);
    const steady = await cpuOfSteadyLoad(first.muster, directory);
    const loaded = await postFresh(first.muster.url, LOADED_MS, CONNECTIONS);
    await first.muster.stop();
    const later: number[] = [];
    for (let i = 0; i < 3; i++) {
      const again = await start(directory);
      later.push(again.muster.startedIn);
      await again.muster.stop();
    }
    const slowest = Math.max(...later);
    return [
      row("Embedded start, first", seconds(first.muster.startedIn), "≤ 4 s", first.muster.startedIn <= 4_000),
      row("Embedded start, later (slowest of three)", seconds(slowest), "≤ 1.5 s", slowest <= 1_500),
      row("Embedded, peak memory of the first start", `${first.peakMb} MB`, "≤ 400 MB", first.peakMb <= 400),
      row("Embedded, memory at rest, server included", `${resting} MB`, "≤ 250 MB", resting <= 250),
      row("Embedded, CPU at 50 fresh alerts/s", `${steady} % of a core`, "≤ 20 %", steady <= 20),
      row(
        "Embedded, deliveries of one fresh alert, 64 connections",
        `${Math.round(loaded.perSecond)}/s, p50 ${loaded.p50} ms, p99 ${loaded.p99} ms, ${loaded.failed} failed`,
        "≥ 1,000/s, p99 ≤ 300 ms",
        loaded.perSecond >= 1_000 && loaded.p99 <= 300 && loaded.failed === 0,
      ),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function row(what: string, figure: string, target: string, reached: boolean): Row {
  return { what, figure, target, reached };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

/** Starts Muster on the folder, and looks at the memory of all that it starts until it listens. */
async function start(directory: string): Promise<{ readonly muster: Measured; readonly peakMb: number }> {
  const env = { PORT: "0", DATABASE_URL: "", REDIS_URL: "", MUSTER_DATA_DIR: directory, LOG_FORMAT: "json" };
  let peakMb = 0;
  let pid = 0;
  const look = setInterval(() => (peakMb = Math.max(peakMb, processesMb(pid, directory))), 25);
  const muster = await run([...NODE_FLAGS, "src/cli.ts", "start"], env, process.execPath, (started) => (pid = started));
  clearInterval(look);
  return { muster, peakMb };
}

function memoryMb({ child }: Measured, directory: string): number {
  return processesMb(child.pid!, directory);
}

/** Resident MB of Muster, and of the server with what its processes share counted once. */
function processesMb(muster: number, directory: string): number {
  const server = serverProcesses(directory).reduce((sum, pid) => sum + kilobytes(pid, "smaps_rollup", "Pss"), 0);
  return Math.round((kilobytes(muster, "status", "VmRSS") + server) / 1_024);
}

function kilobytes(pid: number, file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readProcess(pid, file))?.[1] ?? 0);
}

/** Everything that runs from the folder: initdb, the server, and the processes that the server starts. */
function serverProcesses(directory: string): readonly number[] {
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const roots = all.filter((pid) => readProcess(pid, "cmdline").includes(`${directory}/postgresql/`));
  return all.filter((pid) => roots.includes(pid) || roots.includes(parentOf(pid)));
}

function parentOf(pid: number): number {
  return Number(readProcess(pid, "stat").split(") ")[1]?.split(" ")[1] ?? 0);
}

/** "" for a process that has ended. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Hundredths of a second of CPU that a process has used itself, and the processes that it has seen end. */
function ticksOf(pid: number): { readonly own: number; readonly ended: number } {
  const fields = (readProcess(pid, "stat").split(") ")[1]?.split(" ") ?? []).map(Number);
  return { own: (fields[11] ?? 0) + (fields[12] ?? 0), ended: (fields[13] ?? 0) + (fields[14] ?? 0) };
}

async function cpuOfSteadyLoad(muster: Measured, directory: string): Promise<number> {
  // What read the runbooks at the start is a process of its own, and ends some time later: it is no part of the load.
  const used = (): number =>
    serverProcesses(directory)
      .map((pid) => ticksOf(pid))
      .reduce((sum, { own, ended }) => sum + own + ended, ticksOf(muster.child.pid!).own);
  const before = used();
  const elapsed = stopwatch();
  const agent = new Agent({ keepAlive: true });
  // The next is not kept back by an answer that is late: the rate is that of the senders.
  const answers: Promise<number>[] = [];
  for (let i = 0; elapsed() < STEADY.ms; i++) {
    answers.push(post(muster.url, agent, freshBody("steady", i)));
    await sleep(Math.max(0, (i + 1) * (1_000 / STEADY.perSecond) - elapsed()));
  }
  await Promise.all(answers);
  const share = (used() - before) / (elapsed() / 10);
  agent.destroy();
  return Math.round(share * 100);
}

type FreshLoad = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
};

/** Posts deliveries of one alert that was never seen, as fast as they are answered. */
async function postFresh(url: string, ms: number, connections: number): Promise<FreshLoad> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const elapsed = stopwatch();
  const times: number[] = [];
  let [next, failed] = [0, 0];
  const client = async (): Promise<void> => {
    while (elapsed() < ms) {
      const took = stopwatch();
      if ((await post(url, agent, freshBody("loaded", next++))) >= 300) failed++;
      times.push(took());
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const total = elapsed();
  agent.destroy();
  times.sort((a, b) => a - b);
  const percentile = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
  return { perSecond: (times.length / total) * 1_000, p50: percentile(0.5), p99: percentile(0.99), failed };
}

function freshBody(group: string, number: number): string {
  return deliveryBody({ alerts: 1, group, severity: "P3", first: number });
}

function post(url: string, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", agent, headers: { "content-type": "application/json" } };
    const sent = request(`${url}/webhooks/alertmanager`, options, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
