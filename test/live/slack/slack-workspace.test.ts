import type { KnownBlock } from "@slack/types";
import { LogLevel, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findButton, type SlackDouble, startSlack } from "#test/support/doubles/slack/slack-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { startListeningProduct } from "#test/support/harness/servers/listening-product.ts";

const nothing = (): void => {};
const logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};

const client = (slack: SlackDouble, timeout = 1_000): WebClient =>
  new WebClient(slack.token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger,
  });

const card = (text: string): KnownBlock[] => [
  { type: "section", text: { type: "mrkdwn", text } },
  {
    type: "actions",
    block_id: "roles",
    elements: [
      { type: "button", action_id: "take", value: "INC-1", text: { type: "plain_text", text: "Take command" } },
    ],
  },
];

describe("the Slack workspace", () => {
  let slack: SlackDouble;
  let channel = "";
  beforeAll(async () => {
    slack = await startSlack();
  });
  beforeEach(async () => {
    slack.heal();
    slack.forget();
    const made = await slack.behind("conversations.create", { name: `inc-${Math.random().toString(36).slice(2, 10)}` });
    channel = (made.channel as { id: string }).id;
  });
  afterAll(() => slack.close());

  test("accepts valid requests: a channel, a topic, people, a pinned card, a bookmark, a file", async () => {
    const web = client(slack);
    const me = await web.auth.test();
    expect(me).toMatchObject({ user_id: slack.bot.userId, bot_id: slack.bot.botId });
    const id = (await web.conversations.create({ name: "inc-1-checkout" })).channel?.id ?? "";
    await web.conversations.setTopic({ channel: id, topic: "P1" });
    const found = await web.users.lookupByEmail({ email: "alice@example.com" });
    expect(found.user?.id).toBe(slack.people.alice.id);
    await web.conversations.invite({ channel: id, users: slack.people.alice.id });
    const posted = await web.chat.postMessage({
      channel: id,
      text: "checkout is down",
      blocks: card("checkout is down"),
      metadata: { event_type: "muster", event_payload: { key: "k1" } },
    });
    await web.pins.add({ channel: id, timestamp: posted.ts ?? "" });
    await web.bookmarks.add({ channel_id: id, title: "Runbook", type: "link", link: "https://example.com/runbook" });
    const file = await web.files.uploadV2({
      channel_id: id,
      filename: "postmortem.md",
      title: "INC-1",
      content: "# INC-1\n",
    });
    expect(file.ok).toBe(true);

    expect(await slack.channel("#inc-1-checkout")).toMatchObject({
      id,
      topic: "P1",
      archived: false,
      members: [slack.bot.userId, slack.people.alice.id],
    });
    expect((await slack.messages(id)).find(({ ts }) => ts === posted.ts)).toMatchObject({
      text: "checkout is down",
      user: slack.bot.userId,
      metadata: { event_type: "muster" },
    });
    expect(await slack.pins(id)).toHaveLength(1);
    expect(await slack.bookmarks(id)).toEqual([{ title: "Runbook", link: "https://example.com/runbook" }]);
    expect(await slack.files(id)).toMatchObject([{ name: "postmortem.md", title: "INC-1", text: "# INC-1\n" }]);
    expect((await web.users.conversations({})).channels).toContainEqual(
      expect.objectContaining({ id, creator: slack.bot.userId, created: expect.any(Number) as number }),
    );
    expect(slack.violations).toEqual([]);
  });

  test("refuses invalid requests and remembers them", async () => {
    const web = client(slack);
    await expect(web.conversations.create({ name: "Inc Two!" })).rejects.toThrow("invalid_name_specials");
    await expect(web.conversations.setTopic({ channel, topic: "x".repeat(251) })).rejects.toThrow("too_long");
    await expect(
      web.chat.postMessage({
        channel,
        text: "t",
        blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }],
      }),
    ).rejects.toThrow("invalid_blocks");
    const wordy = Array.from({ length: 5 }, () => ({
      type: "section",
      text: { type: "mrkdwn", text: "x".repeat(2_700) },
    }));
    await expect(web.chat.postMessage({ channel, text: "t", blocks: wordy })).rejects.toThrow("msg_blocks_too_long");
    await expect(web.apiCall("pins.add", { channel })).rejects.toThrow("invalid_arguments");
    await expect(web.apiCall("reminders.add", {})).rejects.toThrow("unknown_method");
    await expect(new WebClient("xoxb-wrong", { slackApiUrl: slack.apiUrl, logger }).auth.test()).rejects.toThrow(
      "invalid_auth",
    );
    expect(slack.violations).toHaveLength(6);
    expect(slack.violations[2]).toContain("[json-pointer:/blocks/0/text/text]");
    expect(await slack.messages(channel)).toEqual([]);
  });

  test("accepts a channel's name for its id, and shows metadata only on request", async () => {
    const web = client(slack);
    expect(
      (
        await web.chat.postMessage({
          channel: "#incidents",
          text: "one",
          metadata: { event_type: "m", event_payload: {} },
        })
      ).channel,
    ).toBe((await slack.channel("incidents"))?.id);
    const incidents = (await slack.channel("incidents"))?.id ?? "";
    await expect(web.conversations.history({ channel: incidents })).rejects.toThrow("not_in_channel");
    await web.conversations.join({ channel: incidents });
    expect((await web.conversations.history({ channel: incidents })).messages?.[0]).not.toHaveProperty("metadata");
    expect(
      (await web.conversations.history({ channel: incidents, include_all_metadata: true })).messages?.[0],
    ).toHaveProperty("metadata.event_type", "m");
    const since = (wallClock() / 1000 + 0.001).toFixed(6);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await web.chat.postMessage({ channel: "incidents", text: "two" });
    expect(
      (await web.conversations.history({ channel: incidents, oldest: since })).messages?.map(({ text }) => text),
    ).toEqual(["two"]);
  });

  test("invites all valid people with force", async () => {
    const { alice, bob } = slack.people;
    const web = client(slack);
    await web.conversations.invite({ channel, users: alice.id });
    await expect(web.conversations.invite({ channel, users: `${alice.id},${bob.id}` })).rejects.toThrow(
      "already_in_channel",
    );
    expect(
      await web.conversations.invite({ channel, users: `${alice.id},${bob.id},U0NOBODY`, force: true }),
    ).toMatchObject({
      ok: true,
      errors: [{ user: alice.id }, { user: "U0NOBODY" }],
    });
    expect((await slack.channel(channel))?.members).toContain(bob.id);
  });

  test.each([
    ["429", "rate-limit"],
    ["500", "500"],
    ["reset", "fetch failed"],
    ["timeout", "timeout"],
    ["error:fatal_error", "fatal_error"],
  ] as const)("spoils one call with %s and passes the next", async (kind, says) => {
    const web = client(slack, 300);
    const fault = slack.fault({ kind, method: /^chat\./, retryAfter: 7 });
    await web.auth.test();
    await expect(web.chat.postMessage({ channel, text: "lost" })).rejects.toThrow(says);
    expect(fault.used).toBe(1);
    await web.chat.postMessage({ channel, text: "there" });
    expect((await slack.messages(channel)).map(({ text }) => text)).toEqual(["there"]);
    expect(slack.callsOf("chat.postMessage")).toMatchObject([
      { fault: kind, body: { text: "lost" } },
      { fault: null, answer: { ok: true } },
    ]);
  });

  test("a dropped answer leaves the message posted", async () => {
    slack.fault({ kind: "drop-answer", method: "chat.postMessage" });
    await expect(client(slack).chat.postMessage({ channel, text: "twice?" })).rejects.toThrow("fetch failed");
    expect((await slack.messages(channel)).map(({ text }) => text)).toEqual(["twice?"]);
  });

  test("is gone while it is down", async () => {
    slack.down();
    await expect(client(slack).auth.test()).rejects.toThrow("fetch failed");
    expect(slack.calls).toEqual([]);
    slack.up();
    expect((await client(slack).auth.test()).ok).toBe(true);
  });

  test("a person clicks, the click can be delivered twice, and its trigger opens one form", async () => {
    const product = await startListeningProduct();
    const web = client(slack);
    const { ts = "" } = await web.chat.postMessage({ channel, text: "card", blocks: card("card") });
    const [message] = await slack.messages(channel);
    if (message === undefined) throw new Error("the card is not there");
    const button = findButton(message, "Take command");
    const clicked = await slack.click({
      as: slack.people.bob.id,
      ...button,
      channelId: channel,
      messageTs: ts,
      url: product.url,
      signingSecret: "s",
    });
    expect(clicked.status).toBe(200);
    await slack.redeliver(clicked);
    expect(product.got).toHaveLength(2);
    expect(product.got[1]?.headers["x-slack-signature"]).toBe(product.got[0]?.headers["x-slack-signature"]);
    const payload = JSON.parse(new URLSearchParams(product.got[0]?.body).get("payload") ?? "{}") as {
      actions: object[];
    };
    expect(payload).toMatchObject({
      type: "block_actions",
      user: { id: slack.people.bob.id },
      channel: { id: channel },
      message: { ts },
    });
    expect(payload.actions[0]).toMatchObject({ type: "button", action_id: "take", value: "INC-1", block_id: "roles" });

    const view = {
      type: "modal" as const,
      callback_id: "declare",
      title: { type: "plain_text" as const, text: "Declare" },
      blocks: [],
      private_metadata: "p",
    };
    await web.views.open({ trigger_id: clicked.triggerId, view });
    await expect(web.views.open({ trigger_id: clicked.triggerId, view })).rejects.toThrow("exchanged_trigger_id");
    await slack.submitView({
      as: slack.people.bob.id,
      callbackId: "declare",
      values: { title: { input: "Down" } },
      url: product.url,
      signingSecret: "s",
    });
    expect(decodeURIComponent(product.got[2]?.body ?? "")).toContain('"private_metadata":"p"');
    product.close();
  });
});

test("with tiers, Slack slows a caller down", async () => {
  const slack = await startSlack({ tiers: true, elapsed: () => 0 });
  const web = client(slack);
  for (let i = 0; i < 20; i++) await web.conversations.create({ name: `inc-${i}` });
  await expect(web.conversations.create({ name: "inc-20" })).rejects.toMatchObject({ retryAfter: 3 });
  const posts = await Promise.allSettled(
    Array.from({ length: 8 }, () => web.chat.postMessage({ channel: "incidents", text: "x" })),
  );
  expect(posts.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
  await slack.close();
});
