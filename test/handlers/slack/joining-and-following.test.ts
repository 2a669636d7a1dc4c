import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";
import type { PersonName } from "#test/support/doubles/slack/slack-double.ts";

/** Alice is on call for the team `orders`, Bob and Charlie are in it; Dana is in no team. */
let slack: SlackPeople;
let room: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  room = await slack.incident({ service: "order-service" });
  await slack.types("alice", "ack", room);
  await slack.settlesPaced();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

/** The calls of a method since then, with what they sent. */
const callsOf = (method: string, since: number) =>
  slack.emulated.calls
    .slice(since)
    .filter((call) => call.method === method)
    .map(({ body }) => body);
/** What was sent or edited in someone's own conversation. */
const direct = (method: "chat.postMessage" | "chat.update", since: number): string[] =>
  callsOf(method, since)
    .filter(({ channel }) => String(channel).startsWith("D"))
    .map(({ blocks }) => JSON.stringify(blocks));
const tasks = async (): Promise<string[]> => (await slack.timeline("INC-1")).filter((line) => /^Task \d+:/.test(line));
const reacts = (as: PersonName, ts: string) =>
  slack.emulated.reacts({
    ...slack.product,
    as: slack.id(as),
    channelId: room,
    ts,
    emoji: "ballot_box_with_check",
  });

describe("the announcement", () => {
  test("lets people join: they are invited, and the channel reads it", async () => {
    const since = slack.emulated.calls.length;
    await slack.presses("dana", "incident.join", "1", await slack.elsewhere());
    await slack.settlesPaced();
    expect(JSON.stringify(callsOf("conversations.invite", since))).toContain(slack.id("dana"));
    const feed = (await slack.emulated.messages(room)).map(({ text }) => text).join("\n");
    expect(feed).toContain("Dana joined");
  });

  test("lets people follow by direct messages alone, each with the button that ends it", async () => {
    await slack.presses("charlie", "incident.subscribe", "1", await slack.elsewhere());
    await slack.settlesPaced();
    const since = slack.emulated.calls.length;
    await slack.types("alice", "update we roll back", room);
    await slack.settlesPaced();
    const [update, ...more] = direct("chat.postMessage", since);
    expect(update).toContain("we roll back");
    expect(update).toContain("incident.unsubscribe");
    expect(more).toEqual([]);

    const undoing = slack.emulated.calls.length;
    await slack.types("alice", "undo", room);
    await slack.settlesPaced();
    expect(direct("chat.update", undoing).join("\n")).toContain("Alice undid this");

    await slack.presses("charlie", "incident.unsubscribe", "1", await slack.elsewhere());
    await slack.settlesPaced();
    const after = slack.emulated.calls.length;
    await slack.types("alice", "update it works again", room);
    await slack.settlesPaced();
    expect(direct("chat.postMessage", after)).toEqual([]);
  });
});

describe("☑️ on a message", () => {
  test("makes one task of it, however many people react", async () => {
    const { ts } = await slack.says("bob", `restart the <@${slack.id("dana")}> cache`, room);
    await reacts("charlie", ts);
    await reacts("dana", ts);
    await slack.settlesPaced();
    expect(await tasks()).toEqual(["Task 1: restart the @dana cache"]);
  });
});

describe("a message that is pinned in Slack", () => {
  const pins = (type: "pin_added" | "pin_removed", as: PersonName, ts: string) =>
    slack.emulated.sendEvent(slack.product, {
      type,
      user: slack.id(as),
      channel_id: room,
      item: { type: "message", channel: room, message: { ts } },
    });

  test("is kept in the timeline, and no longer once its pin is removed", async () => {
    const { ts } = await slack.says("bob", "the pool has 20 connections", room);
    await pins("pin_added", "alice", ts);
    await slack.settlesPaced();
    const lines = async () => (await slack.timeline("INC-1")).filter((line) => line.includes("20 connections"));
    expect(await lines()).toHaveLength(1);
    await pins("pin_removed", "alice", ts);
    await slack.settlesPaced();
    expect(await lines()).toEqual([]);
  });
});

describe("the form of all roles", () => {
  const opensAndSends = async (as: PersonName, change: Readonly<Record<string, string>>, between = async () => {}) => {
    const since = slack.emulated.calls.length;
    await slack.types(as, "roles form", room);
    const view = await slack.form(since);
    await between();
    const blocks = view["blocks"] as readonly { block_id?: string; element?: { initial_user?: string } }[];
    const values = Object.fromEntries(
      blocks.flatMap(({ block_id: role, element }) => {
        const user = change[role!] ?? element?.initial_user;
        return role === undefined || user === undefined
          ? []
          : [[role, { [role]: { type: "users_select", selected_user: user } }]];
      }),
    );
    const sent = await slack.emulated.submitView({
      ...slack.product,
      as: slack.id(as),
      callbackId: String(view["callback_id"]),
      values,
    });
    await slack.settlesPaced();
    return sent;
  };
  const roles = async () =>
    (await slack.app.json<{ roles: Record<string, { name: string } | null> }>("/api/incidents/INC-1")).roles;

  test("gives several roles at once, and leaves what was not changed", async () => {
    await opensAndSends("alice", { tech: slack.id("bob"), scribe: slack.id("charlie") });
    expect(await roles()).toMatchObject({ commander: null, tech: { name: "Bob" }, scribe: { name: "Charlie" } });
    await opensAndSends("alice", { comms: slack.id("alice") });
    expect(await roles()).toMatchObject({
      tech: { name: "Bob" },
      scribe: { name: "Charlie" },
      comms: { name: "Alice" },
    });
  });

  test("overwrites no one who got the role after it opened", async () => {
    const sent = await opensAndSends("alice", { tech: slack.id("charlie") }, async () => {
      await slack.types("bob", `role tech <@${slack.id("dana")}>`, room);
      await slack.settlesPaced();
    });
    expect(JSON.parse(sent.body)).toMatchObject({
      response_action: "errors",
      errors: { tech: "Dana has this role by now: open the form again." },
    });
    expect(await roles()).toMatchObject({ tech: { name: "Dana" } });
  });
});

test("making it private is asked in a form first", async () => {
  const since = slack.emulated.calls.length;
  await slack.types("alice", "private form", room);
  const view = await slack.form(since);
  expect(JSON.stringify(view)).toContain("This cannot be undone");
  const isPrivate = async () => (await slack.app.json<{ private: boolean }>("/api/incidents/INC-1")).private;
  expect(await isPrivate()).toBe(false);
  await slack.emulated.submitView({
    ...slack.product,
    as: slack.id("alice"),
    callbackId: String(view["callback_id"]),
    values: {},
  });
  await slack.settlesPaced();
  const announced = await slack.emulated.messages((await slack.emulated.channel("incidents"))!.id);
  expect(JSON.stringify(announced)).toContain("INC-1 is private");
});
