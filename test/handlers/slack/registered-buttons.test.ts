import type { App } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { STATUSES } from "#domain/values/language.ts";
import { registerButtonClicks } from "#handlers/slack/button-clicks.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { registerSlashCommands } from "#handlers/slack/slash-command.ts";
import { registerSlackEvents } from "#handlers/slack/slack-events.ts";
import { MESSAGE_SHORTCUTS, SLASH_COMMANDS } from "#integrations/slack/subscriptions.ts";
import { registerFormSubmissions } from "#handlers/slack/form-submissions.ts";
import { parseVerb, ALL_VERBS } from "#verbs/verb-registry.ts";
import { FORM_NAMES, VERB_GROUPS } from "#verbs/verb.ts";
import { MORE_ACTION } from "#domain/values/chat-message.ts";
import { BUTTON_ACTIONS, OPEN_RUN_ACTION } from "#views/values/action-buttons.ts";
import {
  declareOffer,
  formOffer,
  listMessage,
  pickMessage,
  rolesMessage,
  statusMessage,
  tasksMessage,
} from "#views/response/answer-messages.ts";
import { helpMessage } from "#views/response/help-message.ts";
import { incidentForm, loadingForm } from "#views/response/incident-forms.ts";
import { homeView } from "#views/response/home-tab.ts";
import { incidentAnnouncement, incidentCard } from "#views/channel/incident-card.ts";
import { directMessage } from "#views/response/direct-messages.ts";
import { subscriberMessage } from "#views/response/event-announcement.ts";
import { handoffPacket } from "#views/response/handoff-packet.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { isJson, stringOrEmpty } from "#test/support/builders/json.ts";
import { runCards } from "#test/support/builders/runbooks/run-builders.ts";
import { plainText } from "#views/values/plain-text.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";

const PAGE = "https://muster.example/incidents/INC-1";
const policy = aPolicy(STAFFED_POLICY);
const NO_ONE: Incident["roles"] = { commander: null, tech: null, comms: null, scribe: null };
const task: Incident["tasks"][number] = {
  id: 1,
  kind: "task",
  text: "look",
  owner: ALICE_PERSON,
  due: null,
  doneAt: null,
};
const offered = anIncident({
  roles: { ...NO_ONE, commander: BOB_PERSON },
  handoff: { from: BOB_PERSON, to: ALICE_PERSON, at: NOW },
  tasks: [task],
});

/** Everything that any view can show, with incidents in which everything happens. */
const SHOWN: readonly unknown[] = [
  ...STATUSES.flatMap((status) =>
    [NO_ONE, { ...NO_ONE, commander: ALICE_PERSON, scribe: ALICE_PERSON }].map((roles) =>
      incidentCard(anIncident({ status, roles }), PAGE),
    ),
  ),
  ...STATUSES.map((status) => [
    incidentAnnouncement(anIncident({ status }), PAGE),
    rolesMessage(anIncident({ status }), [], NOW),
    statusMessage(anIncident({ status }), PAGE, NOW),
  ]),
  subscriberMessage(offered, helpMessage(null)),
  helpMessage(null),
  ...runCards(),
  ...ALL_VERBS.map(({ name }) => helpMessage(name)),
  listMessage([offered], () => PAGE),
  tasksMessage(offered),
  pickMessage("ack", [anIncident(), anIncident({ number: 2 })]),
  ...FORM_NAMES.flatMap((name) => [formOffer(name, null), formOffer(name, offered)]),
  handoffPacket(offered, NOW, PAGE),
  directMessage(offered, ALICE_PERSON, { kind: "handoff" }, PAGE),
  directMessage(anIncident(), ALICE_PERSON, { kind: "command-missing" }, PAGE),
  directMessage(anIncident({ private: true }), ALICE_PERSON, { kind: "access", person: ALICE_PERSON }, PAGE),
  incidentAnnouncement(anIncident({ private: true }), PAGE),
  declareOffer("There is no verb", "everything is down"),
  homeView([offered], [{ incident: offered, task }], { policy, overrides: [] }, NOW, () => PAGE),
];

type Pressed = { readonly id: string; readonly value: string; readonly label: string };

