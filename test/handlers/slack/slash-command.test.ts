import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_VERBS } from "#verbs/verb-registry.ts";
import { SlackPeople } from "#test/support/harness/app.ts";
import { blockProblems } from "#test/support/doubles/slack/slack-limits.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let slack: SlackPeople;
let room: string;
let lobby: string;
beforeAll(async () => {
  slack = await SlackPeople.open((people) => ({
    permissions: { close: ["commander"], cancel: ["@sre"], merge: ["responders"] },
    people: {
      alice: { name: "Alice", slack: people.alice.id },
      bob: { name: "Bob", slack: people.bob.id },
    },
    teams: { orders: { channel: "payments", oncall: ["alice"], members: ["bob"] } },
  }));
  slack.emulated.groups.set("S0SRE0001", { handle: "sre", users: [slack.id("bob")] });
  slack.emulated.zones.set(slack.id("alice"), "Europe/Berlin");
  room = await slack.incident({ service: "order-service" });
  lobby = await slack.elsewhere();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

/** 14:05 in Berlin on the day of the tests. */
const FIVE_PAST = Date.UTC(2026, 10, 21, 13, 5);

const bobInSlack = (): { id: string; name: string } => ({ id: slack.id("bob"), name: "Bob" });
const dana = (): { id: string; name: string } => ({ id: slack.id("dana"), name: "dana" });

const COMMANDS: readonly (readonly [string, () => object])[] = [
  ["ack", () => ({ type: "incident.acknowledge" })],
  ["acknowledge", () => ({ type: "incident.acknowledge" })],
  ["severity P1 it spreads", () => ({ type: "incident.set_priority", priority: "P1", reason: "it spreads" })],
  ["sev p0", () => ({ type: "incident.set_priority", priority: "P0", reason: null })],
  ["update we roll back", () => ({ type: "update.post", text: "we roll back", audience: "internal" })],
  ["update customer: we know", () => ({ type: "update.post", text: "we know", audience: "customer" })],
  ["mitigate", () => ({ type: "incident.mitigate" })],
  ["mitigated at 14:05", () => ({ type: "incident.mitigate" })],
  ["resolve rolled back", () => ({ type: "incident.resolve", reason: "rolled back" })],
  ["fixed", () => ({ type: "incident.resolve", reason: null })],
  ["reopen", () => ({ type: "incident.reopen", reason: null })],
  ["role scribe <@U1>", () => ({ type: "role.assign", role: "scribe", person: bobInSlack() })],
  ["role comms", () => ({ type: "role.claim", role: "comms" })],
  ["ic", () => ({ type: "role.claim", role: "commander" })],
  ["ic <@U1>", () => ({ type: "role.assign", role: "commander", person: bobInSlack() })],
  ["handoff <@U1>", () => ({ type: "handoff.offer", to: bobInSlack() })],
  [
    "page <@U2> look at the disk",
    () => ({ type: "incident.page", to: { kind: "person", person: dana() }, message: "look at the disk" }),
  ],
  ["page orders", () => ({ type: "incident.page", to: { kind: "team", team: "orders" }, message: null })],
  ["escalate no one answers", () => ({ type: "incident.escalate", reason: "no one answers" })],
  ["note we think it is the disk at 14:05", () => ({ type: "note.add", text: "we think it is the disk" })],
  ["timeline", () => ({ type: "verb.asked", verb: "timeline", text: "timeline" })],
  [
    "task look at the disk <@U1>",
    () => ({ type: "task.add", kind: "task", text: "look at the disk", owner: bobInSlack(), due: null }),
  ],
  ["task done 1", () => ({ type: "task.done", id: 1 })],
  [
    "followup buy a disk due 2026-11-30",
    () => ({ type: "task.add", kind: "followup", text: "buy a disk", owner: null, due: "2026-11-30" }),
  ],
  ["title the disk is full", () => ({ type: "incident.set_title", title: "the disk is full" })],
  ["undo", () => ({ type: "undo" })],
  ["status", () => ({ type: "verb.asked", verb: "status", text: "status" })],
  ["list", () => ({ type: "verb.asked", verb: "list", text: "list" })],
  ["ls", () => ({ type: "verb.asked", verb: "list", text: "ls" })],
  ["roles", () => ({ type: "verb.asked", verb: "roles", text: "roles" })],
  ["task", () => ({ type: "verb.asked", verb: "task", text: "task" })],
  ["oncall orders", () => ({ type: "verb.asked", verb: "oncall", text: "oncall orders" })],
  ["postmortem", () => ({ type: "verb.asked", verb: "postmortem", text: "postmortem" })],
  ["stats", () => ({ type: "verb.asked", verb: "stats", text: "stats" })],
  ["help", () => ({ type: "verb.asked", verb: "help", text: "help" })],
  ["", () => ({ type: "verb.asked", verb: "help", text: "" })],
];

const people = (text: string): string =>
  text.replace("<@U1>", `<@${slack.id("bob")}|bob>`).replace("<@U2>", `<@${slack.id("dana")}>`);

describe("/incident", () => {
  test.each(COMMANDS)(
    "%s is one command, however often Slack delivers it, and answered at once",
    async (text, command) => {
      const before = await slack.stored();
      const typed = await slack.types("alice", people(text), room);
      const again = await slack.emulated.redeliver(typed.delivery);
      expect([typed.status, again.status, await slack.stored()]).toEqual([200, 200, before + 1]);
      expect(await slack.commands()).toEqual([command()]);
      // Slack waits for three seconds.
      expect(typed.delivery.ms).toBeLessThan(3_000);
      // What is done is posted where the incident is followed; what is asked is answered here.
      expect(typed.text === "").toBe(!("verb" in command()));
      expect(blockProblems(typed.blocks, 50)).toEqual([]);
    },
  );

  test("is called /inc too", async () => {
    await slack.types("alice", "ack", room, "/inc");
    expect(await slack.commands()).toEqual([{ type: "incident.acknowledge" }]);
  });

  test("reads a time of day in the zone of the person", async () => {
    slack.app.time.now = Date.UTC(2026, 10, 21, 14, 32);
    await slack.types("alice", "note the disk was full at 14:05", room);
    const { rows } = await slack.app.engine.connection.pool.query<{ at: Date }>(
      "select at from commands order by id desc limit 1",
    );
    expect(new Date(rows[0]!.at).getTime()).toBe(FIVE_PAST);
  });

  test("declares with only a title", async () => {
    await slack.types("dana", "declare P1 customers cannot pay", lobby);
    expect(await slack.commands()).toEqual([
      {
        type: "incident.declare",
        declaration: {
          title: "customers cannot pay",
          priority: "P1",
          service: null,
          summary: null,
          private: false,
          page: true,
          drill: false,
        },
      },
    ]);
  });

  test.each(["declare", "update", "note", "severity", "sev", "resolve form", "mitigate form"])(
    "%s opens a form before anything is looked up",
    async (text) => {
      const before = [slack.emulated.calls.length, await slack.stored()] as const;
      const typed = await slack.types("alice", text, room);
      expect([typed.status, typed.delivery.body]).toEqual([200, ""]);
      const view = await slack.form(before[0]);
      const calls = slack.emulated.calls.slice(before[0]).map(({ method }) => method);
      expect(calls.slice(0, 2)).toEqual(["views.open", "views.update"]);
      expect(view["blocks"]).not.toEqual([]);
      expect(view["submit"]).not.toBeNull();
      expect(await slack.stored(), "nothing is stored of a form that is only open").toBe(before[1]);
    },
  );

  test.each([
    ["akc", /no verb "akc".*Did you mean `ack`/],
    ["resovle it works", /Did you mean `resolve`/],
    ["frobnicate", /There is no verb "frobnicate"\. `help` lists them all/],
    ["<!channel>", /There is no verb "&lt;!channel&gt;"/],
    ["severity huge", /is no priority/],
    ["mitigate now", /takes only `at TIME`/],
    ["note it was full at 25:99", /is no time\./],
    ["page no one", /Name who/],
    ["page @stranger", /There is no one called @stranger/],
    ["role king", /"king" is no role/],
    ["cancel", /Add why it is no incident/],
    ["merge", /Name the incident that goes on/],
    ["followup x due neverday", /is no date/],
    ["INC-999 ack", /There is no INC-999/],
    ["merge INC-999", /There is no INC-999/],
  ])("%s is answered with the right usage, and kept for the audit", async (text, words) => {
    const typed = await slack.types("alice", text, room);
    expect(typed.text).toMatch(words);
    expect(await slack.commands()).toEqual([expect.objectContaining({ type: "verb.asked" })]);
  });

  test("help has five verbs with an example each, and a button that lists every verb", async () => {
    const typed = await slack.types("alice", "help", lobby);
    expect(typed.text.match(/`\/incident (\w+)/g)).toEqual(
      ["declare", "ack", "page", "update", "resolve"].map((name) => `\`/incident ${name}`),
    );
    expect(JSON.stringify(typed.blocks)).toContain("verb.declare");
    expect(JSON.stringify(typed.blocks)).toContain('"action_id":"verb.help"');
    const all = await slack.types("alice", "help all", lobby);
    for (const { name } of ALL_VERBS) expect(all.text).toContain(`\`${name}`);
    expect((await slack.types("alice", "help sev", lobby)).text).toContain("/incident severity P0–P4 [REASON]");
  });
});

describe("outside of an incident's channel", () => {
  test("INC-n names the incident, before or after the verb", async () => {
    for (const text of ["INC-1 ack", "ack INC-1", "inc-1 ack"]) {
      await slack.types("alice", text, lobby);
      expect(await slack.commands()).toEqual([{ type: "incident.acknowledge" }]);
    }
    expect((await slack.types("alice", "INC-1", lobby)).text).toContain("alerts firing");
  });

  test("offers the open incidents, and applies the words to the one that is picked", async () => {
    const before = await slack.stored();
    const typed = await slack.types("alice", "note the <!channel> `disk` & all", lobby);
    expect(typed.text).toContain("of which incident?");
    expect(await slack.stored()).toBe(before);
    const [button] = (
      typed.blocks.find(({ type }) => type === "actions") as { elements: { action_id: string; value: string }[] }
    ).elements;
    await slack.presses("alice", button!.action_id, button!.value, lobby);
    expect(await slack.commands()).toEqual([{ type: "note.add", text: "the <!channel> `disk` & all" }]);
    await expect
      .poll(() => slack.emulated.callsOf("response_url").at(-1)?.body, { interval: 5 })
      .toEqual({ delete_original: true });
  });

  test("asks for words that are too long for a button again, with the incident in front", async () => {
    const typed = await slack.types("alice", `note ${"word ".repeat(500)}`, lobby);
    expect(typed.text).toContain("INC-n");
    expect(typed.blocks.some(({ type }) => type === "actions")).toBe(false);
  });

  test("a form asks for the incident first, and continues in the same window", async () => {
    const before = slack.emulated.calls.length;
    await slack.types("alice", "update", lobby);
    const attemptFor = await slack.form(before);
    expect(JSON.stringify(attemptFor)).toContain("of which incident?");
    const then = slack.emulated.calls.length;
    const picked = await slack.emulated.clickInView({
      ...slack.product,
      as: slack.id("alice"),
      view: attemptFor,
      actionId: "pick.0",
    });
    expect(picked.status).toBe(200);
    await expect.poll(async () => (await slack.form(then))["callback_id"]).toBe("update");
    const form = await slack.form(then);
    expect(form["id"]).toBe(attemptFor["id"]);
    expect(JSON.parse(String(form["private_metadata"]))).toMatchObject({ channel: lobby });
    expect(slack.emulated.calls.slice(then).map(({ method }) => method)).not.toContain("views.open");
  });
});

describe("a person without permission", () => {
  test.each([
    ["close", "`close` is for the Incident Commander (permissions in muster.yaml)."],
    ["cancel it is a test", "`cancel` is for @sre (permissions in muster.yaml)."],
    ["merge INC-2", "`merge` is for the people of the incident's team and roles"],
  ])("%s is answered with who may, and appears in the audit", async (text, words) => {
    const typed = await slack.types("dana", text, room);
    expect(typed.text).toContain(words);
    expect(await slack.commands()).toEqual([
      expect.objectContaining({ type: "verb.refused", verb: text.split(" ")[0] }),
    ]);
  });

  test("of a group may when they are in it now", async () => {
    await slack.types("bob", "cancel it is a test", room);
    expect(await slack.commands()).toEqual([{ type: "incident.cancel", reason: "it is a test" }]);
    slack.emulated.groups.set("S0SRE0001", { handle: "sre", users: [] });
    expect((await slack.types("bob", "cancel it is a test", room)).text).toContain("is for @sre");
  });

  test("is refused while Slack cannot list the group", async () => {
    slack.emulated.groups.set("S0SRE0001", { handle: "sre", users: [slack.id("bob")] });
    slack.emulated.fault({ method: "usergroups.users.list", kind: "error:missing_scope" });
    expect((await slack.types("bob", "cancel it is a test", room)).text).toContain("is for @sre");
  });
});

test("a command that Slack did not sign is refused and not stored", async () => {
  const before = await slack.stored();
  const body = new URLSearchParams({
    command: "/incident",
    text: "ack",
    channel_id: room,
    user_id: "U1",
    trigger_id: "1.2",
    user_name: "x",
  }).toString();
  const timestamp = String(Math.floor(wallClock() / 1_000));
  const signature = `v0=${createHmac("sha256", "not the secret").update(`v0:${timestamp}:${body}`).digest("hex")}`;
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature,
  };
  expect((await slack.app.post("/slack/events", body, headers)).status).toBe(401);
  expect(await slack.stored()).toBe(before);
});

test("applies a verb with the id in place of a name while Slack cannot name people", async () => {
  const stranger = "U0STRANGER";
  slack.emulated.fault({ method: "users.info", kind: "500", times: Infinity });
  await slack.types("alice", `role tech <@${stranger}>`, room);
  expect(await slack.commands()).toEqual([
    { type: "role.assign", role: "tech", person: { id: stranger, name: stranger } },
  ]);
  slack.emulated.heal();
});
