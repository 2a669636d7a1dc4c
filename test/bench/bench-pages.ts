import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openDatabase, completeIndexes, migrateDatabase } from "#db/client.ts";
import { DAY } from "#test/support/builders/instants.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { stopwatch, wallClock } from "#test/support/harness/test-clock.ts";
import { deliveryBody } from "./world/bodies.ts";
import { muster, type Measured } from "./process.ts";
import type { Row } from "./report.ts";
import { storeYear } from "./stored-year.ts";

const INCIDENTS = 100_000;
const ALERTS_EACH = 10;
const OPEN = 3_000;
/** Answers that are timed of each page. */
const TIMES = 7;
/** Milliseconds between two looks from outside. */
const EVERY_MS = 10;

/** `process` and `server`: CPU time of one answer, which a machine that does other things too does not blur. All in ms. */
type PageTimes = Record<"p50" | "max" | "kb" | "process" | "server", number>;

/** Pages and the API with a year behind them, and what the doors feel of it. */
export async function pages(postgres: PostgresServer): Promise<Row[]> {
  const url = await postgres.createDatabase("bench_pages");
  const connection = await openDatabase({ kind: "server", url, connections: 2, timeoutMs: 0 }, () => {});
  await migrateDatabase(connection);
  await completeIndexes(connection);
  const now = wallClock();
  await storeYear(connection, { incidents: INCIDENTS, alertsEach: ALERTS_EACH, open: OPEN, now });
  const turns = join(temporaryDirectory("loop-turns"), "longest");
  const running = await muster("all", url, {
    NODE_OPTIONS: `--import=${fileURLToPath(new URL("loop-turns.ts", import.meta.url))}`,
    LOOP_TURNS_FILE: turns,
  });
  const completed = stopwatch();
  await get(`${running.url}/api/stats?from=${day(now - 365 * DAY)}`);
  const completedIn = completed();
  await connection.pool.query("vacuum analyze incident_figures, runbook_lookups");
  const paths = {
    "/": "/",
    "/incidents": "/incidents",
    "/incidents of a service": "/incidents?service=service-7",
    "an incident": `/incidents/INC-${INCIDENTS / 2}`,
    "/noise": "/noise",
    "/statistics": "/statistics",
    "/api/stats of 30 days": "/api/stats",
    "/api/stats of a year": `/api/stats?from=${day(now - 365 * DAY)}`,
    "/api/alerts": "/api/alerts",
    "/api/alerts firing": "/api/alerts?status=firing",
    "/api/incidents": "/api/incidents?limit=500",
  };
  const idle = await idleShare(running, postgres);
  const alone = new Map<string, PageTimes>();
  for (const [name, path] of Object.entries(paths))
    alone.set(name, await timed(`${running.url}${path}`, cpuUsed(running, postgres)));
  const turn = await longestTurn(running, turns, async () => {
    for (const path of Object.values(paths)) for (let i = 0; i < 3; i++) await get(`${running.url}${path}`);
  });
  const beside = await whilePosting(running.url, async () => {
    for (const path of Object.values(paths)) for (let i = 0; i < 3; i++) await get(`${running.url}${path}`);
  });
  const block = await longestBlock(running.url, async () => {
    for (const path of Object.values(paths)) for (let i = 0; i < 3; i++) await get(`${running.url}${path}`);
  });
  const peak = Math.round(running.peakMb());
  await running.stop();
  await connection.close();
  return [
    ...Array.from(alone, ([name, { p50, max, kb, process, server }]): Row => {
      const goal = name.endsWith("of a year") ? 500 : 150;
      return {
        what: `${name}, 100,000 incidents, 1,000,000 alerts`,
        figure: `p50 ${p50} ms, worst ${max} ms, ${kb} kB; CPU ${process} ms, PostgreSQL ${server} ms`,
        target: `≤ ${goal} ms`,
        reached: p50 <= goal,
      };
    }),
    {
      what: "A webhook posted beside each of these pages",
      figure: `p99 ${beside.p99} ms, worst ${beside.max} ms of ${beside.count}`,
      target: "p99 ≤ 100 ms",
      reached: beside.p99 <= 100,
    },
    {
      what: "The longest turn of the event loop for one of these pages, in CPU time",
      figure: `${turn} ms`,
      target: "≤ 50 ms",
      reached: turn <= 50,
    },
    {
      what: "The longest time in which the process answered nothing, beside these pages",
      figure: `${block.max} ms, p99 ${block.p99} ms of ${block.count} looks`,
      target: "≤ 50 ms",
      reached: block.max <= 50,
    },
    {
      what: `Idle for a minute and a half, ${OPEN} of the incidents open, none of their alerts repeated`,
      figure: `${percent(idle.process)} of a core, PostgreSQL ${percent(idle.server)}`,
      target: "≤ 1 %",
      reached: idle.process <= 0.01,
    },
    {
      what: "Memory at its peak after these pages",
      figure: `${peak} MB`,
      target: "≤ 300 MB",
      reached: peak <= 300,
    },
    {
      what: "Figures of 100,000 incidents completed after an upgrade, the first report included",
      figure: `${(completedIn / 1_000).toFixed(1)} s`,
      target: "≤ 60 s, once",
      reached: completedIn <= 60_000,
    },
  ];
}

