import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE } from "#test/support/builders/instants.ts";
import { SlackPeople } from "#test/support/harness/app.ts";
import { isJson, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { SlackDelivery, PersonName } from "#test/support/doubles/slack/slack-double.ts";

let slack: SlackPeople;
let room: string;
let lobby: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  room = await slack.crowdedIncident({ service: "order-service" });
  lobby = await slack.elsewhere();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

const on = (as: PersonName, ts: string) => ({ ...slack.product, as: slack.id(as), channelId: room, ts });
const pin = (as: PersonName, ts: string): Promise<SlackDelivery> =>
  slack.emulated.reacts({ ...on(as, ts), emoji: "pushpin" });

/** Whether our own reaction is on a message. */
async function confirmed(ts: string): Promise<boolean> {
  const { message } = await slack.emulated.behind("reactions.get", { channel: room, timestamp: ts });
  return jsonList(isJson(message) ? message["reactions"] : []).some(({ name }) => name === "white_check_mark");
}

/**
 * How many marked messages were gone by the timeline. It is sorted by Slack's time for messages, by ours for the rest.
 */
const missingMessages = async (): Promise<number> =>
  (await slack.timeline("INC-1")).filter((line) => line.includes("the marked message was deleted")).length;

describe("📌 on a message", () => {
  test("adds it to the timeline, with names for ids; the bot confirms; Slack's second delivery adds nothing", async () => {
    const { ts } = await slack.says("alice", `<@${slack.id("bob")}> rolls back &lt;now&gt;`, room);
    const before = await slack.stored();
    const delivery = await pin("bob", ts);
    expect([delivery.status, (await slack.emulated.redeliver(delivery)).status]).toEqual([200, 200]);
    expect(await slack.stored()).toBe(before + 1);
    expect(await slack.commands()).toEqual([{ type: "message.mark", channel: room, id: ts, thread: null }]);
    await slack.app.settles();
    expect((await slack.timeline("INC-1")).filter((each) => each.includes("rolls back"))).toEqual([
      expect.stringContaining("@bob rolls back <now>"),
    ]);
    expect(await confirmed(ts)).toBe(true);
  });

  test("keeps a reply in a thread, and not the message before it", async () => {
    const parent = await slack.says("alice", "what do we know?", room);
    await slack.says("bob", "nothing yet", room, parent.ts);
    const reply = await slack.says("charlie", "the disk is full", room, parent.ts);
    await pin("dana", reply.ts);
    await slack.app.settles();
    const lines = await slack.timeline("INC-1");
    expect(lines.filter((each) => each.includes("the disk is full"))).toHaveLength(1);
    expect(lines.filter((each) => /what do we know|nothing yet/.test(each))).toEqual([]);
  });

  test("removed again removes the entry and the confirmation", async () => {
    const { ts } = await slack.says("alice", "never mind this", room);
    await pin("alice", ts);
    await slack.app.settles();
    expect(await confirmed(ts)).toBe(true);
    await slack.emulated.unreacts({ ...on("alice", ts), emoji: "pushpin" });
    expect(await slack.commands()).toEqual([{ type: "message.unmark", channel: room, id: ts }]);
    slack.app.time.now += MINUTE;
    await slack.app.settles();
    expect(await confirmed(ts)).toBe(false);
  });

  test("is followed when the message is edited, with names for ids, and when it is deleted", async () => {
    const { ts } = await slack.says("alice", "it was the disc", room);
    await pin("alice", ts);
    await slack.app.settles();
    await slack.emulated.edits({ ...on("alice", ts), text: `it was the disk, says <@${slack.id("bob")}>` });
    expect(await slack.commands()).toEqual([
      { type: "message.edited", channel: room, id: ts, text: "it was the disk, says @bob" },
    ]);
    await slack.emulated.deletes(on("alice", ts));
    expect(await slack.commands()).toEqual([{ type: "message.deleted", channel: room, id: ts }]);
  });

  test("is followed when a message with replies is deleted, of which Slack keeps a tombstone", async () => {
    const { ts } = await slack.says("alice", "this starts a thread", room);
    await slack.says("bob", "indeed", room, ts);
    await pin("alice", ts);
    await slack.app.settles();
    await slack.emulated.deletes(on("alice", ts));
    expect(await slack.commands()).toEqual([{ type: "message.deleted", channel: room, id: ts }]);
  });

  test.each([
    ["", false],
    [" although it has replies", true],
  ])("on a message that is deleted before it is read is reported instead of an entry%s", async (_, replies) => {
    const { ts } = await slack.says("alice", "gone in a moment", room);
    if (replies) await slack.says("bob", "so what", room, ts);
    const before = await missingMessages();
    await pin("alice", ts);
    await slack.emulated.behind("chat.delete", { channel: room, ts }, slack.id("alice"));
    await slack.app.settles();
    expect(await missingMessages()).toBe(before + 1);
  });

  test.each(["eyes", "white_check_mark"])("is the only reaction that counts: not :%s:", async (emoji) => {
    const { ts } = await slack.says("alice", "hello", room);
    const before = await slack.stored();
    await slack.emulated.reacts({ ...on("bob", ts), emoji });
    expect(await slack.stored()).toBe(before);
  });
});

describe("events without meaning", () => {
  test("are not stored: other channels, edits of unmarked messages, unfurled links, our own actions, unknown events", async () => {
    const { ts } = await slack.says("alice", "see https://example.com", room);
    await pin("alice", ts);
    await slack.app.settles();
    const before = await slack.stored();
    const item = { type: "message", channel: lobby, ts };
    await slack.emulated.sendEvent(slack.product, {
      type: "reaction_added",
      user: slack.id("bob"),
      reaction: "pushpin",
      item,
    });
    const plain = await slack.says("bob", "no one marked this", room);
    await slack.emulated.edits({ ...on("bob", plain.ts), text: "and edits it" });
    const unfolds = { ts, text: "see https://example.com" };
    await slack.emulated.sendEvent(slack.product, {
      type: "message",
      subtype: "message_changed",
      channel: room,
      message: unfolds,
      previous_message: unfolds,
    });
    for (const type of ["member_joined_channel", "member_left_channel"])
      await slack.emulated.sendEvent(slack.product, { type, user: slack.emulated.bot.userId, channel: room });
    expect((await slack.emulated.sendEvent(slack.product, { type: "team_join", user: { id: "U1" } })).status).toBe(200);
    const file = { type: "file", file: "F1" };
    expect(
      (
        await slack.emulated.sendEvent(slack.product, {
          type: "reaction_added",
          user: slack.id("bob"),
          reaction: "pushpin",
          item: file,
        })
      ).status,
    ).toBe(200);
    expect(await slack.stored()).toBe(before);
  });
});

describe("a channel", () => {
  test("records joining and leaving in the timeline; a commander who leaves is asked to hand over", async () => {
    await slack.types("dana", "ic", room);
    await slack.app.settles();
    await slack.emulated.leaves({ ...slack.product, as: slack.id("dana"), channelId: room });
    expect(await slack.commands()).toEqual([{ type: "member.left", person: { id: slack.id("dana"), name: "Dana" } }]);
    await slack.app.settles();
    const { channel } = await slack.emulated.behind("conversations.open", { users: slack.id("dana") });
    const direct = await slack.emulated.messages(stringOrEmpty(isJson(channel) ? channel["id"] : ""));
    expect(direct.at(-1)?.text).toContain("still have command");
    await slack.emulated.joins({ ...slack.product, as: slack.id("dana"), channelId: room });
    expect(await slack.commands()).toEqual([{ type: "member.joined", person: { id: slack.id("dana"), name: "Dana" } }]);
  });

  test("that is renamed by hand is known by its new name", async () => {
    const delivery = await slack.emulated.renames({ ...slack.product, channelId: room, name: "inc-1-the-disk" });
    expect([delivery.status, await slack.commands()]).toEqual([
      200,
      [{ type: "channel.renamed", name: "inc-1-the-disk" }],
    ]);
    await slack.app.settles();
    expect(await slack.app.json("/api/incidents/INC-1")).toMatchObject({ channel: { name: "inc-1-the-disk" } });
  });
});

describe("@muster", () => {
  test("does what the slash command does, once for repeated deliveries", async () => {
    const before = await slack.stored();
    const { delivery } = await slack.says("alice", "@muster note we look at the disk", room);
    expect([delivery.status, (await slack.emulated.redeliver(delivery)).status]).toEqual([200, 200]);
    expect([await slack.stored(), await slack.commands()]).toEqual([
      before + 1,
      [{ type: "note.add", text: "we look at the disk" }],
    ]);
  });

  test("answers where only they see it", async () => {
    const since = slack.emulated.calls.length;
    await slack.says("alice", "@muster stauts", room);
    expect(slack.whispers(since)).toEqual([expect.stringContaining("Did you mean `status`")]);
  });

  test("that is alone is a question for help", async () => {
    const since = slack.emulated.calls.length;
    await slack.says("alice", "@muster", room);
    expect(slack.whispers(since)).toEqual([expect.stringContaining("What to type in an incident")]);
  });

  test("offers the button that opens a form, which a mention cannot open", async () => {
    let since = slack.emulated.calls.length;
    await slack.says("alice", "@muster resolve form", room);
    const offered = JSON.stringify(
      slack.emulated.calls.slice(since).find(({ method }) => method === "chat.postEphemeral")?.body["blocks"],
    );
    const [, value = ""] = /"action_id":"verb\.resolve","value":"(1~[\w-]+ resolve form)"/.exec(offered) ?? [];
    expect(value).not.toBe("");
    since = slack.emulated.calls.length;
    await slack.presses("alice", "verb.resolve", value, room);
    expect((await slack.form(since))["callback_id"]).toBe("resolve");
  });

  test("works while Slack cannot name people", async () => {
    slack.emulated.fault({ method: "users.info", kind: "500", times: Infinity });
    const { delivery } = await slack.says("dana", "@muster ack", room);
    slack.emulated.heal();
    expect([delivery.status, await slack.commands()]).toEqual([200, [{ type: "incident.acknowledge" }]]);
  });
});

test("an event that cannot be stored is not acknowledged, and Slack's next delivery is", async () => {
  const { ts } = await slack.says("alice", "while the database is away", room);
  const { pool } = slack.app.engine.connection;
  await pool.query("alter table commands rename to commands_away");
  const delivery = await pin("alice", ts);
  await pool.query("alter table commands_away rename to commands");
  expect(delivery.status).toBe(503);
  expect((await slack.emulated.redeliver(delivery)).status).toBe(200);
  expect(await slack.commands()).toEqual([{ type: "message.mark", channel: room, id: ts, thread: null }]);
});
