import { openDatabase } from "#db/client.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { deliveryBody } from "./world/bodies.ts";
import { watchDecided } from "./world/decided.ts";
import { queueUp } from "./intake.ts";
import { describeArrival, startMeasuredWorld, type ReachedIn } from "./world/measured-world.ts";
import { muster } from "./process.ts";
import type { Row } from "./report.ts";

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!;
}

/** From the webhook to Slack and the pager: idle, and for a P0 behind 20,000 P3 and P4 alerts; and the memory it takes. */
export async function storm(postgres: PostgresServer): Promise<Row[]> {
  const world = await startMeasuredWorld();
  const url = await postgres.createDatabase("bench_storm");
  const all = await muster("all", url, world.env);
  const connection = await openDatabase({ kind: "server", url, connections: 3 }, () => {});
  const work = await watchDecided(url);
  try {
    await world.reaches(all.url, "warm-up", "P1");
    const idle: ReachedIn[] = [];
    for (let i = 0; i < 12; i++) idle.push(await world.reaches(all.url, `idle-${i}`, "P1"));
    await queueUp(
      connection,
      20_000,
      (i) => deliveryBody({ alerts: 1, group: `noise-${i % 400}`, severity: i % 2 === 0 ? "P3" : "P4", first: i }),
      "P3",
    );
    const urgent = await world.reaches(all.url, "urgent", "P0");
    const { waiting } = await work.workedOff();
    const channel = p95(idle.map((each) => each.channel));
    const page = p95(idle.map((each) => each.page));
    const peaks = all.peaksMb();
    return [
      {
        what: "Webhook → Slack conversations.create, idle, role all",
        figure: `p95 ${describeArrival(channel)}`,
        target: "≤ 300 ms",
        reached: channel <= 300,
      },
      {
        what: "Webhook → pager, idle, role all",
        figure: `p95 ${describeArrival(page)}`,
        target: "≤ 300 ms",
        reached: page <= 300,
      },
      {
        what: "A P0 in the middle of 20,000 queued P3/P4 alerts, role all",
        figure: `channel ${describeArrival(urgent.channel)}, page ${describeArrival(urgent.page)} (${waiting} still waiting)`,
        target: "≤ 2 s",
        reached: Math.max(urgent.channel, urgent.page) <= 2_000,
      },
      {
        what: "Resident memory through that storm, doors + worker",
        figure: `${peaks.map(Math.round).join(" + ")} MB at the most`,
        target: "≤ 300 MB a process",
        reached: peaks.every((peak) => peak <= 300),
      },
    ];
  } finally {
    await all.stop();
    await Promise.all([connection.close(), work.close()]);
    await world.close();
  }
}