function buttonsOf(value: unknown): Pressed[] {
  if (Array.isArray(value)) return value.flatMap(buttonsOf);
  if (!isJson(value)) return [];
  const own =
    typeof value["action"] === "string" && (value["url"] === undefined || value["action"] === OPEN_RUN_ACTION)
      ? [value]
      : [];
  const menu = Array.isArray(value["more"]) ? [{ id: MORE_ACTION, value: "", label: "" }] : [];
  return [
    ...menu,
    ...own.map((each) => ({
      id: stringOrEmpty(each["action"]),
      value: stringOrEmpty(each["value"]),
      label: stringOrEmpty(each["label"]),
    })),
    ...Object.values(value).flatMap(buttonsOf),
  ];
}

/** What the doors listen to. */
function listening(): {
  readonly actions: (string | RegExp)[];
  readonly views: string[];
  readonly shortcuts: string[];
  readonly commands: string[];
} {
  const received: ReturnType<typeof listening> = { actions: [], views: [], shortcuts: [], commands: [] };
  // Bolt has no method that lists what it listens to, so this writes down what is registered; nothing else is called.
  const app = {
    action: (id: string | RegExp) => void received.actions.push(id),
    view: (id: string) => void received.views.push(id),
    shortcut: ({ callback_id }: { callback_id: string }) => void received.shortcuts.push(callback_id),
    command: (name: string) => void received.commands.push(name),
    use: () => {},
  } as unknown as App;
  for (const listens of [registerButtonClicks, registerSlashCommands, registerFormSubmissions, registerSlackEvents])
    listens(app, {} as CommandDoor);
  return received;
}

const SHOWN_BUTTONS = SHOWN.flatMap(buttonsOf);
const isMatch = (listener: string | RegExp, id: string): boolean =>
  typeof listener === "string" ? listener === id : listener.test(id);
const request = { person: ALICE_PERSON, zone: "UTC", now: NOW, policy };

describe("every button", () => {
  test.each([...new Set(SHOWN_BUTTONS.map(({ id }) => id))])("%s has one listener", (id) => {
    expect(listening().actions.filter((listener) => isMatch(listener, id))).toHaveLength(1);
  });

  test.each(listening().actions)("that %s listens to is shown somewhere", (listener) => {
    expect(SHOWN_BUTTONS.some(({ id }) => isMatch(listener, id))).toBe(true);
  });

  test.each(Object.values(BUTTON_ACTIONS).map(({ id, command }) => [id, command] as const))(
    "%s sends words that the grammar understands: %s",
    (id, says) => {
      for (const { value } of SHOWN_BUTTONS.filter((each) => each.id === id)) {
        const rest = value.replace(/^\d+\s*/, "");
        expect(parseVerb(`${says} ${rest}`.trim(), request).request.kind, `${says} ${rest}`).not.toBe("problem");
      }
    },
  );

  test.each(SHOWN_BUTTONS.filter(({ id }) => id.startsWith("verb.")))(
    "$id sends words that the grammar understands: $value",
    ({ value }) => {
      expect(parseVerb(value, request).request.kind).not.toBe("problem");
    },
  );
});

describe("every form", () => {
  test.each(FORM_NAMES)("%s has a listener, its loading view needs none, and there are words that open it", (name) => {
    const { views } = listening();
    expect(views).toContain(incidentForm(name, anIncident(), policy, "{}").name);
    expect(loadingForm(name, "{}").submit).toBeNull();
    const offer = buttonsOf(formOffer(name, null))[0]!;
    expect(parseVerb(offer.value, request).request).toEqual({ kind: "form", form: name });
  });

  test("that is listened to can be opened", () => {
    expect(new Set(listening().views)).toEqual(
      new Set(FORM_NAMES.map((name) => incidentForm(name, null, policy, "{}").name)),
    );
  });
});

test("the shortcuts and both names of the command are listened to", () => {
  expect(listening()).toMatchObject({ shortcuts: Object.values(MESSAGE_SHORTCUTS), commands: [...SLASH_COMMANDS] });
});

test("no two verbs share a name, and each is in the help", () => {
  const names = ALL_VERBS.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  for (const { name, group } of ALL_VERBS) {
    expect(VERB_GROUPS).toContain(group);
    expect(plainText(helpMessage("all"))).toContain(`\`${name}`);
  }
});
