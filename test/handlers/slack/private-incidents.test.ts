import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";
import { SECOND } from "#test/support/builders/instants.ts";

/** INC-1 is everyone's; INC-2 is private, declared by Alice; Dana and the on-call team have nothing to do with it. */
let slack: SlackPeople;
let room: string;
let secret: string;
let lobby: string;
const TITLE = "the-secret-of-the-board";
beforeAll(async () => {
  slack = await SlackPeople.open(() => ({ teams: { orders: { channel: "payments", oncall: ["bob"] } } }));
  room = await slack.incident({ service: "order-service" });
  lobby = await slack.elsewhere();
  const since = slack.emulated.calls.length;
  await slack.types("alice", "declare", lobby);
  await slack.form(since);
  const values = {
    title: { title: TITLE },
    options: { options: { type: "checkboxes", selected_options: [{ value: "private" }] } },
  };
  await slack.emulated.submitView({ ...slack.product, as: slack.id("alice"), callbackId: "declare", values });
  await slack.app.settles();
  const found = (await slack.emulated.channels()).find(({ name }) => name.startsWith("inc-2-"));
  expect(found?.private).toBe(true);
  secret = found!.id;
  await slack.types("alice", `task ${TITLE} task`, secret);
  await slack.app.settles();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

describe("to people outside of it, a private incident", () => {
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
    const typed = await slack.types("dana", text, text.startsWith("merge") ? room : lobby);
    expect(typed.text).toBe("There is no INC-2.");
    expect(await slack.commands()).toEqual([expect.objectContaining({ type: "verb.asked" })]);
  });

  test.each(["list", "list P2", "list orders", "stats", "", "ack", "oncall", "status"])(
    "is not in the answer to %j",
    async (text) => {
      const typed = await slack.types("dana", text, lobby);
      expect(JSON.stringify(typed.blocks)).not.toMatch(/INC-2|secret|board/);
    },
  );

  test("is in no form, home or button that they get", async () => {
    let since = slack.emulated.calls.length;
    await slack.types("dana", "update", lobby);
    expect(JSON.stringify(await slack.form(since))).not.toMatch(/INC-2|secret/);
    since = slack.emulated.calls.length;
    await slack.types("dana", "INC-2 update", lobby);
    expect(JSON.stringify(await slack.form(since))).toContain("There is no INC-2.");
    await slack.emulated.opensHome({ ...slack.product, as: slack.id("dana") });
    expect(JSON.stringify(slack.emulated.callsOf("views.publish").at(-1)!.body)).not.toMatch(/INC-2|secret/);
    since = slack.emulated.calls.length;
    await slack.presses("dana", "incident.acknowledge", "2", lobby);
    expect(await slack.whispered(since)).toContain("There is no INC-2.");
  });

  test("is announced nowhere, and none of its words leaves its channel", async () => {
    for (const { id } of (await slack.emulated.channels()).filter((each) => each.id !== secret))
      expect(JSON.stringify(await slack.emulated.messages(id))).not.toMatch(/INC-2|secret/);
  });
});

describe("to those who are in on it, a private incident", () => {
  test("is an incident like every other", async () => {
    expect((await slack.types("alice", "INC-2 status", lobby)).text).toContain(TITLE);
    expect((await slack.types("alice", "list", lobby)).text).toContain(TITLE);
    const { text } = await slack.types("alice", "list order-service", lobby);
    expect(text).toMatch(/^\*1 open\* for "order-service"\n.*INC-1/);
    expect(text).not.toContain(TITLE);
    expect((await slack.types("alice", "list order-service orders P0", lobby)).text).toMatch(
      /^No open incident is a match/,
    );
    expect((await slack.types("alice", "ack", lobby)).text).toContain("of which incident?");
    expect((await slack.types("dana", "status", secret)).text).toContain(TITLE);
  });

  test("is open to a person who is called for it: they are let in, and may answer from anywhere", async () => {
    await slack.types("alice", `page <@${slack.id("charlie")}> we need you`, secret);
    await slack.app.settles();
    // Invitations are paced.
    slack.app.time.now += 10 * SECOND;
    await slack.app.settles();
    const invited = slack.emulated.callsOf("conversations.invite").filter(({ body }) => body["channel"] === secret);
    expect(JSON.stringify(invited.map(({ body }) => body["users"]))).toContain(slack.id("charlie"));
    expect((await slack.types("charlie", "INC-2 status", lobby)).text).toContain(TITLE);
    await slack.presses("charlie", "incident.acknowledge", "2", lobby);
    expect(await slack.commands()).toEqual([expect.objectContaining({ type: "incident.acknowledge" })]);
  });

  test("is open to the person who is offered command, also in direct messages", async () => {
    await slack.types("alice", "ic", secret);
    await slack.app.settles();
    await slack.types("alice", `handoff <@${slack.id("dana")}>`, secret);
    await slack.app.settles();
    await slack.presses("dana", "handoff.accept", "2", lobby);
    expect(await slack.commands()).toEqual([{ type: "handoff.accept" }]);
  });
});
