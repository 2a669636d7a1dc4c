import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";
import { MINUTE } from "#test/support/builders/instants.ts";

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

/** What was sent to someone alone, in their own conversation; the newest last. */
function directMessages(since = 0): string[] {
  return slack.emulated.calls
    .slice(since)
    .filter(({ method, body }) => method === "chat.postMessage" && String(body["channel"]).startsWith("D"))
    .map(({ body }) => JSON.stringify(body["blocks"]));
}

function invitations(since: number): string {
  return JSON.stringify(
    slack.emulated.calls
      .slice(since)
      .filter(({ method }) => method === "conversations.invite")
      .map(({ body }) => body["users"]),
  );
}

describe("a person who is paged by name", () => {
  test("is invited, and reads who pages them, why, and where to look", async () => {
    const since = slack.emulated.calls.length;
    await slack.types("bob", `page <@${slack.id("dana")}> the replica lags, please look`, room);
    await slack.settlesPaced();
    expect(invitations(since)).toContain(slack.id("dana"));
    const [page] = directMessages(since);
    expect(page).toContain("pages you");
    expect(page).toContain("the replica lags, please look");
    expect(page).toContain(slack.id("bob"));
    expect(page).toMatch(/Why P2: .*1 of 1 alerts firing/);
    const feed = (await slack.emulated.messages(room)).map(({ text }) => text).join("\n");
    expect(feed).toMatch(/Bob paged Dana via .*: the replica lags, please look/);
  });

  test("sees in the same message that someone has it, and when", async () => {
    const since = slack.emulated.calls.length;
    await slack.types("dana", "ack", room);
    await slack.settlesPaced();
    const edits = slack.emulated.calls
      .slice(since)
      .filter(({ method, body }) => method === "chat.update" && String(body["channel"]).startsWith("D"))
      .map(({ body }) => JSON.stringify(body["blocks"]));
    expect(edits.join("\n")).toContain("✅ You acknowledged this page");
    expect(edits.join("\n")).not.toContain('"type":"actions"');
  });
});

describe("who is given something to do", () => {
  test("is mentioned and gets a direct message with Done", async () => {
    const since = slack.emulated.calls.length;
    await slack.types("alice", `task restart search <@${slack.id("charlie")}>`, room);
    await slack.settlesPaced();
    expect(invitations(since)).toContain(slack.id("charlie"));
    const [task] = directMessages(since);
    expect(task).toMatch(/Task 1 of .* is yours: restart search/);
    expect(task).toContain("task.done");
    const feed = (await slack.emulated.messages(room)).at(-1)!.text;
    expect(feed).toContain(`Task 1: restart search, <@${slack.id("charlie")}>`);
  });

  test("gets no message for a task of their own", async () => {
    const since = slack.emulated.calls.length;
    await slack.types("alice", `task look at graphs <@${slack.id("alice")}>`, room);
    await slack.settlesPaced();
    expect(directMessages(since)).toEqual([]);
  });

  test("is reminded with buttons that put the reminder off", async () => {
    // At P2 no one is asked for a commander.
    await slack.types("alice", "sev P1 it grows", room);
    await slack.settlesPaced();
    const since = slack.emulated.calls.length;
    slack.app.time.now += 11 * MINUTE;
    await slack.settlesPaced();
    const nudge = directMessages(since).find((each) => each.includes("No one has command"));
    expect(nudge).toContain("nudge.snooze.10");
    await slack.presses("alice", "nudge.snooze.30", "1", room);
    await slack.app.settles();
    expect(await slack.timeline("INC-1")).toContainEqual(expect.stringMatching(/^Alice snoozed reminders until /));
  });
});

test("who joins later reads where it stands, alone", async () => {
  const since = slack.emulated.calls.length;
  await slack.types("alice", "update the pool is full, we restart it", room);
  await slack.settlesPaced();
  await slack.emulated.joins({ ...slack.product, as: slack.id("dana"), channelId: room });
  await slack.settlesPaced();
  const briefing = slack.whispers(since).at(-1);
  expect(briefing).toContain("INC-1");
  expect(briefing).toContain("the pool is full, we restart it");
});

test("who raises the priority is not paged for that", async () => {
  const { pages } = await slack.app.json<{ pages: { to: string }[] }>("/api/incidents/INC-1");
  await slack.types("alice", "sev P0 all of Europe", room);
  await slack.settlesPaced();
  const after = await slack.app.json<{ pages: { to: string }[] }>("/api/incidents/INC-1");
  expect(after.pages.slice(pages.length).map(({ to }) => to)).not.toContain("Alice");
});
