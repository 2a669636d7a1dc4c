import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ALICE_ID,
  OTHER_CHANNEL,
  SignedRequests,
  STRANGER_ID,
  textInput,
  type TestApp,
} from "#test/support/harness/app.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";
import { MESSAGE_SHORTCUTS } from "#integrations/slack/subscriptions.ts";

let slack: SignedRequests;
let app: TestApp;
const opens = async (policy: object = STAFFED_POLICY): Promise<void> => {
  slack = await SignedRequests.open(policy);
  ({ app } = slack);
};
beforeEach(() => opens());
afterEach(() => app.stop());

const THEIRS = "T0THEIRS1";
const REFUSED = /Muster does nothing for (?:people of other workspaces|guests|bots)/;

/** Everything that a person can send, by someone of a workspace. */
const REQUESTS: Readonly<Record<string, (team: string | null) => Promise<unknown>>> = {
  command: (team) =>
    slack.send(
      new URLSearchParams({
        command: "/incident",
        text: "INC-1 ack",
        user_id: STRANGER_ID,
        user_name: "sam",
        channel_id: OTHER_CHANNEL,
        trigger_id: "command-1",
        response_url: "https://hooks.slack.com/commands/T1/1/x",
        ...(team === null ? {} : { team_id: team }),
      }).toString(),
      "application/x-www-form-urlencoded",
    ),
  click: (team) =>
    slack.interacts({
      type: "block_actions",
      user: { id: STRANGER_ID, username: "sam", ...(team === null ? {} : { team_id: team }) },
      channel: { id: "C1" },
      trigger_id: "click-1",
      actions: [
        { type: "button", action_id: BUTTON_ACTIONS.acknowledge.id, block_id: "b", value: "1", action_ts: "1" },
      ],
    }),
  form: (team) =>
    slack.interacts({
      type: "view_submission",
      user: { id: STRANGER_ID, name: "sam", ...(team === null ? {} : { team_id: team }) },
      trigger_id: "form-1",
      view: {
        id: "V1",
        hash: "h",
        type: "modal",
        callback_id: "note",
        private_metadata: JSON.stringify({ incident: 1, channel: "C1" }),
        title: { type: "plain_text", text: "t" },
        state: { values: textInput("text", "planted") },
        blocks: [],
      },
    }),
  shortcut: (team) =>
    slack.interacts({
      type: "message_action",
      callback_id: MESSAGE_SHORTCUTS.capture,
      user: { id: STRANGER_ID, name: "sam", ...(team === null ? {} : { team_id: team }) },
      trigger_id: "shortcut-1",
      channel: { id: "C1", name: "inc-1" },
      message: { type: "message", ts: "1.1", text: "planted" },
      message_ts: "1.1",
      response_url: "https://hooks.slack.com/app/T1/1/x",
    }),
  mention: (team) =>
    slack.happens({
      type: "app_mention",
      channel: "C1",
      user: STRANGER_ID,
      text: "<@U0MUSTER> automation off",
      ...(team === null ? {} : { user_team: team, team }),
    }),
  reaction: (team) =>
    slack.happens({
      type: "reaction_added",
      user: STRANGER_ID,
      reaction: "pushpin",
      item: { type: "message", channel: "C1", ts: "1.1" },
      ...(team === null ? {} : { user_team: team }),
    }),
  home: (team) =>
    slack.happens({ type: "app_home_opened", user: STRANGER_ID, tab: "home", ...(team === null ? {} : { team }) }),
};

/** What became of a request: whether anything happened, and the text that its author received. */
async function outcome(name: string, team: string | null): Promise<{ changed: boolean; text: string }> {
  const before = JSON.stringify([await slack.lines(), (await slack.incident())["status"]]);
  const whispers = app.chat.whispers.length;
  const answer = await REQUESTS[name]!(team);
  await app.settles();
  const { rows } = await app.engine.connection.pool.query("select 1 from automation_switches");
  const after = JSON.stringify([await slack.lines(), (await slack.incident())["status"]]);
  return {
    changed: after !== before || rows.length > 0,
    text: [
      JSON.stringify(answer),
      ...app.chat.whispers.slice(whispers).map(({ text }) => text),
      JSON.stringify(app.chat.homes.get(STRANGER_ID) ?? ""),
    ].join("\n"),
  };
}

describe.each(Object.keys(REQUESTS))("a %s", (name) => {
  const isQuiet = name === "reaction";

  test("of another workspace does nothing, and its author receives the reason", async () => {
    const { changed, text } = await outcome(name, THEIRS);
    expect(changed).toBe(false);
    if (!isQuiet) expect(text).toMatch(REFUSED);
    if (!isQuiet) expect(text).toContain(`admit.workspaces: [${THEIRS}]`);
    expect(text).not.toContain("order-service");
  });

  test.each(["guest", "bot"] as const)("of a %s does nothing", async (kind) => {
    app.chat.standings.set(STRANGER_ID, { kind });
    const { changed, text } = await outcome(name, null);
    expect(changed).toBe(false);
    if (!isQuiet) expect(text).toContain(`admit.${kind}s: true`);
  });

  test.each(["insider", "unknown"] as const)(
    "of someone about whom Slack does not answer (%s) does nothing",
    async (kind) => {
      app.chat.standings.set(STRANGER_ID, { kind });
      const { changed, text } = await outcome(name, null);
      expect(changed).toBe(false);
      // They may well be a member: they are not called a stranger.
      expect(text).not.toMatch(REFUSED);
      if (!isQuiet) expect(text).toContain("Try again in a few seconds");
    },
  );

  test.each([
    ["of a member", null, {}],
    ["of a workspace that the policy admits", THEIRS, { admit: { workspaces: [THEIRS] } }],
    [
      "of a person of the policy, wherever they are from",
      THEIRS,
      { people: { ...STAFFED_POLICY.people, sam: { slack: STRANGER_ID } } },
    ],
  ])("%s is not refused", async (_, team, policy) => {
    await app.stop();
    await opens({ ...STAFFED_POLICY, ...policy });
    expect((await outcome(name, team)).text).not.toMatch(REFUSED);
  });
});

test.each(["guest", "bot"] as const)("a %s is let in by the policy", async (kind) => {
  await app.stop();
  await opens({ ...STAFFED_POLICY, admit: { [`${kind}s`]: true } });
  app.chat.standings.set(STRANGER_ID, { kind });
  expect(await outcome("command", null)).toMatchObject({ changed: true });
});

test("where guests are admitted, someone of our workspace is let in without the question whether they are one", async () => {
  await app.stop();
  await opens({ ...STAFFED_POLICY, admit: { guests: true } });
  app.chat.standings.set(STRANGER_ID, { kind: "insider" });
  expect(await outcome("command", null)).toMatchObject({ changed: true });
});

test("a refused request that Slack delivers again is still refused when its author is let in", async () => {
  await outcome("click", THEIRS);
  app.chat.standings.set(STRANGER_ID, { kind: "member" });
  expect(await outcome("click", null)).toMatchObject({ changed: false });
});

test("a member of the workspace acts as before", async () => {
  expect(await slack.types("INC-1 ack", { as: ALICE_ID })).toBe("");
  expect(await slack.incident()).toMatchObject({ status: "acknowledged" });
});
