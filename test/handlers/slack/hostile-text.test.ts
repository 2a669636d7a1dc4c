import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { toPlainText } from "#integrations/slack/read-message.ts";
import { isSlackResponseUrl } from "#integrations/slack/ephemeral-message.ts";
import type { Chat } from "#ports/chat.ts";
import { SlackPeople } from "#test/support/harness/app.ts";
import { mrkdwnOf } from "#test/support/doubles/slack/block-kit.ts";
import { HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";

let slack: SlackPeople;
let chat: Chat;
let room: string;
let lobby: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  room = await slack.incident({ service: "order-service" });
  lobby = await slack.elsewhere();
  const client = createSlackClient({
    token: slack.emulated.token,
    apiUrl: slack.emulated.apiUrl,
    clock: () => slack.app.time.now,
    monotonic: () => slack.app.time.now,
    onCall: () => {},
    allowances: UNLIMITED_ALLOWANCES,
  });
  chat = createSlackChat(client, () => slack.app.time.now, null);
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

const FOREIGN = /<!(?:channel|here|everyone)|<!subteam|<@U0ALICE01>|<https:\/\/evil/;
const attemptFor = (key: string) => ({ key, urgency: 0, unsure: false, since: 0 });

describe.each(HOSTILE_TEXTS)("text of people is text, and Slack takes it: $name", ({ text }) => {
  const words = text.slice(0, 7_000);

  test("as a note, a task, an update and a title, in the channel and in direct messages", async () => {
    const since = slack.emulated.calls.length;
    for (const verb of ["note", "task", "update", "title"])
      expect((await slack.types("alice", `INC-1 ${verb} ${words}`, lobby)).status).toBe(200);
    slack.app.time.now += 60_000;
    await slack.app.settles();
    const sent = slack.emulated.calls
      .slice(since)
      .filter(({ method }) => /^chat\.|^response_url$|conversations\.setTopic/.test(method));
    expect(sent.length).toBeGreaterThan(2);
    for (const { method, body } of sent)
      expect(
        [body["text"], body["topic"], ...mrkdwnOf(body["blocks"]).map(({ text }) => text)].join("\n"),
        method,
      ).not.toMatch(FOREIGN);
  });

  test("as a verb, a name, and words to pick an incident for", async () => {
    for (const typed of [
      words,
      `page @${words}`,
      `role ${words}`,
      `role tech @${words}`,
      `oncall ${words}`,
      `help ${words}`,
      `severity ${words}`,
      `note ${words}`,
    ]) {
      const answered = await slack.types("dana", typed, lobby);
      expect(answered.status).toBe(200);
      expect(
        mrkdwnOf(answered.blocks)
          .map(({ text }) => text)
          .join("\n"),
      ).not.toMatch(FOREIGN);
    }
  });
});

describe("an answer goes only to Slack", () => {
  test.each([
    ["https://hooks.slack.com/commands/T1/2/x", null, true],
    ["https://hooks.slack.com:443/commands/T1/2/x", null, true],
    ["http://127.0.0.1:4000/respond/1", "http://127.0.0.1:4000/api/", true],
    ["http://127.0.0.1:4001/respond/1", "http://127.0.0.1:4000/api/", false],
    ["http://127.0.0.1:4000/respond/1", null, false],
    ["http://hooks.slack.com/commands/T1/2/x", null, false],
    ["https://hooks.slack.com.evil.example/x", null, false],
    ["https://evil.example/hooks.slack.com", null, false],
    ["https://hooks.slack.com@evil.example/", null, false],
    ["https://user:word@hooks.slack.com/", null, false],
    ["https://hooks.slack.com:8443/", null, false],
    ["file:///etc/passwd", null, false],
    ["//hooks.slack.com/x", null, false],
    ["", null, false],
  ])("%s with SLACK_API_URL %s: %s", (url, apiUrl, answer) => {
    expect(isSlackResponseUrl(url, apiUrl)).toBe(answer);
  });

  test("even when another address was stored: then it is an ephemeral message", async () => {
    const since = slack.emulated.calls.length;
    await chat.sendEphemeral(
      { channel: room, user: slack.id("alice"), url: "http://127.0.0.1:1/elsewhere" },
      "hello",
      attemptFor("a"),
    );
    expect(slack.emulated.calls.slice(since).map(({ method }) => method)).toEqual(["chat.postEphemeral"]);
  });

  test("five times to one address, then where they asked, then in their own conversation", async () => {
    const since = slack.emulated.calls.length;
    const url = `${slack.emulated.url}/respond/used-up`;
    for (let n = 0; n < 6; n++)
      await chat.sendEphemeral({ channel: room, user: slack.id("alice"), url }, `answer ${n}`, attemptFor(`b${n}`));
    await chat.sendEphemeral({ channel: "C0NOTTHERE", user: slack.id("alice"), url }, "answer 7", attemptFor("b7"));
    const methods = slack.emulated.calls.slice(since).map(({ method }) => method);
    expect(methods.filter((method) => method === "response_url")).toHaveLength(7);
    expect(methods.slice(6)).toEqual([
      "chat.postEphemeral",
      "response_url",
      "chat.postEphemeral",
      "conversations.open",
      "chat.postMessage",
    ]);
    // The double counts the sixth use as a mistake; here it is meant.
    expect((slack.emulated.violations as string[]).splice(0)).toEqual([
      "response_url: used_url",
      "response_url: used_url",
    ]);
  });

  test("and a foreign message is not parsed as markup", async () => {
    const since = slack.emulated.calls.length;
    await chat.sendEphemeral(
      { channel: room, user: slack.id("alice") },
      "<!channel> & <https://evil.example|x> `ack`",
      attemptFor("c"),
    );
    expect(slack.emulated.calls[since]!.body["text"]).toBe(
      "&lt;!channel&gt; &amp; &lt;https://evil.example|x&gt; `ack`",
    );
  });
});

describe("people's data from Slack", () => {
  test.each(["missing_scope", "user_not_found", "user_not_visible"])(
    "may be nothing (%s): their id will do",
    async (error) => {
      slack.emulated.fault({ method: "users.info", kind: `error:${error}` });
      const id = `U0${error.toUpperCase()}`;
      expect(await chat.person(id)).toEqual({ name: id, zone: "UTC" });
    },
  );

  test("may have an unknown time zone: then it is UTC", async () => {
    slack.emulated.zones.set(slack.id("charlie"), "Mars/Olympus");
    expect(await chat.person(slack.id("charlie"))).toEqual({ name: "charlie", zone: "UTC" });
  });

  test("of a group are read at every click, and an unknown group is empty", async () => {
    slack.emulated.groups.set("S0SRE0001", { handle: "sre", users: ["U1"] });
    expect(await chat.group("@sre")).toEqual(["U1"]);
    slack.emulated.groups.set("S0SRE0001", { handle: "sre", users: [] });
    expect(await chat.group("@sre")).toEqual([]);
    expect(await chat.group("@nobody")).toEqual([]);
  });
});

test.each([
  ["<@U1> and <@U1|al> ask <#C1|general>", "@U1 and @U1 ask #general"],
  ["<!here> <!channel|channel> <!subteam^S1|@sre>", "@here @channel @sre"],
  ["<https://a.example/x|the page> <https://b.example>", "the page (https://a.example/x) https://b.example"],
  ["<mailto:a@b.example|a@b.example> 1 &lt; 2 &amp;amp;", "a@b.example 1 < 2 &amp;"],
  ["<!date^1^{date}|Friday>", "Friday"],
])("Slack's markup %s reads: %s", async (markup, text) => {
  expect(
    await toPlainText(markup, {
      person: (name) => Promise.resolve({ name, zone: "UTC" }),
      learnTeam: () => Promise.resolve(),
      standing: () => Promise.resolve({ kind: "member" }),
      group: () => Promise.resolve([]),
      groupId: () => Promise.resolve(null),
      setGroup: () => Promise.resolve(),
    }),
  ).toBe(text);
});
