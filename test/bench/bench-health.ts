import { openDatabase } from "#db/client.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { deliveryBody } from "./world/bodies.ts";
import { watchDecided } from "./world/decided.ts";
import { queueUp } from "./intake.ts";
import { muster } from "./process.ts";
import type { Row } from "./report.ts";

const ALERTS = 20_000;
const TARGET_MS = 200;

/** How long each request takes while `work` goes on, in ms: one after the other, with 20 ms between them. */
async function answeredIn(url: string, work: Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  let working = true;
  const done = work.finally(() => (working = false));
  while (working) {
    const elapsed = stopwatch();
    await (await fetch(`${url}/health/ready`)).text();
    times.push(elapsed());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await done;
  return times.toSorted((a, b) => a - b);
}

function readinessRow(what: string, times: readonly number[]): Row {
  const p95 = times[Math.ceil(times.length * 0.95) - 1]!;
  return {
    what: `/health/ready ${what}`,
    figure: `p95 ${p95.toFixed(0)} ms, at the most ${times.at(-1)!.toFixed(0)} ms (${times.length} requests)`,
    target: `p95 ≤ ${TARGET_MS} ms`,
    reached: p95 <= TARGET_MS,
  };
}

/** Readiness while one delivery of 20,000 alerts is taken in and decided, and with 20,000 alerts of 2,000 open incidents. */
export async function health(postgres: PostgresServer): Promise<Row[]> {
  const url = await postgres.createDatabase("bench_health");
  const all = await muster("all", url);
  const connection = await openDatabase({ kind: "server", url, connections: 3 }, () => {});
  const work = await watchDecided(url);
  const rows: Row[] = [];
  const idle = new Promise((resolve) => setTimeout(resolve, 5_000));
  try {
    rows.push(readinessRow("of an idle process", await answeredIn(all.url, idle)));
    const deliver = async (): Promise<void> => {
      const body = deliveryBody({ alerts: ALERTS, group: "storm", severity: "P1" });
      await (await fetch(`${all.url}/webhooks/alertmanager`, { method: "POST", body })).text();
      await work.workedOff();
    };
    rows.push(readinessRow(`while a delivery of ${ALERTS} alerts is decided`, await answeredIn(all.url, deliver())));
    const body = (i: number): string =>
      deliveryBody({ alerts: 1, group: `open-${i % 2_000}`, severity: "P3", first: Math.floor(i / 2_000) });
    await queueUp(connection, ALERTS, body, "P3");
    rows.push(readinessRow(`while ${ALERTS} deliveries are decided`, await answeredIn(all.url, work.workedOff())));
    const rest = new Promise((resolve) => setTimeout(resolve, 5_000));
    rows.push(readinessRow(`with ${2 * ALERTS} open alerts, 2,000 open incidents`, await answeredIn(all.url, rest)));
    await connection.pool.query(
      "update incidents set status = 'resolved', state = jsonb_set(state::jsonb, '{status}', '\"resolved\"')::json",
    );
    const ended = new Promise((resolve) => setTimeout(resolve, 5_000));
    rows.push(readinessRow("with 2,000 incidents that ended while alerts fire", await answeredIn(all.url, ended)));
    return rows;
  } finally {
    await all.stop();
    await Promise.all([connection.close(), work.close()]);
  }
}
