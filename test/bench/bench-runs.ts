import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "#db/client.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { deliveryBody } from "./world/bodies.ts";
import { NODE_FLAGS, run, type Measured } from "./process.ts";
import type { Row } from "./report.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { monotonic } from "#test/support/harness/test-clock.ts";

const ALERTS = 40;
const WAITING = 1_000;

const runbook = (id: string, services: string, steps: string): string => `---
id: ${id}
title: Cancel what blocks
owner: platform
match: ['alertname="HighLatency"', 'service=~"${services}"']
params:
  service: { from: labels.service, pattern: '^[a-z0-9-]{1,40}$' }
mode: approve
limits: { lock: db/$service }
---
# Cancel what blocks

## Quick diagnosis

\`\`\`yaml step
id: latency
uses: prometheus.query
with: { query: 'latency{service="$service"}' }
\`\`\`

${steps}

## Verify

\`\`\`yaml verify
promql: latency{service="$service"} < 1
\`\`\`
`;
const CANCEL = `\`\`\`yaml step
id: cancel
uses: sql.call
with: { datasource: orders, call: cancel-backends, pids: [7] }
approve: { from: ['@oncall'], count: 1, expires: 4h }
\`\`\``;
const WAIT = `\`\`\`yaml step
id: pause
uses: wait
with: { for: 4h }
\`\`\``;

/** A Prometheus that answers at once, and records when it was first asked about a service. */
async function startMetrics(): Promise<{ readonly url: string; readonly asked: Map<string, number>; close(): void }> {
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const service = /service="([^"]+)"/.exec(new URLSearchParams(text).get("query") ?? "")?.[1] ?? "";
      if (!requests.has(service)) requests.set(service, monotonic());
      const data = { resultType: "vector", result: [{ metric: {}, value: [wallClock() / 1_000, "8.5"] }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: requests,
    close: () => void server.close(),
  };
}

async function post(to: Measured, service: string, severity: string): Promise<void> {
  const response = await fetch(`${to.url}/webhooks/alertmanager`, {
    method: "POST",
    body: deliveryBody({ alerts: 1, group: service, severity }),
    headers: { "content-type": "application/json" },
  });
  await response.text();
  if (response.status !== 202) throw new Error(`Muster answered ${response.status}`);
}

type Spread = { readonly p50: number; readonly p95: number };

/** Alerts one by one: ms from the 2xx until the first question of its run arrives at the Prometheus. */
async function firstSteps(
  muster: Measured,
  requests: ReadonlyMap<string, number>,
  name: string,
  count: number,
): Promise<Spread> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const service = `${name}-${i}`;
    await post(muster, service, "P1");
    const accepted = monotonic();
    times.push(
      (await waitFor(() => requests.get(service), {
        what: `the first question about ${service}`,
        timeoutMs: 30_000,
        everyMs: 5,
      })) - accepted,
    );
    // Idle again: the card is posted and the approval asked for.
    await sleep(300);
  }
  times.sort((a, b) => a - b);
  const percentile = (share: number): number => Math.max(0, Math.round(times[Math.ceil(times.length * share) - 1]!));
  return { p50: percentile(0.5), p95: percentile(0.95) };
}

type Weight = { readonly rss: number; readonly heap: number };

/** What the process weighs after its garbage is collected, in MB. */
async function weight({ child }: Measured): Promise<Weight> {
  return new Promise((resolve) => {
    let text = "";
    const hear = (chunk: Buffer): void => {
      text += chunk.toString();
      const reply = /weighs (\d+) (\d+)/.exec(text);
      if (reply === null) return;
      child.stdout!.off("data", hear);
      resolve({ rss: Number(reply[1]) / 2 ** 20, heap: Number(reply[2]) / 2 ** 20 });
    };
    child.stdout!.on("data", hear);
    child.kill("SIGUSR2");
  });
}

