import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type TestApp,
  ALICE_ID,
  BOB_ID,
  selectedChoice,
  OTHER_CHANNEL,
  textInput,
  SignedRequests,
} from "#test/support/harness/app.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import type { JsonObject } from "#test/support/builders/json.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

let app: TestApp;
let { types, interacts, clicks, submits, happens, incident, lines } = {} as SignedRequests;
const opensApp = async (policy: object = STAFFED_POLICY): Promise<void> =>
  void ({ app, types, interacts, clicks, submits, happens, incident, lines } = await SignedRequests.open(policy));
beforeEach(() => opensApp());
afterEach(() => app.stop());

describe("a form", () => {
  test("opens before any lookup, and is filled in afterwards", async () => {
    const shown: string[] = [];
    app.chat.during = (method) => {
      if (method === "updateForm") shown.push((app.chat.forms.at(-1)!.form as { callback_id: string }).callback_id);
    };
    await types("update");
    await waitFor(() => shown.length === 1, { what: "the form to be filled in" });
    expect(shown).toEqual(["update.loading"]);
    expect(app.chat.forms.at(-1)!.form).toMatchObject({
      callback_id: "update",
      private_metadata: expect.stringMatching(
        /^{"incident":1,"channel":"C1","about":"1~[\w-]+","shown":{"audience":"internal","priority":"P\d"}}$/,
      ) as string,
    });
  });

  test("to declare asks for a title only, on its field", async () => {
    const refused = await submits("declare", textInput("title", "  "), { incident: null, channel: OTHER_CHANNEL });
    expect(JSON.parse(refused.text)).toMatchObject({
      response_action: "errors",
      errors: { title: expect.any(String) as string },
    });
    const values = {
      ...textInput("title", "Checkout is down"),
      ...selectedChoice("priority", "P0"),
      ...textInput("summary", "since the deploy"),
    };
    expect(await submits("declare", values, { incident: null, channel: OTHER_CHANNEL })).toMatchObject({
      status: 200,
      text: "",
    });
    await app.settles();
    expect(await incident("INC-2")).toMatchObject({
      title: "Checkout is down",
      priority: "P0",
      summary: "since the deploy",
      pages: [{ status: "sent" }],
    });
  });

  test("to declare can be private and without pages", async () => {
    const options = {
      options: { options: { type: "checkboxes", selected_options: [{ value: "private" }, { value: "quiet" }] } },
    };
    await submits("declare", { ...textInput("title", "Leaked"), ...options }, { incident: null, channel: null });
    await app.settles();
    expect(await incident("INC-2?private=true")).toMatchObject({ private: true, pages: [] });
  });

  test("of an update may raise the priority with it", async () => {
    await submits("update", {
      ...textInput("text", "worse"),
      ...selectedChoice("audience", "internal"),
      ...selectedChoice("priority", "P0"),
    });
    await app.settles();
    expect(await incident()).toMatchObject({ priority: "P0", updates: { sent: 1 } });
  });

  test("reads a time in the zone of the person who submits", async () => {
    // 14:32 UTC is 09:32 in New York.
    await submits("note", {
      ...textInput("text", "failed over"),
      time: { time: { type: "timepicker", selected_time: "09:30" } },
    });
    await app.settles();
    const { entries } = await app.json<{ entries: { at: string; summary: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.find(({ summary }) => summary === "Bob: failed over")?.at).toBe("2026-11-21T14:30:00.000Z");
  });

  test("that is submitted twice is one command", async () => {
    for (let i = 0; i < 2; i++)
      await submits("severity", selectedChoice("priority", "P0"), { incident: 1, channel: "C1" }, "V-same");
    await app.settles();
    expect((await lines()).filter((line) => line.startsWith("P1 → P0"))).toHaveLength(1);
  });
});

describe("outside of a channel", () => {
  test("a verb offers the open incidents, and applies to the one that is picked", async () => {
    expect(await types("severity P0 all regions", { where: OTHER_CHANNEL })).toContain("INC-1 Down on order-service");
    await clicks("pick.0", "1 severity P0 all regions");
    expect(await incident()).toMatchObject({ priority: "P0", priorityReason: "all regions" });
  });

  test("names the incident and gets the outcome", async () => {
    await types("INC-1 ack", { where: OTHER_CHANNEL });
    expect(app.chat.whispers.at(-1)).toMatchObject({
      channel: OTHER_CHANNEL,
      user: ALICE_ID,
      text: "INC-1: Acknowledged by Alice",
    });
  });

  test("a declaration links its channel", async () => {
    await types("declare P1 the shop is slow", { where: OTHER_CHANNEL });
    expect(app.chat.whispers.at(-1)?.text).toBe("INC-2 is open as P1. You will be invited to its channel in a moment.");
    await app.settles();
    expect(app.chat.channel(/^inc-2/).members).toContain("Alice");
  });
});

describe("a mention of the app", () => {
  test("understands the same words, once for repeated deliveries", async () => {
    const event = {
      type: "app_mention",
      channel: "C1",
      user: BOB_ID,
      text: "<@U0MUSTER> note the pool is full",
      ts: "1.1",
    };
    for (let i = 0; i < 3; i++) expect(await happens(event, "Ev-mention")).toBe(200);
    expect((await lines()).filter((line) => line === "Bob: the pool is full")).toHaveLength(1);
  });

  test("answers only the person who asked", async () => {
    await happens({ type: "app_mention", channel: "C1", user: BOB_ID, text: "<@U0MUSTER> status", ts: "1.1" });
    expect(app.chat.whispers.at(-1)).toMatchObject({ user: BOB_ID, text: expect.stringContaining("INC-1") as string });
  });
});

describe("a message", () => {
  const reply = {
    id: "1764.2",
    author: { id: BOB_ID, name: "Bob" },
    text: "the replica lags",
    at: NOW + 1,
    permalink: "https://chat.example/p2",
    files: [],
  };
  beforeEach(() => void app.chat.said.set("C1:1764.2", reply));
  const reacts = (type: "reaction_added" | "reaction_removed", reaction = "pushpin") =>
    happens({ type, user: BOB_ID, reaction, item: { type: "message", channel: "C1", ts: "1764.2" } });

  test("is kept by 📌, follows its edits, and leaves without it", async () => {
    await reacts("reaction_added");
    expect(await lines()).toContain("Bob: the replica lags");
    app.chat.said.set("C1:1764.2", { ...reply, text: "the replica lags by 90 s" });
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
      user: { id: BOB_ID, name: "bob" },
      channel: { id: "C1" },
      message: { ts: "1764.2", thread_ts: "1764.1" },
    });
    await app.settles();
    expect(await lines()).toContain("Bob: the replica lags");
  });

  test.each([
    ["another reaction", () => reacts("reaction_added", "eyes")],
    ["talk", () => happens({ type: "message", channel: "C1", user: BOB_ID, text: "hello", ts: "3.3" })],
    [
      "📌 somewhere else",
      () =>
        happens({
          type: "reaction_added",
          user: BOB_ID,
          reaction: "pushpin",
          item: { type: "message", channel: OTHER_CHANNEL, ts: "1.1" },
        }),
    ],
  ])("%s leaves nothing behind", async (_, work) => {
    const before = (await app.engine.connection.pool.query("select id from commands")).rows.length;
    await work();
    expect((await app.engine.connection.pool.query("select id from commands")).rows).toHaveLength(before);
  });
});

