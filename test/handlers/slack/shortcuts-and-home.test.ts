import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MESSAGE_SHORTCUTS } from "#integrations/slack/subscriptions.ts";
import { SlackPeople } from "#test/support/harness/app.ts";
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

describe("the shortcut of a message", () => {
  test("adds it to the timeline, once", async () => {
    const { ts } = await slack.says("bob", "we saw this before", room);
    const before = await slack.stored();
    const chosen = await slack.emulated.shortcut({ ...on("alice", ts), callbackId: MESSAGE_SHORTCUTS.capture });
    expect([chosen.status, chosen.body, (await slack.emulated.redeliver(chosen)).status]).toEqual([200, "", 200]);
    expect([await slack.stored(), await slack.commands()]).toEqual([
      before + 1,
      [{ type: "message.mark", channel: room, id: ts, thread: null }],
    ]);
    await slack.app.settles();
    expect((await slack.timeline("INC-1")).filter((each) => each.includes("we saw this before"))).toHaveLength(1);
  });

  test("in a channel without an incident reports that", async () => {
    await slack.emulated.behind("conversations.join", { channel: lobby }, slack.id("alice"));
    const { ts } = await slack.says("alice", "hello", lobby);
    const since = slack.emulated.calls.length;
    await slack.emulated.shortcut({ ...on("alice", ts), channelId: lobby, callbackId: MESSAGE_SHORTCUTS.capture });
    expect(await slack.whispered(since)).toContain("no incident's channel");
  });

  test("declares an incident with its text, and opens the form first", async () => {
    await slack.emulated.behind("conversations.join", { channel: lobby });
    const { ts } = await slack.says("alice", "customers cannot pay\nsince noon", lobby);
    const since = slack.emulated.calls.length;
    await slack.emulated.shortcut({ ...on("alice", ts), channelId: lobby, callbackId: MESSAGE_SHORTCUTS.declare });
    const view = JSON.stringify(await slack.form(since));
    expect(slack.emulated.calls[since]!.method).toBe("views.open");
    expect(view).toContain('"initial_value":"customers cannot pay"');
    expect(view).toContain("since noon");
  });
});

describe("the home", () => {
  const opens = (as: PersonName): Promise<SlackDelivery> =>
    slack.emulated.opensHome({ ...slack.product, as: slack.id(as) });
  const home = (): Readonly<Record<string, unknown>> =>
    slack.emulated.callsOf("views.publish").at(-1)!.answer!["view"] as Readonly<Record<string, unknown>>;

  test("shows open incidents, who is on call and the tasks; its buttons work without a channel", async () => {
    await slack.types("alice", `task buy a disk <@${slack.id("dana")}>`, room);
    await slack.app.settles();
    expect((await opens("dana")).status).toBe(200);
    const view = home();
    for (const words of [
      "Open incidents",
      "INC-1",
      "On call",
      `<@${slack.id("alice")}>`,
      "buy a disk",
      "Declare an incident",
    ])
      expect(JSON.stringify(view)).toContain(words);
    const done = await slack.emulated.clickInView({
      ...slack.product,
      as: slack.id("dana"),
      view,
      actionId: "task.done",
    });
    expect([done.status, await slack.commands()]).toEqual([200, [{ type: "task.done", id: 1 }]]);
    const since = slack.emulated.calls.length;
    await slack.emulated.clickInView({ ...slack.product, as: slack.id("dana"), view, actionId: "incident.declare" });
    expect((await slack.form(since))["callback_id"]).toBe("declare");
    await slack.app.settles();
    await opens("dana");
    expect(JSON.stringify(home())).toContain("Nothing to do.");
  });

  test("of the messages tab is not drawn", async () => {
    const before = slack.emulated.callsOf("views.publish").length;
    await slack.emulated.sendEvent(slack.product, { type: "app_home_opened", user: slack.id("dana"), tab: "messages" });
    expect(slack.emulated.callsOf("views.publish")).toHaveLength(before);
  });
});
