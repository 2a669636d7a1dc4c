import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MESSAGE_SHORTCUTS } from "#integrations/slack/subscriptions.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { SlackHarness } from "#test/support/harness/app.ts";
import { isJson, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { SlackDelivery, PersonName } from "#test/support/doubles/slack/slack-double.ts";

let desk: SlackHarness;
let room: string;
let lobby: string;
beforeAll(async () => {
  desk = await SlackHarness.open();
  room = await desk.incident({ service: "order-service" });
  lobby = await desk.elsewhere();
  for (const name of ["alice", "bob", "charlie", "dana"] as const)
    await desk.slack.behind("conversations.join", { channel: room }, desk.id(name));
});
afterAll(async () => {
  expect(desk.slack.violations).toEqual([]);
  await desk.close();
});

const on = (as: PersonName, ts: string) => ({ ...desk.product, as: desk.id(as), channelId: room, ts });
const pin = (as: PersonName, ts: string): Promise<SlackDelivery> =>
  desk.slack.reacts({ ...on(as, ts), emoji: "pushpin" });

/** Whether our own reaction is on a message. */
async function confirmed(ts: string): Promise<boolean> {
  const { message } = await desk.slack.behind("reactions.get", { channel: room, timestamp: ts });
  return jsonList(isJson(message) ? message["reactions"] : []).some(({ name }) => name === "white_check_mark");
}

describe("📌 on a message", () => {
  test("keeps it in the timeline, with names for ids; the bot confirms; Slack's second delivery adds nothing", async () => {
    const { ts } = await desk.says("alice", `<@${desk.id("bob")}> rolls back &lt;now&gt;`, room);
    const before = await desk.stored();
    const told = await pin("bob", ts);
    expect([told.status, (await desk.slack.redeliver(told)).status]).toEqual([200, 200]);
    expect(await desk.stored()).toBe(before + 1);
    expect(await desk.commands()).toEqual([{ type: "message.mark", channel: room, id: ts, thread: null }]);
    await desk.app.settles();
    expect((await desk.timeline("INC-1")).filter((each) => each.includes("rolls back"))).toEqual([
      expect.stringContaining("@bob rolls back <now>"),
    ]);
    expect(await confirmed(ts)).toBe(true);
  });

  test("keeps a reply in a thread, and not the message before it", async () => {
    const parent = await desk.says("alice", "what do we know?", room);
    await desk.says("bob", "nothing yet", room, parent.ts);
    const reply = await desk.says("charlie", "the disk is full", room, parent.ts);
    await pin("dana", reply.ts);
    await desk.app.settles();
    const lines = await desk.timeline("INC-1");
    expect(lines.filter((each) => each.includes("the disk is full"))).toHaveLength(1);
    expect(lines.filter((each) => /what do we know|nothing yet/.test(each))).toEqual([]);
  });

  test("taken away again takes it out, and the confirmation with it", async () => {
    const { ts } = await desk.says("alice", "never mind this", room);
    await pin("alice", ts);
    await desk.app.settles();
    expect(await confirmed(ts)).toBe(true);
    await desk.slack.unreacts({ ...on("alice", ts), emoji: "pushpin" });
    expect(await desk.commands()).toEqual([{ type: "message.unmark", channel: room, id: ts }]);
    desk.app.time.now += MINUTE;
    await desk.app.settles();
    expect(await confirmed(ts)).toBe(false);
  });

  test("is followed when the message is edited, with names for ids, and when it is deleted", async () => {
    const { ts } = await desk.says("alice", "it was the disc", room);
    await pin("alice", ts);
    await desk.app.settles();
    await desk.slack.edits({ ...on("alice", ts), text: `it was the disk, says <@${desk.id("bob")}>` });
    expect(await desk.commands()).toEqual([
      { type: "message.edited", channel: room, id: ts, text: "it was the disk, says @bob" },
    ]);
    await desk.slack.deletes(on("alice", ts));
    expect(await desk.commands()).toEqual([{ type: "message.deleted", channel: room, id: ts }]);
  });

  test("is followed when a message with replies is deleted, of which Slack keeps a tombstone", async () => {
    const { ts } = await desk.says("alice", "this starts a thread", room);
    await desk.says("bob", "indeed", room, ts);
    await pin("alice", ts);
    await desk.app.settles();
    await desk.slack.deletes(on("alice", ts));
    expect(await desk.commands()).toEqual([{ type: "message.deleted", channel: room, id: ts }]);
  });

  test.each([
    ["", false],
    [" although it has replies", true],
  ])("on a message that is gone before it is read says so instead of keeping nothing%s", async (_, replies) => {
    const { ts } = await desk.says("alice", "gone in a moment", room);
    if (replies) await desk.says("bob", "so what", room, ts);
    await pin("alice", ts);
    await desk.slack.behind("chat.delete", { channel: room, ts }, desk.id("alice"));
    await desk.app.settles();
    expect((await desk.timeline("INC-1")).at(-1)).toContain("not there any more");
  });

  test.each(["eyes", "white_check_mark"])("is the only reaction that counts: not :%s:", async (emoji) => {
    const { ts } = await desk.says("alice", "hello", room);
    const before = await desk.stored();
    await desk.slack.reacts({ ...on("bob", ts), emoji });
    expect(await desk.stored()).toBe(before);
  });
});

describe("what is no news", () => {
  test("is not stored: other channels, edits of what nobody marked, links that unfold, what we did ourselves, unknown events", async () => {
    const { ts } = await desk.says("alice", "see https://example.com", room);
    await pin("alice", ts);
    await desk.app.settles();
    const before = await desk.stored();
    const item = { type: "message", channel: lobby, ts };
    await desk.slack.tells(desk.product, { type: "reaction_added", user: desk.id("bob"), reaction: "pushpin", item });
    const plain = await desk.says("bob", "nobody marked this", room);
    await desk.slack.edits({ ...on("bob", plain.ts), text: "and edits it" });
    const unfolds = { ts, text: "see https://example.com" };
    await desk.slack.tells(desk.product, {
      type: "message",
      subtype: "message_changed",
      channel: room,
      message: unfolds,
      previous_message: unfolds,
    });
    for (const type of ["member_joined_channel", "member_left_channel"])
      await desk.slack.tells(desk.product, { type, user: desk.slack.bot.userId, channel: room });
    expect((await desk.slack.tells(desk.product, { type: "team_join", user: { id: "U1" } })).status).toBe(200);
    const file = { type: "file", file: "F1" };
    expect(
      (await desk.slack.tells(desk.product, { type: "reaction_added", user: "U1", reaction: "pushpin", item: file }))
        .status,
    ).toBe(200);
    expect(await desk.stored()).toBe(before);
  });
});

describe("a channel", () => {
  test("that somebody joins or leaves says so in the timeline; a commander who leaves is asked to hand over", async () => {
    await desk.types("dana", "ic", room);
    await desk.app.settles();
    await desk.slack.leaves({ ...desk.product, as: desk.id("dana"), channelId: room });
    expect(await desk.commands()).toEqual([{ type: "member.left", person: { id: desk.id("dana"), name: "Dana" } }]);
    await desk.app.settles();
    const { channel } = await desk.slack.behind("conversations.open", { users: desk.id("dana") });
    const direct = await desk.slack.messages(stringOrEmpty(isJson(channel) ? channel["id"] : ""));
    expect(direct.at(-1)?.text).toContain("still have command");
    await desk.slack.joins({ ...desk.product, as: desk.id("dana"), channelId: room });
    expect(await desk.commands()).toEqual([{ type: "member.joined", person: { id: desk.id("dana"), name: "Dana" } }]);
  });

  test("that is renamed by hand is known by its new name", async () => {
    const told = await desk.slack.renames({ ...desk.product, channelId: room, name: "inc-1-the-disk" });
    expect([told.status, await desk.commands()]).toEqual([200, [{ type: "channel.renamed", name: "inc-1-the-disk" }]]);
    await desk.app.settles();
    expect(await desk.app.json("/api/incidents/INC-1")).toMatchObject({ channel: { name: "inc-1-the-disk" } });
  });
});

describe("@muster", () => {
  test("does what the slash command does, once however often it is delivered", async () => {
    const before = await desk.stored();
    const { delivery } = await desk.says("alice", "@muster note we look at the disk", room);
    expect([delivery.status, (await desk.slack.redeliver(delivery)).status]).toEqual([200, 200]);
    expect([await desk.stored(), await desk.commands()]).toEqual([
      before + 1,
      [{ type: "note.add", text: "we look at the disk" }],
    ]);
  });

  test("answers where only they see it", async () => {
    const since = desk.slack.calls.length;
    await desk.says("alice", "@muster stauts", room);
    expect(desk.whispers(since)).toEqual([expect.stringContaining("Did you mean `status`")]);
  });

  test("that is alone is a question for help", async () => {
    const since = desk.slack.calls.length;
    await desk.says("alice", "@muster", room);
    expect(desk.whispers(since)).toEqual([expect.stringContaining("The verbs of /incident")]);
  });

  test("offers the button that opens a form, which a mention cannot open", async () => {
    let since = desk.slack.calls.length;
    await desk.says("alice", "@muster resolve form", room);
    const offered = JSON.stringify(
      desk.slack.calls.slice(since).find(({ method }) => method === "chat.postEphemeral")?.body["blocks"],
    );
    expect(offered).toContain('"action_id":"verb.resolve","value":"INC-1 resolve form"');
    since = desk.slack.calls.length;
    await desk.presses("alice", "verb.resolve", "INC-1 resolve form", room);
    expect((await desk.form(since))["callback_id"]).toBe("resolve");
  });

  test("works while Slack does not say who anybody is", async () => {
    desk.slack.fault({ method: "users.info", kind: "500", times: Infinity });
    const { delivery } = await desk.says("dana", "@muster ack", room);
    desk.slack.heal();
    expect([delivery.status, await desk.commands()]).toEqual([200, [{ type: "incident.acknowledge" }]]);
  });
});

describe("the shortcut of a message", () => {
  test("adds it to the timeline, once", async () => {
    const { ts } = await desk.says("bob", "we saw this before", room);
    const before = await desk.stored();
    const chosen = await desk.slack.shortcut({ ...on("alice", ts), callbackId: MESSAGE_SHORTCUTS.capture });
    expect([chosen.status, chosen.body, (await desk.slack.redeliver(chosen)).status]).toEqual([200, "", 200]);
    expect([await desk.stored(), await desk.commands()]).toEqual([
      before + 1,
      [{ type: "message.mark", channel: room, id: ts, thread: null }],
    ]);
    await desk.app.settles();
    expect((await desk.timeline("INC-1")).filter((each) => each.includes("we saw this before"))).toHaveLength(1);
  });

  test("in a channel without an incident says so", async () => {
    await desk.slack.behind("conversations.join", { channel: lobby }, desk.id("alice"));
    const { ts } = await desk.says("alice", "hello", lobby);
    const since = desk.slack.calls.length;
    await desk.slack.shortcut({ ...on("alice", ts), channelId: lobby, callbackId: MESSAGE_SHORTCUTS.capture });
    expect(await desk.whispered(since)).toContain("no incident's channel");
  });

  test("declares an incident with what it says, the form before anything else", async () => {
    await desk.slack.behind("conversations.join", { channel: lobby });
    const { ts } = await desk.says("alice", "customers cannot pay\nsince noon", lobby);
    const since = desk.slack.calls.length;
    await desk.slack.shortcut({ ...on("alice", ts), channelId: lobby, callbackId: MESSAGE_SHORTCUTS.declare });
    const view = JSON.stringify(await desk.form(since));
    expect(desk.slack.calls[since]!.method).toBe("views.open");
    expect(view).toContain('"initial_value":"customers cannot pay"');
    expect(view).toContain("since noon");
  });
});

describe("the home", () => {
  const opens = (as: PersonName): Promise<SlackDelivery> => desk.slack.opensHome({ ...desk.product, as: desk.id(as) });
  const home = (): Readonly<Record<string, unknown>> =>
    desk.slack.callsOf("views.publish").at(-1)!.answer!["view"] as Readonly<Record<string, unknown>>;

  test("shows what is open, who is on call, what they have to do; its buttons work although they have no channel", async () => {
    await desk.types("alice", `task buy a disk <@${desk.id("dana")}>`, room);
    await desk.app.settles();
    expect((await opens("dana")).status).toBe(200);
    const view = home();
    for (const words of [
      "Open incidents",
      "INC-1",
      "On call",
      `<@${desk.id("alice")}>`,
      "buy a disk",
      "Declare an incident",
    ])
      expect(JSON.stringify(view)).toContain(words);
    const done = await desk.slack.clickInView({ ...desk.product, as: desk.id("dana"), view, actionId: "task.done" });
    expect([done.status, await desk.commands()]).toEqual([200, [{ type: "task.done", id: 1 }]]);
    const since = desk.slack.calls.length;
    await desk.slack.clickInView({ ...desk.product, as: desk.id("dana"), view, actionId: "incident.declare" });
    expect((await desk.form(since))["callback_id"]).toBe("declare");
    await desk.app.settles();
    await opens("dana");
    expect(JSON.stringify(home())).toContain("Nothing to do.");
  });

  test("of the messages tab is not drawn", async () => {
    const before = desk.slack.callsOf("views.publish").length;
    await desk.slack.tells(desk.product, { type: "app_home_opened", user: desk.id("dana"), tab: "messages" });
    expect(desk.slack.callsOf("views.publish")).toHaveLength(before);
  });
});

test("what cannot be stored is not acknowledged, and Slack's next delivery is", async () => {
  const { ts } = await desk.says("alice", "while the database is away", room);
  const { pool } = desk.app.engine.connection;
  await pool.query("alter table commands rename to commands_away");
  const told = await pin("alice", ts);
  await pool.query("alter table commands_away rename to commands");
  expect(told.status).toBe(503);
  expect((await desk.slack.redeliver(told)).status).toBe(200);
  expect(await desk.commands()).toEqual([{ type: "message.mark", channel: room, id: ts, thread: null }]);
});
