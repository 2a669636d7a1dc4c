import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALICE_ID, BOB_ID, SignedRequests, STRANGER_ID } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { ALICE, ALICE_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";
import { permissionOf } from "#verbs/verb-permission.ts";
import { VERB_NAMES, wordsOfVerb } from "#test/support/builders/doors/verb-words.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";

const THEIRS = "T0THEIRS1";

/** Someone in Slack. `admitted`: whether Muster listens to them at all. */
type SlackActor = { readonly name: string; readonly id: string; readonly team: string; readonly admitted: boolean };
const ACTORS: readonly SlackActor[] = [
  { name: "a guest", id: "U0GUEST01", team: "T1", admitted: false },
  { name: "someone of another workspace", id: "U0OTHER01", team: THEIRS, admitted: false },
  { name: "a bot", id: "U0BOT0001", team: "T1", admitted: false },
  { name: "a member who is not under people", id: STRANGER_ID, team: "T1", admitted: true },
  { name: "a responder", id: BOB_ID, team: "T1", admitted: true },
  { name: "the commander", id: ALICE_ID, team: "T1", admitted: true },
];

/** What clicks are about: INC-1, and what the words of the button need behind it. */
const VALUES: Readonly<Record<string, string>> = {
  approveRun: "1 RUN-1",
  denyRun: "1 RUN-1",
  happened: "1 RUN-1",
  runIt: "1 RUN-1",
  performRun: "1 RUN-1",
  stopRun: "1 RUN-1",
  cancelRun: "1 RUN-1",
  snoozeRun10: "1 RUN-1",
  snoozeRun30: "1 RUN-1",
  snoozeRun60: "1 RUN-1",
  doneTask: "1 1",
  letIn: `1 <@${BOB_ID}>`,
  declare: "",
};

let slack: SignedRequests;
const opensSlack = async (policy: object): Promise<void> => {
  slack = await SignedRequests.open({ ...STAFFED_POLICY, ...policy });
  slack.app.chat.standings.set("U0GUEST01", { kind: "guest" });
  slack.app.chat.standings.set("U0BOT0001", { kind: "bot" });
  slack.app.chat.standings.set("U0OTHER01", { kind: "outsider", team: THEIRS });
  const command = { type: "role.assign", role: "commander", person: ALICE_PERSON } as const;
  await slack.app.submit(
    aSubmission({ type: "incident", incident: 1, command }, { actor: ALICE, key: "takes command" }),
  );
  await slack.app.settles();
};

const DOOR = /Muster does nothing for/;
const RULE = /`[a-z ]+` is for /;

/** How an answer reads: refused at the door, refused by a rule, or neither. */
function readingOf(text: string): "door" | "rule" | "in" {
  // The timeline lists what was refused before.
  return DOOR.test(text) ? "door" : RULE.test(text) && !/was refused/.test(text) ? "rule" : "in";
}

/** What only its author sees of what follows. */
async function shownAfter(work: () => Promise<string>): Promise<string> {
  const { chat } = slack.app;
  const [whispers, forms] = [chat.whispers.length, chat.forms.length];
  const updates = chat.callsOf("updateForm");
  const own = await work();
  const opened = chat.forms.length - forms;
  // A form is there at once, and what is in it comes after.
  await waitFor(() => chat.callsOf("updateForm") - updates >= opened, { what: "the form" });
  await slack.app.settles();
  const shown = [chat.whispers.slice(whispers).map(({ text }) => text), chat.forms.slice(forms)];
  return `${own} ${JSON.stringify(shown)}`;
}

const types = (actor: SlackActor, words: string): Promise<string> =>
  shownAfter(async () => {
    const { text } = await slack.send(
      new URLSearchParams({
        command: "/incident",
        text: words,
        user_id: actor.id,
        user_name: "x",
        channel_id: "C1",
        team_id: actor.team,
        trigger_id: `types:${actor.name}:${words}`,
      }).toString(),
      "application/x-www-form-urlencoded",
    );
    return text;
  });

const clicks = (actor: SlackActor, name: keyof typeof BUTTON_ACTIONS): Promise<string> =>
  shownAfter(async () => {
    await slack.interacts({
      type: "block_actions",
      user: { id: actor.id, username: "x", team_id: actor.team },
      channel: { id: "C1" },
      trigger_id: `clicks:${actor.name}:${name}`,
      actions: [
        {
          type: "button",
          action_id: BUTTON_ACTIONS[name].id,
          block_id: "b",
          value: VALUES[name] ?? "1",
          action_ts: "1",
        },
      ],
    });
    return "";
  });

const changed = async (): Promise<string> => {
  const { rows } = await slack.app.engine.connection.pool.query(
    "select type from events where type <> 'command.refused'",
  );
  const { rows: switches } = await slack.app.engine.connection.pool.query("select 1 from automation_switches");
  return JSON.stringify([rows.length, switches.length]);
};

test("every verb and every part of one has words here that are understood", () => {
  for (const name of VERB_NAMES) {
    const understood = parsedVerb(wordsOfVerb(name));
    expect([name, understood.request.kind]).toEqual([name, expect.not.stringMatching("problem")]);
    if (name.includes(" ")) expect(permissionOf(understood)).toBe(name);
    else expect(understood.verb.name).toBe(name);
  }
});

describe("where every verb is for the commander", () => {
  beforeAll(() => opensSlack({ permissions: Object.fromEntries(VERB_NAMES.map((name) => [name, ["commander"]])) }));
  afterAll(() => slack.app.stop());

  // The commander comes last: what they may do changes the incident.
  test.each(ACTORS.map((actor) => [actor.name, actor] as const))("%s", async (_, actor) => {
    const before = await changed();
    const expected = !actor.admitted ? "door" : actor.id === ALICE_ID ? "in" : "rule";
    const answers: [string, string][] = [];
    for (const name of Object.keys(BUTTON_ACTIONS) as (keyof typeof BUTTON_ACTIONS)[])
      answers.push([name, readingOf(await clicks(actor, name))]);
    for (const name of VERB_NAMES) answers.push([name, readingOf(await types(actor, wordsOfVerb(name)))]);
    expect(answers.filter(([, reading]) => reading !== expected)).toEqual([]);
    expect((await changed()) === before).toBe(expected !== "in");
  });
});

describe("by the rules that hold without any in the policy", () => {
  beforeAll(() => opensSlack({}));
  afterAll(() => slack.app.stop());
  const FOR_KNOWN = new Set(["close", "cancel", "automation on", "runbook cancel", "runbook settle"]);

  test.each(ACTORS.map((actor) => [actor.name, actor] as const))("%s", async (_, actor) => {
    const known = actor.id === BOB_ID || actor.id === ALICE_ID;
    for (const name of VERB_NAMES) {
      const expected = !actor.admitted ? "door" : known || !FOR_KNOWN.has(name) ? "in" : "rule";
      expect([name, readingOf(await types(actor, `INC-1 ${wordsOfVerb(name)}`))]).toEqual([name, expected]);
    }
  });
});