/** The longest turn of the event loop while `work` went on, in ms of CPU time (`loop-turns.ts`). */
async function longestTurn({ child }: Measured, file: string, work: () => Promise<void>): Promise<number> {
  child.kill("SIGUSR2");
  await work();
  child.kill("SIGUSR2");
  return Number(await waitFor(() => existsSync(file) && readFileSync(file, "utf8"), { what: "the longest turn" }));
}

/** What share of a core the process and the server's processes use while nothing is asked of them. */
async function idleShare(running: Pick<Measured, "child">, postgres: PostgresServer): Promise<CpuTimes> {
  const used = cpuUsed(running, postgres);
  // What the start and the first report left behind comes to an end.
  await setTimeout(10_000);
  const [before, elapsed] = [used(), stopwatch()];
  await setTimeout(90_000);
  const [after, ms] = [used(), elapsed()];
  return { process: (after.process - before.process) / ms, server: (after.server - before.server) / ms };
}

type CpuTimes = { readonly process: number; readonly server: number };

/** CPU time so far, in ms, of the process and of the server with all that it ever started. */
function cpuUsed({ child }: Pick<Measured, "child">, { pid }: PostgresServer): () => CpuTimes {
  return () => ({
    process: cpuMs(child.pid!, OWN),
    server: cpuMs(pid, WITH_ENDED) + sum(childrenOf(pid).map((each) => cpuMs(each, OWN))),
  });
}

/** Fields of /proc/PID/stat after the name: its own time, and that of children that have ended. */
const OWN = [11, 12];
const WITH_ENDED = [...OWN, 13, 14];

/** CPU time of a process so far, in ms: Linux counts it in hundredths of a second. Nothing of one that is gone. */
function cpuMs(pid: number, fields: readonly number[]): number {
  try {
    const all = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return sum(fields.map((each) => Number(all[each]))) * 10;
  } catch {
    return 0;
  }
}

function childrenOf(parent: number): readonly number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

async function get(url: string): Promise<number> {
  const response = await fetch(url, { headers: { accept: url.includes("/api/") ? "application/json" : "text/html" } });
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return byteLength;
}

async function timed(url: string, cpu: () => CpuTimes): Promise<PageTimes> {
  await get(url);
  const before = cpu();
  const all: number[] = [];
  let bytes = 0;
  for (let i = 0; i < TIMES; i++) {
    const elapsed = stopwatch();
    bytes = await get(url);
    all.push(elapsed());
  }
  all.sort((a, b) => a - b);
  const after = cpu();
  return {
    p50: Math.round(all[TIMES >> 1]!),
    max: Math.round(all.at(-1)!),
    kb: Math.round(bytes / 1_000),
    process: Math.round((after.process - before.process) / TIMES),
    server: Math.round((after.server - before.server) / TIMES),
  };
}

type Answers = { readonly p99: number; readonly max: number; readonly count: number };

function summarizeAnswers(times: readonly number[]): Answers {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return { p99: at(0.99), max: at(1), count: sorted.length };
}

/** How long something asked again and again took to be answered while `work` went on; what is asked does not wait for the answer before. */
async function askedDuring(ask: (i: number) => Promise<unknown>, work: () => Promise<void>): Promise<Answers> {
  const times: number[] = [];
  const open: Promise<void>[] = [];
  const timer = setInterval(() => {
    const elapsed = stopwatch();
    open.push(ask(open.length).then(() => void times.push(elapsed())));
  }, EVERY_MS);
  await work();
  clearInterval(timer);
  await Promise.all(open);
  return summarizeAnswers(times);
}

function whilePosting(url: string, work: () => Promise<void>): Promise<Answers> {
  const post = async (i: number): Promise<void> => {
    const response = await fetch(`${url}/webhooks/alertmanager`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: deliveryBody({ alerts: 1, group: "beside", severity: "P3", first: i }),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a webhook was answered ${response.status}`);
  };
  return askedDuring(post, work);
}

/** From outside: an answer that needs nothing but a turn of the event loop. */
function longestBlock(url: string, work: () => Promise<void>): Promise<Answers> {
  return askedDuring(() => fetch(`${url}/health/live`).then((response) => response.arrayBuffer()), work);
}
