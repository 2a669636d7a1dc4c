import { describe, expect, test } from "vitest";
import { dryRunChat } from "#integrations/dry-run/dry-run.ts";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { unescapeMarkup } from "#integrations/slack/render-text.ts";
import { describeChat } from "#test/support/conformance/chat-conformance.ts";
import { CHAT_REQUESTS, type ChatUnderTest } from "#test/support/conformance/chat-under-test.ts";
import { createPlainChat } from "#test/support/doubles/plain-chat/plain-chat.ts";
import { PLAIN_PEOPLE } from "#test/support/doubles/plain-chat/plain-story.ts";
import { PlainWorkspace, type PlainRoom } from "#test/support/doubles/plain-chat/plain-workspace.ts";
import { startSlack } from "#test/support/doubles/slack/slack-double.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

describeChat("Slack, over a workspace that is as strict", async (): Promise<ChatUnderTest> => {
  const slack = await startSlack();
  // Each look at the clock finds it two seconds on, so that Slack's allowances are never used up.
  let hurry = 0;
  const clock = (): number => wallClock() + (hurry += 2_000);
  const client = createSlackClient({
    token: slack.token,
    apiUrl: slack.apiUrl,
    clock,
    monotonic: clock,
    onCall: () => {},
    allowances: UNLIMITED_ALLOWANCES,
  });
  const { alice, bob } = slack.people;
  slack.groups.set("S0ONCALL1", { handle: "orders-oncall", users: [alice.id] });
  const shown = /^(?:chat\.post|views\.)/;
  return {
    chat: createSlackChat(client, clock),
    now: wallClock,
    alice: alice.id,
    bob: bob.id,
    mention: (id) => `<@${id}>`,
    group: "@orders-oncall",
    nowhere: "C0NOWHERE",
    lines: async (channel) =>
      (await slack.messages(channel))
        .filter(({ subtype }) => subtype === null || subtype === "bot_message")
        .map(({ ts, text, blocks }) => ({
          id: ts,
          text: unescapeMarkup((textsOf(blocks).join("\n") || text).replace(/<[^>]*>/g, "⟦…⟧")),
        })),
    lastShown: () => JSON.stringify(slack.calls.findLast(({ method }) => shown.test(method))?.body),
    members: async (channel) => (await slack.channel(channel))!.members,
    pins: async (channel) => (await slack.pins(channel)).map(({ ts }) => ts),
    links: async (channel) => (await slack.bookmarks(channel)).map(({ link }) => link),
    files: async (channel) => (await slack.files(channel)).map(({ name }) => name),
    async says(person, channel, text) {
      await slack.behind("conversations.join", { channel }, person);
      return String((await slack.behind("chat.postMessage", { channel, text }, person))["ts"]);
    },
    trigger: async (person) =>
      String((await slack.behind("views.generateTriggerId", { user_id: person }))["trigger_id"]),
    breaks: (how) =>
      how === "away" ? slack.down() : void slack.fault({ kind: "drop-answer", method: /create|postMessage/, times: 2 }),
    heals() {
      slack.up();
      slack.heal();
    },
    async close() {
      expect(slack.violations).toEqual([]);
      await slack.close();
    },
  };
});

describeChat("a chat of mere text", async (): Promise<ChatUnderTest> => {
  const workspace = new PlainWorkspace(PLAIN_PEOPLE, wallClock);
  workspace.groups.set("@orders-oncall", []);
  const room = (id: string): PlainRoom => workspace.rooms.get(id)!;
  return {
    chat: createPlainChat(workspace),
    now: wallClock,
    alice: "p-alice",
    bob: "p-bob",
    mention: (id) => `@${id}`,
    group: "@orders-oncall",
    nowhere: "room-none",
    lines: async (channel) => room(channel).lines.filter(({ to }) => to === null),
    lastShown: () =>
      [...workspace.rooms.values()]
        .flatMap(({ lines }) => lines)
        .toSorted((a, b) => Number(a.id.slice(5)) - Number(b.id.slice(5)))
        .at(-1)!.text,
    members: async (channel) => [...room(channel).members],
    pins: async (channel) => [...room(channel).pins],
    links: async (channel) => room(channel).links,
    files: async (channel) => room(channel).files.map(({ name }) => name),
    says: async (by, channel, text) => workspace.write(room(channel), { by, text }).id,
    trigger: async (person, channel) => JSON.stringify({ person, room: channel, key: workspace.id("click") }),
    breaks: (how) => void (workspace.fault = how),
    heals: () => void (workspace.fault = "none"),
    close: () => Promise.resolve(),
  };
});

describe("a dry run", () => {
  const reply: string[] = [];
  const chat = dryRunChat(
    (_, message) => void reply.push(message),
    () => "id",
    SLACK_PLATFORM,
  );
  const attempt = { key: "k", urgency: 0, unsure: false, since: 0 };
  const at = { channel: "C1", message: "m", person: "U0ALICE01", trigger: "t" };

  test.each(CHAT_REQUESTS)("takes %s and keeps nothing", async (_, request) => {
    await expect(request(chat, at, attempt)).resolves.not.toThrow();
  });

  test("logs what would happen, and needs only the members of the platform it replaces", () => {
    expect(reply).toContain("would post in C1: post");
    expect(["U0ALICE01", "api:alice"].map((id) => chat.isMember(id))).toEqual([true, false]);
    expect(chat.title).toBe("Slack");
  });
});
