import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { deliveryBody } from "./bodies.ts";
import { load, type Load } from "./load.ts";
import { muster, nodeOfTheMachine, run } from "./process.ts";
import type { Row } from "./report.ts";

const MAX_ROUNDS = 3;
const CONNECTIONS = 128;

/**
 * Durable acceptance against do-nothing Express, in turns, so that a noisy minute hits all. Express is several times faster
 * on Node 24 than on Node 20, which the goals were measured on: where the machine has such a one, it is compared with too.
 */
export async function acceptance(postgres: PostgresServer): Promise<Row[]> {
  const rows: Row[] = [];
  const other = nodeOfTheMachine();
  const floors = [
    { node: process.version, process: await run(["test/bench/express.mjs"], {}), best: 0 },
    ...(other === null
      ? []
      : [{ node: other.version, process: await run(["test/bench/express.mjs"], {}, other.path), best: 0 }]),
  ];
  const web = await muster("web", await postgres.createDatabase("bench_accept"));
  try {
    for (const { alerts, target } of [
      { alerts: 1, target: 2.5 },
      { alerts: 20, target: 1 },
    ]) {
      const bodies = Array.from({ length: 50 }, (_, i) =>
        deliveryBody({ alerts, group: `group-${i}`, severity: "P3" }),
      );
      for (const floor of floors) floor.best = 0;
      let best = 0;
      let failed = 0;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        for (const floor of floors)
          floor.best = Math.max(
            floor.best,
            (await load(floor.process.url, bodies, { seconds: 4, connections: CONNECTIONS })).perSecond,
          );
        const mine = await load(web.url, bodies, { seconds: 4, connections: CONNECTIONS });
        best = Math.max(best, mine.perSecond);
        failed += mine.failed;
      }
      for (const floor of floors)
        rows.push({
          what: `Acceptance, ${alerts} alert${alerts > 1 ? "s" : ""} a delivery, durable on PostgreSQL, against Express on Node ${floor.node}`,
          figure: `${Math.round(best)} requests/s, ${(best / floor.best).toFixed(2)} × do-nothing Express (${Math.round(floor.best)}), ${failed} failed`,
          target: `≥ ${target} × Express`,
          reached: best / floor.best >= target && failed === 0,
        });
    }
  } finally {
    for (const floor of floors) await floor.process.stop();
    await web.stop();
  }
  return rows;
}

/** 2,450 requests a second offered while the workers of the same process apply them. */
export async function offered(postgres: PostgresServer): Promise<Row[]> {
  const all = await muster("all", await postgres.createDatabase("bench_offered"));
  try {
    const bodies = Array.from({ length: 400 }, (_, i) =>
      deliveryBody({ alerts: 1, group: `service-${i % 40}`, severity: "P3", first: i }),
    );
    await load(all.url, bodies, { seconds: 2, connections: 32, rate: 500 });
    const result: Load = await load(all.url, bodies, { seconds: 10, connections: 64, rate: 2_450 });
    return [
      {
        what: "2,450 requests/s offered, workers applying",
        figure: `${Math.round(result.perSecond)} requests/s, p95 ${result.p95} ms, p99 ${result.p99} ms (p97.5 ${result.corrected} ms corrected for coordinated omission), ${result.failed} failed`,
        target: "p95 ≤ 32 ms, none failed",
        reached: result.p95 <= 32 && result.failed === 0 && result.perSecond > 2_300,
      },
    ];
  } finally {
    await all.stop();
  }
}
