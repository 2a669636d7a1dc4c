import { openDatabase } from "#db/client.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { startSlack, type SlackDouble } from "#test/support/doubles/slack/slack-double.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { deliveryBody } from "./bodies.ts";
import { queueUp } from "./intake.ts";
import { muster, type Measured } from "./process.ts";
import type { Row } from "./report.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

type Reached = { readonly channel: number; readonly page: number };

/** Posts one alert and says how many ms later its channel was asked for and its page was sent. */
async function once(at: Measured, slack: SlackDouble, group: string, severity: string): Promise<Reached> {
  const began = wallClock();
  await fetch(`${at.url}/webhooks/alertmanager`, {
    method: "POST",
    body: deliveryBody({ alerts: 1, group, severity }),
    headers: { "content-type": "application/json" },
  });
  const call = await waitFor(
    () => slack.callsOf("conversations.create").find(({ body }) => JSON.stringify(body).includes(group)),
    {
      what: `the channel of ${group}`,
      timeoutMs: 60_000,
    },
  );
  const { incidents } = (await (await fetch(`${at.url}/api/incidents?service=${group}`)).json()) as {
    incidents: { id: string }[];
  };
  const sent = await waitFor(
    async () => {
      const { entries } = (await (await fetch(`${at.url}/api/incidents/${incidents[0]?.id}/timeline`)).json()) as {
        entries: { type: string; at: string }[];
      };
      return entries.find(({ type }) => type === "page.sent");
    },
    { what: `the page of ${group}`, timeoutMs: 60_000 },
  );
  return { channel: call.at - began, page: Date.parse(sent.at) - began };
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!;
}

/** From the webhook to Slack and the pager: idle, and for a P0 behind 20,000 P3 and P4 alerts; and the memory it takes. */
export async function storm(postgres: PostgresServer): Promise<Row[]> {
  const slack = await startSlack();
  const url = await postgres.createDatabase("bench_storm");
  const all = await muster("all", url, {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_SIGNING_SECRET: "bench",
    SLACK_API_URL: slack.apiUrl,
  });
  const connection = await openDatabase({ kind: "server", url, connections: 3 }, () => {});
  try {
    await once(all, slack, "warm-up", "P1");
    const idle: Reached[] = [];
    for (let i = 0; i < 12; i++) idle.push(await once(all, slack, `idle-${i}`, "P1"));
    await queueUp(
      connection,
      20_000,
      (i) => deliveryBody({ alerts: 1, group: `noise-${i % 400}`, severity: i % 2 === 0 ? "P3" : "P4", first: i }),
      "P3",
    );
    const urgent = await once(all, slack, "urgent", "P0");
    const { rows } = await connection.pool.query<{ n: string }>(
      "select count(*) n from commands where done_at is null",
    );
    await waitFor(
      async () =>
        (await connection.pool.query<{ n: string }>("select count(*) n from commands where done_at is null")).rows[0]
          ?.n === "0",
      {
        what: "the storm applied",
        timeoutMs: 240_000,
      },
    );
    const channel = p95(idle.map((each) => each.channel));
    const page = p95(idle.map((each) => each.page));
    return [
      {
        what: "Webhook → Slack conversations.create, idle",
        figure: `p95 ${channel} ms`,
        target: "≤ 300 ms",
        reached: channel <= 300,
      },
      { what: "Webhook → page, idle", figure: `p95 ${page} ms`, target: "≤ 300 ms", reached: page <= 300 },
      {
        what: "A P0 in the middle of 20,000 queued P3/P4 alerts",
        figure: `channel ${urgent.channel} ms, page ${urgent.page} ms (${rows[0]?.n} still waiting)`,
        target: "≤ 2 s",
        reached: Math.max(urgent.channel, urgent.page) <= 2_000,
      },
      {
        what: "Resident memory through that storm",
        figure: `${Math.round(all.peakMb())} MB at the most`,
        target: "≤ 300 MB",
        reached: all.peakMb() <= 300,
      },
    ];
  } finally {
    await connection.close();
    await all.stop();
    await slack.close();
  }
}
