import { expect } from "vitest";
import { str } from "./json.ts";
import { newDatabase, newRedis } from "./live.ts";
import { type Asked, SIGNING_SECRET, writePolicy } from "./muster.ts";
import { type Pager, startPager } from "./pager.ts";
import { type Delivery, findButton, type SeenMessage, type Slack, type SlackOptions, startSlack } from "./slack.ts";
import { waitFor } from "./wait.ts";

/** The three ways to run Muster. */
export type Mode = "embedded" | "postgres" | "redis";

/** What stands around a Muster: a workspace, a pager, and the settings that lead to them. */
export type Stage = {
  readonly slack: Slack;
  readonly pager: Pager;
  readonly env: Readonly<Record<string, string>>;
  readonly policy: object;
  close(): Promise<void>;
};

/** Alice is on call for orders, Bob and Charlie are in the team, Dana is the last to be woken. */
export function stagePolicy(slack: Slack, incidents: string, payments: string): object {
  const people = Object.fromEntries(
    Object.values(slack.people).map(({ id, name }) => [name, { name: `${name[0]!.toUpperCase()}${name.slice(1)}`, slack: id }]),
  );
  const quiet = { quiet: "300ms" };
  return {
    channels: { incidents },
    people,
    teams: { orders: { channel: payments, members: ["bob", "charlie"], oncall: ["alice"], escalation: [["bob"], ["dana"]] } },
    services: {
      "order-service": {
        team: "orders",
        runbook: "https://runbooks.example.com/order-service",
        dashboards: [{ title: "Orders", url: "https://grafana.example.com/d/orders" }],
      },
    },
    priorities: { P0: quiet, P1: quiet, P2: quiet, P3: quiet, P4: quiet },
    // Bursts are counted here; storms have tests of their own.
    storm: null,
  };
}

/** Sets a stage in one of the modes; `adjust` changes the policy. */
export async function setStage(
  mode: Mode,
  options: SlackOptions & { readonly adjust?: (policy: Record<string, object>) => object; readonly redis?: string; readonly database?: string } = {},
): Promise<Stage> {
  const [slack, pager] = await Promise.all([startSlack(options), startPager()]);
  const id = async (name: string): Promise<string> => (await slack.channel(name))?.id ?? "";
  const plain = stagePolicy(slack, await id("incidents"), await id("payments"));
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
      ...(mode !== "embedded" && { DATABASE_URL: options.database ?? (await newDatabase()) }),
      ...(mode === "redis" && { REDIS_URL: options.redis ?? (await newRedis()) }),
    },
    close: async () => {
      await Promise.all([slack.close(), pager.close()]);
    },
  };
}

export type Entry = { readonly type: string; readonly summary: string; readonly actor: string; readonly at: string };

/** An incident as the API tells it; null while there is none. */
export type SeenIncident = {
  readonly id: string;
  readonly status: string;
  readonly priority: string;
  readonly channel: { readonly id: string; readonly name: string } | null;
  readonly alerts: { readonly total: number; readonly firing: number };
  readonly roles: Readonly<Record<string, { readonly id: string; readonly name: string } | null>>;
  readonly pages: readonly { readonly to: string; readonly status: string }[];
};

export async function incident(muster: Asked, number = 1): Promise<SeenIncident | null> {
  const { status, text } = await muster.get(`/api/incidents/INC-${number}`);
  return status === 200 ? (JSON.parse(text) as SeenIncident) : null;
}

export async function incidents(muster: Asked): Promise<SeenIncident[]> {
  return (await muster.api("/api/incidents?limit=500"))["incidents"] as SeenIncident[];
}

export async function timelineOf(muster: Asked, number = 1): Promise<Entry[]> {
  return (await muster.api(`/api/incidents/INC-${number}/timeline`))["entries"] as Entry[];
}

/** One number of /metrics: the sum over the series whose labels contain these. */
export async function metric(muster: Asked, name: string, ...labels: readonly string[]): Promise<number> {
  return sumOf((await muster.get("/metrics")).text, name, labels);
}

function sumOf(metrics: string, name: string, labels: readonly string[]): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Waits until nothing is left to decide or to perform. */
export async function settled(muster: Asked, timeoutMs = 20_000): Promise<void> {
  const idle = async (): Promise<boolean> => {
    const { text } = await muster.get("/metrics");
    return ["apply", "page", "chat", "ticket"].every((lane) => sumOf(text, "muster_queue_depth", [`lane="${lane}"`]) === 0);
  };
  await waitFor(idle, { what: "Muster to have nothing left to do", timeoutMs, everyMs: 50 });
}

/** Waits until an incident has its channel and its work is done. */
export async function opens(muster: Asked, { number = 1, timeoutMs = 20_000 } = {}): Promise<SeenIncident> {
  const seen = await waitFor(
    async () => {
      const now = await incident(muster, number);
      return (now?.channel ?? null) === null ? null : now;
    },
    { what: `INC-${number} to have a channel`, timeoutMs },
  );
  await settled(muster, timeoutMs);
  return (await incident(muster, number)) ?? seen;
}

/** Waits until an incident is in this status and its work is done. */
export async function reaches(muster: Asked, status: string, { number = 1, timeoutMs = 20_000 } = {}): Promise<SeenIncident> {
  const found = await waitFor(
    async () => {
      const seen = await incident(muster, number);
      return seen?.status === status ? seen : null;
    },
    { what: `INC-${number} to be ${status}`, timeoutMs },
  );
  await settled(muster, timeoutMs);
  return (await incident(muster, number)) ?? found;
}

/** What Muster said in a channel, each under the key that makes it happen once. */
export async function saidIn(slack: Slack, channel: string): Promise<(SeenMessage & { readonly key: string })[]> {
  const all = await slack.messages(channel);
  return all
    .filter(({ metadata }) => metadata?.["event_type"] === "muster")
    .map((message) => ({ ...message, key: str((message.metadata?.["event_payload"] as { key?: string } | undefined)?.key) }));
}

/** What people find in Slack of one incident. */
export type Found = {
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

export async function found({ slack }: Stage, number = 1): Promise<Found> {
  const channels = (await slack.channels()).filter(({ name }) => name.startsWith(`inc-${number}-`));
  const channel = channels[0];
  const inChannel = channel === undefined ? [] : await saidIn(slack, channel.id);
  const about = async (name: string): Promise<string[]> =>
    (await saidIn(slack, name)).filter(({ key }) => key.startsWith(`chat.announce:INC-${number}:`)).map(({ text }) => text);
  const keys = [...inChannel, ...(await saidIn(slack, "incidents")), ...(await saidIn(slack, "payments"))].map(({ key }) => key);
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
export async function clickCard({ slack }: Stage, muster: Asked, button: string, as: keyof Slack["people"], number = 1): Promise<Delivery> {
  const channel = (await incident(muster, number))?.channel;
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
export function expectNoViolations({ slack }: Stage): void {
  expect(slack.violations).toEqual([]);
}