/** So many alerts of their own, eight at a time. */
async function many(muster: Measured, name: string, count: number): Promise<void> {
  const left = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await post(muster, next, "P3");
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** How soon a run looks, and what runs cost that wait: they are rows, and hold no worker and no memory. */
export async function runs(postgres: PostgresServer): Promise<Row[]> {
  const metrics = await startMetrics();
  const directory = mkdtempSync(join(tmpdir(), "muster-bench-"));
  writeFileSync(join(directory, "approved.md"), runbook("approved", "(?:idle|busy|asked)-.*", CANCEL));
  writeFileSync(join(directory, "waits.md"), runbook("waits", "waits-.*", `${WAIT}\n\n${CANCEL}`));
  const start = (databaseUrl: string): Promise<Measured> =>
    run([...NODE_FLAGS, "--expose-gc", "test/bench/weighed.ts"], {
      MUSTER_CONFIG: "test/bench/muster.yaml",
      MUSTER_RUNBOOKS: directory,
      MUSTER_DATA_DIR: join(directory, "data"),
      PROMETHEUS_URL: metrics.url,
      PORT: "0",
      DATABASE_URL: databaseUrl,
      REDIS_URL: "",
      LOG_FORMAT: "json",
    });
  const rows: Row[] = [];
  const idle = (where: string, { p50, p95 }: Spread): Row => ({
    what: `Alert accepted → first step of its run, idle, ${where}`,
    figure: `p50 ${p50} ms, p95 ${p95} ms over ${ALERTS} alerts`,
    target: "p95 ≤ 1 s",
    reached: p95 <= 1_000,
  });
  try {
    const embedded = await start("");
    await firstSteps(embedded, metrics.asked, "idle-warm", 3);
    rows.push(idle("embedded", await firstSteps(embedded, metrics.asked, "idle-embedded", ALERTS)));
    await embedded.stop();

    const url = await postgres.createDatabase("bench_runs");
    const muster = await start(url);
    const connection = await openDatabase({ kind: "server", url, connections: 2 }, () => {});
    const is = async (sql: string): Promise<number> =>
      Number((await connection.pool.query<{ n: string }>(`select count(*) n from ${sql}`)).rows[0]!.n);
    const quietPhase = (): Promise<unknown> =>
      waitFor(
        async () =>
          (await is("commands where done_at is null")) + (await is("effects where status in ('pending','started')")) ===
          0,
        {
          what: "nothing left to do",
          timeoutMs: 240_000,
          everyMs: 200,
        },
      );
    await firstSteps(muster, metrics.asked, "idle-warm", 3);
    const before = await firstSteps(muster, metrics.asked, "idle", ALERTS);
    rows.push(idle("PostgreSQL", before));

    // As many incidents without a runbook first: their cost, and that of a busy minute, is not that of runs.
    await many(muster, "plain", 2 * WAITING);
    await quietPhase();
    const light = await weight(muster);
    await many(muster, "asked", WAITING);
    await many(muster, "waits", WAITING);
    const waiting = async (): Promise<number> =>
      (await is("runs where state = 'waiting-approval' and target like 'db/asked-%'")) +
      (await is(
        "steps where state = 'started' and handle is not null and run in (select number from runs where target like 'db/waits-%')",
      ));
    await waitFor(async () => (await waiting()) === 2 * WAITING, {
      what: "2,000 runs that wait",
      timeoutMs: 240_000,
      everyMs: 200,
    });
    await quietPhase();
    const heavy = await weight(muster);
    const held = await is("runs where lease_until is not null");
    const [rss, heap] = [heavy.rss - light.rss, heavy.heap - light.heap];
    rows.push({
      what: `Memory of ${WAITING} runs that wait for approval and ${WAITING} that wait for a time, after GC`,
      figure: `${signed(rss)} MB resident, ${signed(heap)} MB heap (${Math.round(light.rss)} and ${Math.round(light.heap)} before); ${held} workers held`,
      target: "≤ 100 MB more, none held",
      reached: rss <= 100 && held === 0,
    });
    const after = await firstSteps(muster, metrics.asked, "busy", ALERTS);
    rows.push({
      what: `Alert accepted → first step of its run, PostgreSQL, while ${2 * WAITING} runs wait`,
      figure: `p50 ${after.p50} ms, p95 ${after.p95} ms (${before.p50} and ${before.p95} ms with none)`,
      target: "p95 ≤ 1 s",
      reached: after.p95 <= 1_000,
    });
    await connection.close();
    await muster.stop();
    return rows;
  } finally {
    metrics.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function signed(mb: number): string {
  return `${mb < 0 ? "−" : "+"}${Math.abs(Math.round(mb))}`;
}
