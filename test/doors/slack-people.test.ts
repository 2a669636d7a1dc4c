import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/alerts.ts";
import { SIGNING_SECRET, startApp, type App } from "#test/support/app.ts";
import { textsOf } from "#test/support/block-kit.ts";
import { NOW, STAFFED } from "#test/support/builders.ts";
import type { Json } from "#test/support/json.ts";
import { waitFor } from "#test/support/wait.ts";

// Signed requests as Slack sends them; the chat behind is one in memory.
const ALICE = "U0ALICE01";
const BOB = "U0BOB0001";
const STRANGER = "U0STRANGE";
const ELSEWHERE = "C0ELSEWHERE";

let app: App;
let asked = 0;
const opens = async (policy: object = STAFFED): Promise<void> => {
  app = await startApp({ settings: { SLACK_BOT_TOKEN: "xoxb-test", SLACK_SIGNING_SECRET: SIGNING_SECRET }, policy });
  app.chat.people.set(BOB, { name: "Bob", zone: "America/New_York" });
  app.chat.people.set(STRANGER, { name: "Sam", zone: "UTC" });
  await app.post("/webhooks/alertmanager", deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
  await app.settles();
};
beforeEach(() => opens());
afterEach(() => app.stop());

async function send(body: string, type: string): Promise<{ readonly status: number; readonly text: string }> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac("sha256", SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  const response = await fetch(`${app.url}/slack/events`, {
    method: "POST",
    body,
    headers: { "content-type": type, "x-slack-request-timestamp": timestamp, "x-slack-signature": signature },
  });
  return { status: response.status, text: await response.text() };
}
const form = (fields: Readonly<Record<string, string>>) => send(new URLSearchParams(fields).toString(), "application/x-www-form-urlencoded");

/** `/incident TEXT`; answers what only they see, "" when nothing. */
async function types(text: string, { as = ALICE, where = "C1", trigger = `t${asked++}` } = {}): Promise<string> {
  const { status, text: body } = await form({ command: "/incident", text, user_id: as, user_name: as === STRANGER ? "Sam" : "x", channel_id: where, team_id: "T1", trigger_id: trigger });
  expect(status).toBe(200);
  await app.settles();
  return body === "" ? "" : textsOf((JSON.parse(body) as { blocks: readonly Json[] }).blocks).join("\n");
}
const interacts = (payload: object) => form({ payload: JSON.stringify({ team: { id: "T1" }, api_app_id: "A1", ...payload }) });
const clicks = async (action: string, value: string, { as = ALICE, trigger = `t${asked++}` } = {}) => {
  const answer = await interacts({
    type: "block_actions",
    user: { id: as, username: "x" },
    channel: { id: "C1" },
    trigger_id: trigger,
    actions: [{ type: "button", action_id: action, block_id: "b", value, action_ts: "1" }],
  });
  await app.settles();
  return answer;
};
const submits = (callback: string, values: object, meta: object = { incident: 1, channel: "C1" }, view = `V${asked++}`) =>
  interacts({
    type: "view_submission",
    user: { id: BOB, name: "bob" },
    view: {
      id: view,
      hash: "h",
      type: "modal",
      callback_id: callback,
      private_metadata: JSON.stringify(meta),
      title: { type: "plain_text", text: "t" },
      state: { values },
      blocks: [],
    },
  });
const happens = async (event: object, id = `Ev${asked++}`): Promise<number> => {
  const { status } = await send(
    JSON.stringify({ type: "event_callback", event_id: id, event_time: 1, team_id: "T1", api_app_id: "A1", event }),
    "application/json",
  );
  await app.settles();
  return status;
};
const incident = (id = "INC-1") => app.json<Record<string, unknown>>(`/api/incidents/${id}`);
const lines = async (): Promise<string[]> =>
  (await app.json<{ entries: { summary: string }[] }>("/api/incidents/INC-1/timeline")).entries.map(({ summary }) => summary);
const input = (field: string, value: string) => ({ [field]: { [field]: { type: "plain_text_input", value } } });
const choice = (field: string, value: string) => ({ [field]: { [field]: { type: "static_select", selected_option: { value } } } });

describe("a form", () => {
  test("is open before anything is looked up, and filled in when that is known", async () => {
    const shown: string[] = [];
    app.chat.during = (method) => {
      if (method === "updateForm") shown.push((app.chat.forms.at(-1)!.form as { callback_id: string }).callback_id);
    };
    await types("update");
    await waitFor(() => shown.length === 1, { what: "the form to be filled in" });
    expect(shown).toEqual(["update.loading"]);
    expect(app.chat.forms.at(-1)!.form).toMatchObject({ callback_id: "update", private_metadata: '{"incident":1,"channel":"C1"}' });
  });

  test("to declare asks for a title only, on its field", async () => {
    const refused = await submits("declare", input("title", "  "), { incident: null, channel: ELSEWHERE });
    expect(JSON.parse(refused.text)).toMatchObject({ response_action: "errors", errors: { title: expect.any(String) as string } });
    const values = { ...input("title", "Checkout is down"), ...choice("priority", "P0"), ...input("summary", "since the deploy") };
    expect(await submits("declare", values, { incident: null, channel: ELSEWHERE })).toMatchObject({ status: 200, text: "" });
    await app.settles();
    expect(await incident("INC-2")).toMatchObject({ title: "Checkout is down", priority: "P0", summary: "since the deploy", pages: [{ status: "sent" }] });
  });

  test("to declare can be private and page nobody", async () => {
    const options = { options: { options: { type: "checkboxes", selected_options: [{ value: "private" }, { value: "quiet" }] } } };
    await submits("declare", { ...input("title", "Leaked"), ...options }, { incident: null, channel: null });
    await app.settles();
    expect(await incident("INC-2")).toMatchObject({ private: true, pages: [] });
  });

  test("of an update may raise the priority with it", async () => {
    await submits("update", { ...input("text", "worse"), ...choice("audience", "internal"), ...choice("priority", "P0") });
    await app.settles();
    expect(await incident()).toMatchObject({ priority: "P0", updates: { sent: 1 } });
  });

  test("with a time means the time of whoever fills it in", async () => {
    // 14:32 UTC is 09:32 in New York.
    await submits("note", { ...input("text", "failed over"), time: { time: { type: "timepicker", selected_time: "09:30" } } });
    await app.settles();
    const { entries } = await app.json<{ entries: { at: string; summary: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.find(({ summary }) => summary === "Bob: failed over")?.at).toBe("2026-11-21T14:30:00.000Z");
  });

  test("that is sent twice is one wish", async () => {
    for (let i = 0; i < 2; i++) await submits("severity", choice("priority", "P0"), { incident: 1, channel: "C1" }, "V-same");
    await app.settles();
    expect((await lines()).filter((line) => line.startsWith("P1 → P0"))).toHaveLength(1);
  });
});

describe("outside of a channel", () => {
  test("a verb offers the open incidents, and does what was typed to the one that is picked", async () => {
    expect(await types("severity P0 all regions", { where: ELSEWHERE })).toContain("INC-1 Down on order-service");
    await clicks("pick.0", "1 severity P0 all regions");
    expect(await incident()).toMatchObject({ priority: "P0", priorityReason: "all regions" });
  });

  test("names what it is about, and hears what happened", async () => {
    await types("INC-1 ack", { where: ELSEWHERE });
    expect(app.chat.whispers.at(-1)).toMatchObject({ channel: ELSEWHERE, user: ALICE, text: "INC-1: Acknowledged by Alice" });
  });

  test("a declaration says where it went", async () => {
    await types("declare P1 the shop is slow", { where: ELSEWHERE });
    expect(app.chat.whispers.at(-1)?.text).toBe("INC-2 is open as P1. You will be invited to its channel in a moment.");
    await app.settles();
    expect(app.chat.channel(/^inc-2/).members).toContain("Alice");
  });
});

describe("a mention of the app", () => {
  test("understands the same words, once however often it is delivered", async () => {
    const event = { type: "app_mention", channel: "C1", user: BOB, text: "<@U0MUSTER> note the pool is full", ts: "1.1" };
    for (let i = 0; i < 3; i++) expect(await happens(event, "Ev-mention")).toBe(200);
    expect((await lines()).filter((line) => line === "Bob: the pool is full")).toHaveLength(1);
  });

  test("answers whoever asked, and nobody else", async () => {
    await happens({ type: "app_mention", channel: "C1", user: BOB, text: "<@U0MUSTER> status", ts: "1.1" });
    expect(app.chat.whispers.at(-1)).toMatchObject({ user: BOB, text: expect.stringContaining("INC-1") as string });
  });
});

describe("a message", () => {
  const said = { id: "1764.2", author: { id: BOB, name: "Bob" }, text: "the replica lags", at: NOW + 1, permalink: "https://chat.example/p2", files: [] };
  beforeEach(() => void app.chat.said.set("C1:1764.2", said));
  const reacts = (type: "reaction_added" | "reaction_removed", reaction = "pushpin") =>
    happens({ type, user: BOB, reaction, item: { type: "message", channel: "C1", ts: "1764.2" } });

  test("is kept by 📌, follows its edits, and leaves without it", async () => {
    await reacts("reaction_added");
    expect(await lines()).toContain("Bob: the replica lags");
    await happens({
      type: "message",
      channel: "C1",
      subtype: "message_changed",
      message: { ts: "1764.2", text: "the replica lags by 90 s" },
      previous_message: { text: "the replica lags" },
    });
    expect(await lines()).toContain("Bob: the replica lags by 90 s");
    await reacts("reaction_removed");
    expect((await lines()).join()).not.toContain("replica");
  });

  test("is kept by the shortcut, also a reply in a thread", async () => {
    await interacts({
      type: "message_action",
      callback_id: "capture_message",
      trigger_id: "s1",
      user: { id: BOB, name: "bob" },
      channel: { id: "C1" },
      message: { ts: "1764.2", thread_ts: "1764.1" },
    });
    await app.settles();
    expect(await lines()).toContain("Bob: the replica lags");
  });

  test.each([
    ["another reaction", () => reacts("reaction_added", "eyes")],
    ["talk", () => happens({ type: "message", channel: "C1", user: BOB, text: "hello", ts: "3.3" })],
    ["📌 somewhere else", () => happens({ type: "reaction_added", user: BOB, reaction: "pushpin", item: { type: "message", channel: ELSEWHERE, ts: "1.1" } })],
  ])("%s leaves nothing behind", async (_, work) => {
    const before = (await app.engine.connection.pool.query("select id from commands")).rows.length;
    await work();
    expect((await app.engine.connection.pool.query("select id from commands")).rows).toHaveLength(before);
  });
});

describe("who comes and goes", () => {
  test("is in the timeline; a commander who leaves is asked to hand over, and keeps command", async () => {
    await types("ic");
    await happens({ type: "member_joined_channel", user: BOB, channel: "C1" });
    await happens({ type: "member_left_channel", user: ALICE, channel: "C1" });
    expect(await lines()).toEqual(expect.arrayContaining(["Bob joined the channel", "Alice left the channel"]));
    expect(app.chat.directs.at(-1)).toMatchObject({ user: ALICE, text: expect.stringContaining("still have command") as string });
    expect(await incident()).toMatchObject({ roles: { commander: { name: "Alice" } } });
  });

  test("a channel that is renamed is followed", async () => {
    await happens({ type: "channel_rename", channel: { id: "C1", name: "inc-1-the-shop" } });
    expect(await incident()).toMatchObject({ channel: { name: "inc-1-the-shop" } });
  });
});

describe("the app's home", () => {
  test("shows what is open, who is on call, and what somebody has to do", async () => {
    await types(`task look at the pool <@${BOB}>`);
    await happens({ type: "app_home_opened", user: BOB, tab: "home" });
    const text = textsOf((app.chat.homes.get(BOB) as { blocks: readonly Json[] }).blocks).join("\n");
    for (const part of ["INC-1", "orders", "look at the pool"]) expect(text).toContain(part);
    await clicks("task.done", "1 1", { as: BOB });
    expect(await incident()).toMatchObject({ tasks: [{ id: 1, doneAt: expect.any(String) as string }] });
  });
});

describe("permissions", () => {
  const restrict = async (permissions: object): Promise<void> => {
    await app.stop();
    await opens({ ...STAFFED, permissions });
  };

  test("a refusal says who may, and is in the timeline", async () => {
    await restrict({ cancel: ["commander", "@sre-leads"] });
    expect(await types("cancel it was a test", { as: STRANGER })).toContain("`cancel` is for the Incident Commander, @sre-leads");
    expect((await lines()).at(-1)).toContain("Sam was refused");
    await types("ic", { as: BOB });
    expect(await types("cancel it was a test", { as: BOB })).toBe("");
    expect(await incident()).toMatchObject({ status: "canceled" });
  });

  test("a group is read at the click: whoever joined it a moment ago may, whoever left may not", async () => {
    await restrict({ ack: ["@sre-leads"] });
    app.chat.groups.set("@sre-leads", [BOB]);
    expect(await types("ack", { as: STRANGER })).toContain("is for @sre-leads");
    app.chat.groups.set("@sre-leads", [STRANGER]);
    expect(await types("ack", { as: STRANGER })).toBe("");
  });
});

describe("a private incident", () => {
  beforeEach(async () => {
    await submits(
      "declare",
      { ...input("title", "Leaked"), ...choice("priority", "P1"), options: { options: { selected_options: [{ value: "private" }] } } },
      { incident: null, channel: null },
    );
    await app.settles();
  });

  test.each(["INC-2 status", "INC-2 timeline", "INC-2 ack", "INC-2 postmortem", "INC-1 merge INC-2"])("does not exist for outsiders: %s", async (text) => {
    expect(await types(text, { as: STRANGER, where: ELSEWHERE })).toBe("There is no INC-2.");
  });

  test("is in no list of theirs, on no board, and announced nowhere", async () => {
    expect(await types("list", { as: STRANGER, where: ELSEWHERE })).not.toContain("INC-2");
    expect(await types("list", { as: BOB, where: ELSEWHERE })).toContain("INC-2");
    await happens({ type: "app_home_opened", user: STRANGER });
    expect(JSON.stringify(app.chat.homes.get(STRANGER))).not.toContain("INC-2");
    expect(JSON.stringify(await app.json("/api/incidents"))).not.toContain("Leaked");
    expect(await (await app.get("/")).text()).not.toContain("Leaked");
    expect(
      app.chat.messages
        .filter(({ channel }) => channel === "incidents")
        .map(({ text }) => text)
        .join(),
    ).not.toContain("INC-2");
  });
});

test("what somebody types is never markup for anybody", async () => {
  expect(await types("<!channel> <@U0BOB0001>")).not.toContain("<!channel>");
  await types("note <!channel> see <https://evil.example|here>");
  expect(app.chat.in("C1").at(-1)!.text).not.toMatch(/<!channel>|<https/);
});
