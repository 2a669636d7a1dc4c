import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackHarness } from "#test/support/harness/app.ts";

/** INC-1 is everybody's; INC-2 is private, declared by Alice; Dana and the on-call team have nothing to do with it. */
let desk: SlackHarness;
let room: string;
let secret: string;
let lobby: string;
const TITLE = "the-secret-of-the-board";
beforeAll(async () => {
  desk = await SlackHarness.open(() => ({ teams: { orders: { channel: "payments", oncall: ["bob"] } } }));
  room = await desk.incident({ service: "order-service" });
  lobby = await desk.elsewhere();
  const since = desk.slack.calls.length;
  await desk.types("alice", "declare", lobby);
  await desk.form(since);
  const values = {
    title: { title: TITLE },
    options: { options: { type: "checkboxes", selected_options: [{ value: "private" }] } },
  };
  await desk.slack.submitView({ ...desk.product, as: desk.id("alice"), callbackId: "declare", values });
  await desk.app.settles();
  const found = (await desk.slack.channels()).find(({ name }) => name.startsWith("inc-2-"));
  expect(found?.private).toBe(true);
  secret = found!.id;
  await desk.types("alice", `task ${TITLE} task`, secret);
  await desk.app.settles();
});
afterAll(async () => {
  expect(desk.slack.violations).toEqual([]);
  await desk.close();
});

describe("to somebody who is not in on it, a private incident", () => {
  test.each([
    "INC-2",
    "INC-2 status",
    "INC-2 timeline",
    "INC-2 postmortem",
    "INC-2 roles",
    "INC-2 task",
    "INC-2 ack",
    "INC-2 resolve it is over",
    "INC-2 merge INC-1",
    "merge INC-2",
    "INC-2 note let me in",
    "INC-2 title mine",
    "INC-2 page <@U0DANA0001>",
    "INC-2 undo",
  ])("does not exist for %s, and the attempt is kept for the audit", async (text) => {
    const typed = await desk.types("dana", text, text.startsWith("merge") ? room : lobby);
    expect(typed.text).toBe("There is no INC-2.");
    expect(await desk.commands()).toEqual([expect.objectContaining({ type: "verb.asked" })]);
  });

  test.each(["list", "stats", "", "ack", "oncall", "status"])("is not in the answer to %j", async (text) => {
    const typed = await desk.types("dana", text, lobby);
    expect(JSON.stringify(typed.blocks)).not.toMatch(/INC-2|secret|board/);
  });

  test("is in no form, home or button that they get", async () => {
    let since = desk.slack.calls.length;
    await desk.types("dana", "update", lobby);
    expect(JSON.stringify(await desk.form(since))).not.toMatch(/INC-2|secret/);
    since = desk.slack.calls.length;
    await desk.types("dana", "INC-2 update", lobby);
    expect(JSON.stringify(await desk.form(since))).toContain("There is no INC-2.");
    await desk.slack.opensHome({ ...desk.product, as: desk.id("dana") });
    expect(JSON.stringify(desk.slack.callsOf("views.publish").at(-1)!.body)).not.toMatch(/INC-2|secret/);
    since = desk.slack.calls.length;
    await desk.presses("dana", "incident.acknowledge", "2", lobby);
    expect(await desk.whispered(since)).toContain("There is no INC-2.");
  });

  test("is announced nowhere, and none of its words leaves its channel", async () => {
    for (const { id } of (await desk.slack.channels()).filter((each) => each.id !== secret))
      expect(JSON.stringify(await desk.slack.messages(id))).not.toMatch(/INC-2|secret/);
  });
});

describe("to those who are in on it, a private incident", () => {
  test("is an incident like every other", async () => {
    expect((await desk.types("alice", "INC-2 status", lobby)).text).toContain(TITLE);
    expect((await desk.types("alice", "list", lobby)).text).toContain(TITLE);
    expect((await desk.types("alice", "ack", lobby)).text).toContain("of which incident?");
    expect((await desk.types("dana", "status", secret)).text).toContain(TITLE);
  });

  test("is there for whoever is offered command of it, also in their own conversation", async () => {
    await desk.types("alice", "ic", secret);
    await desk.app.settles();
    await desk.types("alice", `handoff <@${desk.id("dana")}>`, secret);
    await desk.app.settles();
    await desk.presses("dana", "handoff.accept", "2", lobby);
    expect(await desk.commands()).toEqual([{ type: "handoff.accept" }]);
  });
});