describe("joining and leaving", () => {
  test("appear in the timeline; a commander who leaves is asked to hand over, and keeps command", async () => {
    await types("ic");
    await happens({ type: "member_joined_channel", user: BOB_ID, channel: "C1" });
    await happens({ type: "member_left_channel", user: ALICE_ID, channel: "C1" });
    expect(await lines()).toEqual(expect.arrayContaining(["Bob joined the channel", "Alice left the channel"]));
    expect(app.chat.directs.at(-1)).toMatchObject({
      user: ALICE_ID,
      text: expect.stringContaining("still have command") as string,
    });
    expect(await incident()).toMatchObject({ roles: { commander: { name: "Alice" } } });
  });

  test("a channel that is renamed is followed", async () => {
    await happens({ type: "channel_rename", channel: { id: "C1", name: "inc-1-the-shop" } });
    expect(await incident()).toMatchObject({ channel: { name: "inc-1-the-shop" } });
  });
});

describe("the app's home", () => {
  test("shows open incidents, who is on call, and the person's tasks", async () => {
    await types(`task look at the pool <@${BOB_ID}>`);
    await happens({ type: "app_home_opened", user: BOB_ID, tab: "home" });
    const text = textsOf((app.chat.homes.get(BOB_ID) as { blocks: readonly JsonObject[] }).blocks).join("\n");
    for (const part of ["INC-1", "orders", "look at the pool"]) expect(text).toContain(part);
    await clicks("task.done", "1 1", { as: BOB_ID });
    expect(await incident()).toMatchObject({ tasks: [{ id: 1, doneAt: expect.any(String) as string }] });
  });
});

test("typed text is never markup", async () => {
  expect(await types("<!channel> <@U0BOB0001>")).not.toContain("<!channel>");
  await types("note <!channel> see <https://evil.example|here>");
  expect(app.chat.in("C1").at(-1)!.text).not.toMatch(/<!channel>|<https/);
});
