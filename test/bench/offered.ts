import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { freshDeliveries } from "./world/bodies.ts";
import { describeLag, watchDecided } from "./world/decided.ts";
import { load } from "./load.ts";
import { muster } from "./process.ts";
import type { Row } from "./report.ts";

const RATE = 2_450;
const ALERTS = 200_000;

/** 2,450 fresh alerts a second offered to what `npm start` gives; and 200,000 in deliveries of twenty, with the memory they take. */
export async function offered(postgres: PostgresServer): Promise<Row[]> {
  const url = await postgres.createDatabase("bench_offered");
  const all = await muster("all", url);
  const work = await watchDecided(url);
  try {
    const single = freshDeliveries({ alerts: 1, services: 40, severity: "P3" });
    await load(all.url, single, { seconds: 2, connections: 32, rate: 500 });
    await work.workedOff();
    const steady = await load(all.url, single, { seconds: 10, connections: 64, rate: RATE });
    const steadyLag = await work.workedOff();
    const twenty = freshDeliveries({ alerts: 20, services: 40, severity: "P3" });
    const storm = await load(all.url, twenty, { deliveries: ALERTS / 20, connections: 64 });
    const stormLag = await work.workedOff();
    const peaks = all.peaksMb();
    return [
      {
        what: `${RATE} fresh alerts/s offered for 10 s, role all, PostgreSQL`,
        figure: `${Math.round(steady.perSecond)} requests/s, p50 ${steady.p50} ms, p95 ${steady.p95} ms, p99 ${steady.p99} ms from when each was due, ${steady.failed} failed; ${describeLag(steadyLag)}`,
        target: "p99 ≤ 50 ms, none failed",
        reached: steady.p99 <= 50 && steady.failed === 0,
      },
      {
        what: `${ALERTS} fresh alerts in deliveries of 20, role all, PostgreSQL`,
        figure: `accepted at ${Math.round(storm.perSecond * 20)} alerts/s, ${storm.failed} failed; ${describeLag(stormLag)}: ${Math.round((stormLag.waiting * 20) / stormLag.seconds)} alerts/s decided`,
        target: "none failed, all decided",
        reached: storm.failed === 0,
      },
      {
        what: `Resident memory after ${ALERTS} alerts, doors + worker`,
        figure: `${peaks.map(Math.round).join(" + ")} MB at the most`,
        target: "≤ 300 MB a process",
        reached: peaks.every((peak) => peak <= 300),
      },
    ];
  } finally {
    await all.stop();
    await work.close();
  }
}
