import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { RequestAttempt, Chat } from "#ports/chat.ts";
import { startSlack, type SlackDouble } from "#test/support/doubles/slack/slack-double.ts";
import { monotonic, wallClock } from "#test/support/harness/test-clock.ts";
import { textMessage, textPart } from "#views/values/message-parts.ts";

// What command from the chat asks of Slack's Web API, against a workspace that is as strict as Slack.
let slack: SlackDouble;
let chat: Chat;
let channel = "";
let attemptCount = 0;
const nextAttempt = (): RequestAttempt => ({
  key: `k${attemptCount++}`,
  urgency: 0,
  unsure: false,
  since: wallClock(),
});
beforeAll(async () => {
  slack = await startSlack();
  chat = createSlackChat(
    createSlackClient({
      token: slack.token,
      apiUrl: slack.apiUrl,
      clock: wallClock,
      monotonic,
      onCall: () => {},
      allowances: UNLIMITED_ALLOWANCES,
    }),
    wallClock,
  );
  channel = (await chat.openChannel({ name: "inc-1-adapter", private: false }, nextAttempt())).id;
  await slack.behind("conversations.invite", { channel, users: slack.people.alice.id });
});
afterAll(async () => {
  expect(slack.violations).toEqual([]);
  await slack.close();
});

const postsText = async (text: string, thread?: string): Promise<string> => {
  const { ts } = await slack.behind(
    "chat.postMessage",
    { channel, text, ...(thread === undefined ? {} : { thread_ts: thread }) },
    slack.people.alice.id,
  );
  return String(ts);
};

describe("a message is read", () => {
  test("with its author's name, its link and its text as people read it", async () => {
    const id = await postsText(`<@${slack.people.bob.id}> look at &lt;replica&gt;`);
    const message = await chat.message(channel, id, null, nextAttempt());
    expect(message).toMatchObject({
      id,
      author: { id: slack.people.alice.id },
      text: expect.stringMatching(/^@.+ look at <replica>$/) as string,
    });
    expect(message!.text).not.toContain(slack.people.bob.id);
    expect(message!.at).toBe(Math.round(Number(id) * 1_000));
  });

  test("even when it is a reply in a thread, and not the message before it", async () => {
    const parent = await postsText("what now?");
    const reply = await postsText("roll back", parent);
    expect((await chat.message(channel, reply, parent, nextAttempt()))?.text).toBe("roll back");
  });

  test("as missing when it is deleted", async () => {
    expect(await chat.message(channel, "1000000000.000001", null, nextAttempt())).toBeNull();
  });
});

test("our reaction is added or removed, for any number of requests", async () => {
  const id = await postsText("keep me");
  for (const there of [true, true, false, false])
    await chat.react(channel, id, "white_check_mark", there, nextAttempt());
});

test("a channel is read as it is, and an unknown one is missing", async () => {
  await chat.setTopic(channel, "P1 & counting", nextAttempt());
  expect(await chat.look(channel, nextAttempt())).toEqual({
    topic: "P1 & counting",
    name: "inc-1-adapter",
    archived: false,
    member: true,
  });
  expect(await chat.look("C0NOWHERE", nextAttempt())).toBeNull();
});

test("a person has a name and a clock, an unknown one their id and UTC", async () => {
  const { name, zone } = await chat.person(slack.people.alice.id);
  expect(name).not.toBe(slack.people.alice.id);
  expect(() => new Intl.DateTimeFormat("en", { timeZone: zone })).not.toThrow();
  expect(await chat.person("U0NOBODY00")).toEqual({ name: "U0NOBODY00", zone: "UTC" });
});

test("a message for one person alone arrives in their own conversation", async () => {
  await chat.direct(slack.people.bob.id, textMessage("You are scribe"), nextAttempt());
  expect(slack.callsOf("conversations.open").at(-1)).toMatchObject({ answer: { ok: true } });
  expect(slack.callsOf("chat.postMessage").at(-1)).toMatchObject({ answer: { ok: true } });
});

test("a person's home is their own", async () => {
  await chat.home(slack.people.alice.id, { parts: [textPart("Nothing is on fire")] });
  expect(slack.callsOf("views.publish").at(-1)).toMatchObject({ answer: { ok: true } });
});

test("an ephemeral message that the channel refuses becomes a direct message", async () => {
  await chat.sendEphemeral({ channel: "C0NOWHERE", user: slack.people.alice.id, url: null }, "only you", nextAttempt());
  expect(slack.callsOf("chat.postMessage").at(-1)?.body).toMatchObject({ text: "only you" });
});

test("the members of a group are those of now, found by its handle", async () => {
  slack.groups.set("S0SRE0001", { handle: "sre-leads", users: [slack.people.bob.id] });
  expect(await chat.group("@sre-leads")).toEqual([slack.people.bob.id]);
  slack.groups.set("S0SRE0001", { handle: "sre-leads", users: [slack.people.alice.id] });
  expect(await chat.group("@sre-leads")).toEqual([slack.people.alice.id]);
  expect(await chat.group("@nobody-has-this")).toEqual([]);
});

test("a group gets its members with one request, and none when it has them already", async () => {
  const { alice, bob } = slack.people;
  slack.groups.set("S0ONCALL1", { handle: "orders-oncall", users: [bob.id] });
  for (let i = 0; i < 3; i++) await chat.setGroup("@orders-oncall", [alice.id], nextAttempt());
  expect(slack.groups.get("S0ONCALL1")?.users).toEqual([alice.id]);
  expect(slack.callsOf("usergroups.users.update")).toHaveLength(1);
  await chat.setGroup("@orders-oncall", [], nextAttempt());
  expect(slack.groups.get("S0ONCALL1")?.users, "a group cannot be empty").toEqual([alice.id]);
});

test.each([
  ["there is no such group", "@nobody-has-this", "not_found", null],
  [
    "the plan has no groups",
    "@orders-oncall",
    "invalid",
    { method: "usergroups.users.update", kind: "error:paid_teams_only" },
  ],
  [
    "the scope is missing",
    "@orders-oncall",
    "forbidden",
    { method: "usergroups.users.update", kind: "error:missing_scope" },
  ],
] as const)("when %s, it is reported and not retried", async (_, group, reason, fault) => {
  slack.groups.set("S0ONCALL1", { handle: "orders-oncall", users: [slack.people.bob.id] });
  if (fault !== null) slack.fault(fault);
  const error: unknown = await chat
    .setGroup(group, [slack.people.alice.id], nextAttempt())
    .catch((caught: unknown) => caught);
  slack.heal();
  expect(error).toMatchObject({ name: "PortError", retryable: false, reason });
});

test("someone whom Slack does not let in is named with Slack's own reason", async () => {
  const person = { id: "bob", name: "Bob", chatId: slack.people.bob.id, email: null };
  slack.fault({ method: "conversations.invite", kind: "error:user_is_restricted", times: 2 });
  const { missing } = await chat.invite(channel, [person], nextAttempt());
  slack.heal();
  expect(missing).toEqual([{ name: "Bob", reason: "user_is_restricted" }]);
});
