import { createHmac } from "node:crypto";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { startSlack } from "#test/support/doubles/slack/slack-double.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { muster } from "./process.ts";
import type { Row } from "./report.ts";
import { stopwatch, wallClock } from "#test/support/harness/test-clock.ts";

const SECRET = "bench";
const PEOPLE = 50;
const EACH = 40;

/** Fifty people at once, each typing and clicking as fast as they are answered: how long Slack waits for the acknowledgement. */
export async function people(postgres: PostgresServer): Promise<Row[]> {
  const slack = await startSlack({ crowd: PEOPLE + 1 });
  const [first, ...others] = slack.crowd;
  const all = await muster("all", await postgres.createDatabase("bench_people"), {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_SIGNING_SECRET: SECRET,
    SLACK_API_URL: slack.apiUrl,
  });
  let requests = 0;
  const times: number[] = [];
  let failed = 0;
  const send = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    const body = new URLSearchParams(fields).toString();
    const at = String(Math.floor(wallClock() / 1_000));
    const signature = `v0=${createHmac("sha256", SECRET).update(`v0:${at}:${body}`).digest("hex")}`;
    const elapsed = stopwatch();
    const response = await fetch(`${all.url}/slack/events`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": at,
        "x-slack-signature": signature,
      },
    });
    await response.text();
    times.push(elapsed());
    if (response.status !== 200) failed++;
  };
  const types = (user: string, text: string): Promise<void> =>
    send({
      command: "/incident",
      text,
      user_id: user,
      user_name: user.toLowerCase(),
      channel_id: "C0ELSEWHERE",
      team_id: slack.teamId,
      trigger_id: `t${requests++}`,
      response_url: `${slack.url}/respond/${requests}`,
    });
  const clicks = (user: string, action: string, value: string): Promise<void> =>
    send({
      payload: JSON.stringify({
        type: "block_actions",
        trigger_id: `t${requests++}`,
        user: { id: user, username: user.toLowerCase() },
        team: { id: slack.teamId },
        channel: { id: "C0ELSEWHERE" },
        actions: [{ type: "button", action_id: action, block_id: "b", value, action_ts: "1" }],
      }),
    });
  try {
    for (let i = 1; i <= 5; i++) await types(first!, `declare P3 number ${i}`);
    await waitFor(
      async () =>
        ((await (await fetch(`${all.url}/api/incidents`)).json()) as { incidents: object[] }).incidents.length === 5,
      {
        what: "five incidents",
        timeoutMs: 60_000,
      },
    );
    times.length = 0;
    const elapsed = stopwatch();
    await Promise.all(
      others.map(async (user, person) => {
        const about = `INC-${(person % 5) + 1}`;
        for (let i = 0; i < EACH; i += 4) {
          await types(user, `${about} note ${i} from ${user}`);
          await clicks(user, "incident.acknowledge", String((person % 5) + 1));
          await types(user, `${about} status`);
          await types(user, "list");
        }
      }),
    );
    const seconds = elapsed() / 1_000;
    times.sort((a, b) => a - b);
    const percentile = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1]!);
    return [
      {
        what: `Acknowledging verbs and buttons, ${PEOPLE} people at once`,
        figure: `p95 ${percentile(0.95)} ms, p50 ${percentile(0.5)} ms at ${Math.round(times.length / seconds)}/s, ${failed} failed`,
        target: "p95 ≤ 100 ms",
        reached: percentile(0.95) <= 100 && failed === 0,
      },
    ];
  } finally {
    await all.stop();
    await slack.close();
  }
}
