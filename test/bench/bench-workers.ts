import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { describeArrival, startMeasuredWorld } from "./world/measured-world.ts";
import { muster, type Measured } from "./process.ts";
import type { Row } from "./report.ts";

const STORM = 2_000;
const LATENCY_MS = 200;

/**
 * A P0 in a storm of 2,000 P2 that nothing gathers, with a Slack and a pager that take 200 ms and Slack's limits: how soon
 * it is paged and has its channel, with 1, 2 and 4 workers beside the doors.
 */
export async function workers(postgres: PostgresServer): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of [1, 2, 4]) rows.push(await withWorkers(postgres, count));
  return rows;
}

async function withWorkers(postgres: PostgresServer, count: number): Promise<Row> {
  const world = await startMeasuredWorld({ tiers: true, latencyMs: LATENCY_MS });
  const url = await postgres.createDatabase(`bench_workers_${count}`);
  const processes: Measured[] = [];
  try {
    const doors = await muster("web", url, world.env);
    processes.push(doors);
    for (let i = 0; i < count; i++) processes.push(await muster("worker", url, world.env));
    await world.reaches(doors.url, "warm-up", "P0");
    const storm = Array.from({ length: STORM }, (_, i) => `storm-${i}`);
    for (let from = 0; from < STORM; from += 50)
      await Promise.all(storm.slice(from, from + 50).map((service) => world.post(doors.url, service, "P2")));
    const first = await world.reaches(doors.url, "urgent", "P0");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const second = await world.reaches(doors.url, "another", "P0");
    const { calls } = world.slack;
    const refused = calls.filter(({ answer }) => answer?.error === "ratelimited").length;
    const [page, channel] = [Math.max(first.page, second.page), Math.max(first.channel, second.channel)];
    return {
      what: `A P0 in a storm of ${STORM} P2, Slack and pager with ${LATENCY_MS} ms and their limits, ${count} worker${count === 1 ? "" : "s"}`,
      figure: `page ${describeArrival(first.page)}, channel ${describeArrival(first.channel)}; another one 3 s later: ${describeArrival(second.page)}, ${describeArrival(second.channel)}; ${refused} of ${calls.length} calls refused by Slack`,
      target: "page ≤ 1 s, channel ≤ 2 s",
      reached: page <= 1_000 && channel <= 2_000,
    };
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
    await world.close();
  }
}
