import { expect } from "vitest";
import type { Lane } from "#domain/values/language.ts";
import { type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { newRedis, preparedDatabase } from "#test/support/harness/servers/live.ts";
import { type MusterClient, SIGNING_SECRET, writePolicy } from "./muster-process.ts";
import { type PagerServer, startPager } from "#test/support/doubles/ports/http-pager.ts";
import {
  type SlackDelivery,
  findButton,
  type SeenMessage,
  type SlackDouble,
  type SlackOptions,
  startSlack,
} from "#test/support/doubles/slack/slack-double.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** The three ways to run Muster. */
export type LiveMode = "embedded" | "postgres" | "redis";

/** What stands around a Muster: a workspace, a pager, and the settings that lead to them. */
export type LiveSetup = {
  readonly slack: SlackDouble;
  readonly pager: PagerServer;
  readonly env: Readonly<Record<string, string>>;
  readonly policy: object;
  close(): Promise<void>;
};

/** Alice is on call for orders, Bob and Charlie are in the team, Dana is the last to be woken. */
export function livePolicy(slack: SlackDouble, incidents: string, payments: string): object {
  const people = Object.fromEntries(
    Object.values(slack.people).map(({ id, name }) => [
      name,
      { name: `${name[0]!.toUpperCase()}${name.slice(1)}`, slack: id },
    ]),
  );
  const quietEvent = { quiet: "300ms" };
  return {
    channels: { incidents },
    people,
    teams: {
      orders: { channel: payments, members: ["bob", "charlie"], oncall: ["alice"], escalation: [["bob"], ["dana"]] },
    },
    services: {
      "order-service": {
        team: "orders",
        runbook: "https://runbooks.example.com/order-service",
        dashboards: [{ title: "Orders", url: "https://grafana.example.com/d/orders" }],
      },
    },
    priorities: { P0: quietEvent, P1: quietEvent, P2: quietEvent, P3: quietEvent, P4: quietEvent },
    // Bursts are counted here; storms have tests of their own.
    storm: null,
  };
}

/** Sets a stage in one of the modes; `adjust` changes the policy. */
export async function startLiveSetup(
  mode: LiveMode,
  options: SlackOptions & {
    readonly adjust?: (policy: Record<string, object>) => object;
    readonly redis?: string;
    readonly database?: string;
  } = {},
): Promise<LiveSetup> {
  const [slack, pager] = await Promise.all([startSlack(options), startPager()]);
  const id = async (name: string): Promise<string> => (await slack.channel(name))?.id ?? "";
  const plain = livePolicy(slack, await id("incidents"), await id("payments"));
  const policy = options.adjust?.(plain as Record<string, object>) ?? plain;
  return {
    slack,
    pager,
    policy,
    env: {
      MUSTER_CONFIG: writePolicy(policy),
      SLACK_BOT_TOKEN: slack.token,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_API_URL: slack.apiUrl,
      ...(mode !== "embedded" && { DATABASE_URL: options.database ?? (await preparedDatabase()) }),
      ...(mode === "redis" && { REDIS_URL: options.redis ?? (await newRedis()) }),
    },
    close: async () => {
      await Promise.all([slack.close(), pager.close()]);
    },
  };
}

export type SeenTimelineEntry = {
  readonly type: string;
  readonly summary: string;
  readonly actor: string;
  readonly at: string;
};

/** An incident as the API shows it; null while there is none. */
export type SeenIncident = {
  readonly id: string;
  readonly status: string;
  readonly priority: string;
  readonly channel: { readonly id: string; readonly name: string } | null;
  readonly alerts: { readonly total: number; readonly firing: number };
  readonly roles: Readonly<Record<string, { readonly id: string; readonly name: string } | null>>;
  readonly pages: readonly { readonly to: string; readonly status: string }[];
};

export async function readIncident(muster: MusterClient, number = 1): Promise<SeenIncident | null> {
  const { status, text } = await muster.get(`/api/incidents/INC-${number}`);
  return status === 200 ? (JSON.parse(text) as SeenIncident) : null;
}

export async function readIncidents(muster: MusterClient): Promise<SeenIncident[]> {
  return (await muster.api("/api/incidents?limit=500"))["incidents"] as SeenIncident[];
}

export async function timelineOf(muster: MusterClient, number = 1): Promise<SeenTimelineEntry[]> {
  return (await muster.api(`/api/incidents/INC-${number}/timeline`))["entries"] as SeenTimelineEntry[];
}

/** One number of /metrics: the sum over the series whose labels contain these. */
export async function readMetric(muster: MusterClient, name: string, ...labels: readonly string[]): Promise<number> {
  return sumOf((await muster.get("/metrics")).text, name, labels);
}

/** Waits until it is this number: what a worker counts is at most two seconds old at the doors. */
export async function waitForMetric(
  muster: MusterClient,
  expected: number,
  name: string,
  ...labels: readonly string[]
): Promise<void> {
  await waitFor(async () => (await readMetric(muster, name, ...labels)) === expected, {
    what: `${name} to be ${expected}`,
    timeoutMs: 20_000,
  });
}

/** Waits until it is ready and nothing of it is degraded; answers what it then reported of itself. */
export function waitForHealth(muster: MusterClient, timeoutMs = 20_000): Promise<JsonObject> {
  const health = async (): Promise<JsonObject | null> => {
    const answer = await muster.api("/health/ready");
    return answer["degraded"] === false ? answer : null;
  };
  return waitFor(health, { what: "Muster to be ready and not degraded", timeoutMs });
}

function sumOf(metrics: string, name: string, labels: readonly string[]): number {
  const lines = metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Those whose work ends: timers and runs may wait for long. */
const SETTLED_LANES: readonly Lane[] = ["apply", "page", "pager", "chat", "people", "ticket"];

/** Waits until nothing is left to decide or to perform. */
export async function waitUntilSettled(muster: MusterClient, timeoutMs = 20_000): Promise<void> {
  const idle = async (): Promise<boolean> => {
    const { text } = await muster.get("/metrics");
    const depths = SETTLED_LANES.filter((lane) => muster.lanes?.includes(lane) ?? true).map(
      (lane) => [lane, sumOf(text, "muster_queue_depth", [`lane="${lane}"`])] as const,
    );
    const left = depths.flatMap(([lane, depth]) => (depth === 0 ? [] : [`${lane} ${depth}`]));
    if (left.length > 0) throw new Error(`still waiting: ${left.join(", ")}`);
    return true;
  };
  await waitFor(idle, { what: "Muster to have nothing left to do", timeoutMs, everyMs: 50 });
}

/** Waits until an incident has its channel and its work is done. */
export async function waitForChannel(
  muster: MusterClient,
  { number = 1, timeoutMs = 20_000 } = {},
): Promise<SeenIncident> {
  const seen = await waitFor(
    async () => {
      const now = await readIncident(muster, number);
      return (now?.channel ?? null) === null ? null : now;
    },
    { what: `INC-${number} to have a channel`, timeoutMs },
  );
  await waitUntilSettled(muster, timeoutMs);
  return (await readIncident(muster, number)) ?? seen;
}

/** Waits until an incident is in this status and its work is done. */
export async function waitForStatus(
  muster: MusterClient,
  status: string,
  { number = 1, timeoutMs = 20_000 } = {},
): Promise<SeenIncident> {
  const found = await waitFor(
    async () => {
      const seen = await readIncident(muster, number);
      return seen?.status === status ? seen : null;
    },
    { what: `INC-${number} to be ${status}`, timeoutMs },
  );
  await waitUntilSettled(muster, timeoutMs);
  return (await readIncident(muster, number)) ?? found;
}

/** What Muster posted in a channel, each under the key that makes it happen once. */
export async function postedMessages(
  slack: SlackDouble,
  channel: string,
): Promise<(SeenMessage & { readonly key: string })[]> {
  const all = await slack.messages(channel);
  return all
    .filter(({ metadata }) => metadata?.["event_type"] === "muster")
    .map((message) => ({
      ...message,
      key: stringOrEmpty((message.metadata?.["event_payload"] as { key?: string } | undefined)?.key),
    }));
}

/** What people find in Slack of one incident. */
export type SlackFindings = {
  readonly channels: number;
  readonly headers: number;
  readonly pinned: readonly string[];
  readonly announced: readonly string[];
  readonly announcedToTeam: readonly string[];
  readonly drafts: number;
  readonly topic: string;
  readonly members: readonly string[];
  readonly bookmarks: number;
  /** Messages that are there twice. */
  readonly twice: readonly string[];
};

export async function slackFindings({ slack }: LiveSetup, number = 1): Promise<SlackFindings> {
  const channels = (await slack.channels()).filter(({ name }) => name.startsWith(`inc-${number}-`));
  const channel = channels[0];
  const inChannel = channel === undefined ? [] : await postedMessages(slack, channel.id);
  const about = async (name: string): Promise<string[]> =>
    (await postedMessages(slack, name))
      .filter(({ key }) => key.startsWith(`chat.announce:INC-${number}:`))
      .map(({ text }) => text);
  const keys = [
    ...inChannel,
    ...(await postedMessages(slack, "incidents")),
    ...(await postedMessages(slack, "payments")),
  ].map(({ key }) => key);
  return {
    channels: channels.length,
    headers: inChannel.filter(({ key }) => key.startsWith("chat.header:")).length,
    pinned: channel === undefined ? [] : (await slack.pins(channel.id)).map(({ text }) => text),
    announced: await about("incidents"),
    announcedToTeam: await about("payments"),
    drafts: channel === undefined ? 0 : (await slack.files(channel.id)).length,
    topic: channel?.topic ?? "",
    members: Object.values(slack.people)
      .filter(({ id }) => channel?.members.includes(id))
      .map(({ name }) => name),
    bookmarks: channel === undefined ? 0 : (await slack.bookmarks(channel.id)).length,
    twice: keys.filter((key, at) => keys.indexOf(key) !== at),
  };
}

/** Clicks a button of the pinned card, as one of the people. */
export async function clickCard(
  { slack }: LiveSetup,
  muster: MusterClient,
  button: string,
  as: keyof SlackDouble["people"],
  number = 1,
): Promise<SlackDelivery> {
  const channel = (await readIncident(muster, number))?.channel;
  const card = (await slack.pins(channel?.id ?? ""))[0];
  if (channel === null || channel === undefined || card === undefined) throw new Error(`INC-${number} has no card yet`);
  return slack.click({
    as: slack.people[as].id,
    ...findButton(card, button),
    channelId: channel.id,
    messageTs: card.ts,
    url: muster.url,
    signingSecret: SIGNING_SECRET,
  });
}

/** Slack would have refused nothing of what it was sent. */
export function expectNoViolations({ slack }: LiveSetup): void {
  expect(slack.violations).toEqual([]);
}
