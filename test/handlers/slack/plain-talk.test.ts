import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MESSAGE_SHORTCUTS } from "#integrations/slack/subscriptions.ts";
import { SlackPeople } from "#test/support/harness/app.ts";

let slack: SlackPeople;
let room: string;
let lobby: string;
beforeAll(async () => {
  slack = await SlackPeople.open(() => ({ services: { search: { team: "orders" } } }));
  room = await slack.incident({ service: "order-service" });
  lobby = await slack.elsewhere();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

describe("words that are no verb", () => {
  test("offer a declaration, whose form begins with them", async () => {
    const typed = await slack.types("dana", "everything is down", lobby);
    expect(typed.text).toContain('There is no verb "everything"');
    const button = JSON.stringify(typed.blocks);
    expect(button).toContain('Declare \\"everything is down\\"');
    const since = slack.emulated.calls.length;
    await slack.presses("dana", "verb.declare", "declare form everything is down", lobby);
    expect(JSON.stringify(await slack.form(since))).toContain('"initial_value":"everything is down"');
  });

  test("offer none for a mere slip", async () => {
    expect(JSON.stringify((await slack.types("dana", "sevrity", lobby)).blocks)).not.toContain("verb.declare");
  });
});

test("the shortcut declares with the text that it was given where Muster is no member", async () => {
  const { ts } = await slack.says("alice", "customers cannot pay", lobby);
  const since = slack.emulated.calls.length;
  await slack.emulated.shortcut({
    ...slack.product,
    as: slack.id("alice"),
    ts,
    channelId: lobby,
    callbackId: MESSAGE_SHORTCUTS.declare,
  });
  expect(JSON.stringify(await slack.form(since))).toContain('"initial_value":"customers cannot pay"');
});

test("a mention in a thread is answered in that thread", async () => {
  const { ts } = await slack.says("alice", "the pool looks full", room);
  const since = slack.emulated.calls.length;
  await slack.says("alice", "@muster note the pool is full", room, ts);
  await slack.says("alice", "@muster status", room, ts);
  await slack.settlesPaced();
  const answers = slack.emulated.calls.slice(since).filter(({ method }) => method === "chat.postEphemeral");
  expect(answers.map(({ body }) => body["thread_ts"])).toEqual([ts]);
});

test("declare finds a known service in its words", async () => {
  await slack.types("dana", "declare SEV-2 the search is slow", lobby);
  await slack.settlesPaced();
  const { incidents } = await slack.app.json<{ incidents: object[] }>("/api/incidents?limit=1");
  expect(incidents[0]).toMatchObject({ priority: "P1", service: "search", team: "orders" });
});

test("a verb that the channel does not show is answered to who typed it", async () => {
  await slack.types("alice", "ack", room);
  await slack.settlesPaced();
  const since = slack.emulated.calls.length;
  await slack.types("alice", "snooze 10m", room);
  await slack.app.settles();
  expect(await slack.whispered(since)).toContain("Alice snoozed reminders until");
});

test("an update that is undone is struck out where it was relayed", async () => {
  await slack.types("alice", "update everything is fixed", room);
  await slack.settlesPaced();
  await slack.types("bob", "note a finding", room);
  await slack.types("alice", "undo", room);
  await slack.settlesPaced();
  const relayed = JSON.stringify(await slack.emulated.messages((await slack.emulated.channel("incidents"))!.id));
  expect(relayed).toContain("~everything is fixed~");
  expect(relayed).not.toMatch(/[^~]everything is fixed/);
  expect(await slack.timeline("INC-1")).toContain("Bob: a finding");
});

test("who closed it is the last message of its channel before that is archived", async () => {
  await slack.types("alice", "resolve restarted", room);
  await slack.types("alice", "close", room);
  await slack.settlesPaced();
  const calls = slack.emulated.calls.filter(({ body }) => body["channel"] === room);
  const archived = calls.findIndex(({ method }) => method === "conversations.archive");
  const last = calls.findLastIndex(
    ({ method, body }) => method === "chat.postMessage" && String(body["text"]).includes("Closed by Alice"),
  );
  expect(last).toBeGreaterThan(-1);
  expect(archived).toBeGreaterThan(last);
  expect(calls.slice(archived + 1).map(({ method }) => method)).not.toContain("chat.postMessage");
});
