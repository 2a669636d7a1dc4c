import type { Postgres } from "#test/support/postgres.ts";
import { deliveryBody } from "./bodies.ts";
import { load, type Load } from "./load.ts";
import { muster, run } from "./process.ts";
import type { Row } from "./report.ts";

const ROUNDS = 3;
const CONNECTIONS = 128;

/** Durable acceptance against do-nothing Express, in turns, so that a noisy minute hits both. */
export async function acceptance(postgres: Postgres): Promise<Row[]> {
  const rows: Row[] = [];
  const express = await run(["test/bench/express.ts"], {});
  const web = await muster("web", await postgres.createDatabase("bench_accept"));
  try {
    for (const { alerts, target } of [
      { alerts: 1, target: 2.5 },
      { alerts: 20, target: 1 },
    ]) {
      const bodies = Array.from({ length: 50 }, (_, i) => deliveryBody({ alerts, group: `group-${i}`, severity: "P3" }));
      const floors: number[] = [];
      const ours: number[] = [];
      let failed = 0;
      for (let round = 0; round < ROUNDS; round++) {
        floors.push((await load(express.url, bodies, { seconds: 4, connections: CONNECTIONS })).perSecond);
        const mine = await load(web.url, bodies, { seconds: 4, connections: CONNECTIONS });
        ours.push(mine.perSecond);
        failed += mine.failed;
      }
      const floor = Math.max(...floors);
      const best = Math.max(...ours);
      rows.push({
        what: `Acceptance, ${alerts} alert${alerts > 1 ? "s" : ""} a delivery, durable on PostgreSQL`,
        figure: `${Math.round(best)} requests/s, ${(best / floor).toFixed(2)} × do-nothing Express (${Math.round(floor)}), ${failed} failed`,
        target: `≥ ${target} × Express`,
        reached: best / floor >= target && failed === 0,
      });
    }
  } finally {
    await express.stop();
    await web.stop();
  }
  return rows;
}

/** 2,450 requests a second offered while the workers of the same process apply them. */
export async function offered(postgres: Postgres): Promise<Row[]> {
  const all = await muster("all", await postgres.createDatabase("bench_offered"));
  try {
    const bodies = Array.from({ length: 400 }, (_, i) => deliveryBody({ alerts: 1, group: `service-${i % 40}`, severity: "P3", first: i }));
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
