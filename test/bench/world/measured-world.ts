import { startSlack, type SlackDouble, type SlackOptions } from "#test/support/doubles/slack/slack-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { deliveryBody } from "./bodies.ts";
import { startPagerDouble } from "./pager-double.ts";

/** ms from posting an alert until the pager was asked to page and the chat to make a channel; Infinity: not within 40 s. */
export type ReachedIn = { readonly page: number; readonly channel: number };

/** A Slack and a pager that record when they were asked. */
export type MeasuredWorld = {
  readonly slack: SlackDouble;
  readonly env: Readonly<Record<string, string>>;
  /** Posts one alert of a new service. */
  post(url: string, service: string, severity: string): Promise<void>;
  reaches(url: string, service: string, severity: string): Promise<ReachedIn>;
  close(): Promise<void>;
};

/** Starts one; `latencyMs` is that of both. */
export async function startMeasuredWorld(options: SlackOptions = {}): Promise<MeasuredWorld> {
  const slack = await startSlack(options);
  const pager = await startPagerDouble(options.latencyMs ?? 0);
  const post: MeasuredWorld["post"] = async (url, service, severity) => {
    await fetch(`${url}/webhooks/alertmanager`, {
      method: "POST",
      body: deliveryBody({ alerts: 1, group: service, severity }),
      headers: { "content-type": "application/json" },
    });
  };
  return {
    slack,
    env: {
      MUSTER_CONFIG: "test/bench/oncall.yaml",
      SLACK_BOT_TOKEN: slack.token,
      SLACK_SIGNING_SECRET: "bench",
      SLACK_API_URL: slack.apiUrl,
      PAGERDUTY_ROUTING_KEY: "R0BENCH00000000000000000000000000",
      PAGERDUTY_EVENTS_URL: pager.url,
    },
    post,
    async reaches(url, service, severity) {
      const began = wallClock();
      await post(url, service, severity);
      const [page, channel] = await Promise.all([
        arrival(() => pager.asked.find(({ body }) => body.includes(service)), `the page of ${service}`),
        arrival(
          () => slack.callsOf("conversations.create").find(({ body }) => JSON.stringify(body).includes(service)),
          `the channel of ${service}`,
        ),
      ]);
      return { page: page - began, channel: channel - began };
    },
    async close() {
      await slack.close();
      pager.close();
    },
  };
}

/** When something came, by the clock of who received it; Infinity when it did not within 40 s. */
function arrival(find: () => { readonly at: number } | undefined, what: string): Promise<number> {
  return waitFor(find, { what, timeoutMs: 40_000 }).then(
    ({ at }) => at,
    () => Infinity,
  );
}

/** "812 ms". */
export function describeArrival(ms: number): string {
  return ms === Infinity ? "not within 40 s" : `${Math.round(ms)} ms`;
}
