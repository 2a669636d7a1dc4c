import { helpMessage } from "#views/response/help-message.ts";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BUTTON_ACTIONS, PICK_ACTION, VERB_ACTION, OPEN_RUN_ACTION } from "#views/values/action-buttons.ts";
import { pickMessage, rolesMessage } from "#views/response/answer-messages.ts";
import { FORM_IDS, incidentForm, loadingForm } from "#views/response/incident-forms.ts";
import { formerChannelNotice } from "#views/channel/hidden-messages.ts";
import { homeView } from "#views/response/home-tab.ts";
import { incidentAnnouncement, incidentCard } from "#views/channel/incident-card.ts";
import { subscriberMessage } from "#views/response/event-announcement.ts";
import { directMessage } from "#views/response/direct-messages.ts";
import { handoffPacket } from "#views/response/handoff-packet.ts";
import { ALL_VERBS, parseVerb, findVerb } from "#verbs/verb-registry.ts";
import { FORM_NAMES } from "#verbs/verb.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { runCards } from "#test/support/builders/runbooks/run-builders.ts";
import { plainText } from "#views/values/plain-text.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";

const policy = aPolicy(STAFFED_POLICY);
const offered = anIncident({ handoff: { to: BOB_PERSON, from: { id: "U0ALICE01", name: "Alice" }, at: NOW } });
const task = { id: 1, kind: "task", text: "look", owner: BOB_PERSON, due: null, doneAt: null } as const;

/** Everything that any view can show, in the states in which it shows most. */
const rendered = [
  incidentCard(anIncident(), "https://m/1"),
  incidentCard(anIncident({ status: "mitigated" }), "https://m/1"),
  incidentAnnouncement(anIncident(), "https://m/1"),
  subscriberMessage(anIncident(), { text: "", parts: [] }),
  handoffPacket(offered, NOW, "https://m/1"),
  directMessage(offered, BOB_PERSON, { kind: "handoff" }, "https://m/1"),
  directMessage(anIncident(), BOB_PERSON, { kind: "command-missing" }, "https://m/1"),
  directMessage(anIncident({ private: true }), BOB_PERSON, { kind: "access", person: BOB_PERSON }, "https://m/1"),
  formerChannelNotice(anIncident({ private: true })),
  rolesMessage(anIncident(), [], NOW),
  helpMessage(null),
  ...runCards(),
  pickMessage("status", [anIncident()]),
  homeView([anIncident()], [{ incident: anIncident(), task }], { policy, overrides: [] }, NOW, () => "https://m/1"),
  ...FORM_NAMES.flatMap((name) => [incidentForm(name, anIncident(), policy, "{}"), loadingForm(name, "{}")]),
];
const registeredIds = (key: string): Set<string> => {
  const values = new Set<string>();
  JSON.stringify(rendered, (name, value: unknown) => {
    if (name === key && typeof value === "string") values.add(value);
    return value;
  });
  return values;
};
const ACTION_IDS = new Set(Object.values(BUTTON_ACTIONS).map(({ id }) => id as string));

describe("registered buttons and listeners are the same", () => {
  test("every button that a view shows has a listener", () => {
    for (const id of registeredIds("action"))
      expect(ACTION_IDS.has(id) || id === OPEN_RUN_ACTION || VERB_ACTION.test(id) || PICK_ACTION.test(id), id).toBe(
        true,
      );
  });

  test("every listener has a button that a view shows", () => {
    const shown = registeredIds("action");
    for (const id of ACTION_IDS) expect(shown, id).toContain(id);
    expect([...shown].some((id) => VERB_ACTION.test(id)) && [...shown].some((id) => PICK_ACTION.test(id))).toBe(true);
  });

  test("every form has a listener, and the reverse; a form that is still loading cannot be sent", () => {
    const sendable = new Set(FORM_NAMES.map((name) => incidentForm(name, anIncident(), policy, "{}").name));
    expect(sendable).toEqual(new Set(Object.values(FORM_IDS)));
    for (const name of FORM_NAMES) expect(loadingForm(name, "{}").submit).toBeNull();
  });

  test("every button's words are understood", () => {
    const request = { person: BOB_PERSON, zone: "UTC", now: NOW, policy };
    for (const { command } of Object.values(BUTTON_ACTIONS))
      expect(
        parseVerb(
          command === "task done"
            ? "task done 1"
            : command === "invite"
              ? "invite @bob"
              : command.startsWith("runbook ")
                ? `${command} RUN-1`
                : command,
          request,
        ).request.kind,
        command,
      ).not.toBe("problem");
    for (const id of registeredIds("action")) {
      const verb = VERB_ACTION.exec(id)?.[1];
      if (verb !== undefined) expect(findVerb(verb), id).not.toBeNull();
    }
  });

  test("every form can be asked for in words", () => {
    const request = { person: BOB_PERSON, zone: "UTC", now: NOW, policy };
    const words = [
      "declare",
      "update",
      "resolve form",
      "mitigate form",
      "note",
      "severity",
      "roles form",
      "private form",
    ];
    const requests = words.map((text) => parseVerb(text, request).request);
    expect(
      requests.map((verbRequest) => (verbRequest.kind === "form" ? verbRequest.form : verbRequest.kind)).toSorted(),
    ).toEqual([...FORM_NAMES].toSorted());
  });
});

test("every verb is in the help, and in the order of its groups once", () => {
  const text = plainText(helpMessage("all"));
  for (const { name } of ALL_VERBS) expect(text).toContain(`\`${name}`);
});

test("only the registry lists verbs", () => {
  const doors = ["slack/slash-command", "slack/button-clicks", "slack/slack-events", "api/verb-api"].map((name) =>
    readFileSync(`handlers/${name}.ts`, "utf8"),
  );
  for (const text of doors) expect(text).not.toMatch(/"(?:mitigate|severity|handoff|escalate)"/);
});
