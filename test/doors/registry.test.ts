import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ACTIONS, PICK_ACTION, VERB_ACTION, OPEN_RUN } from "#views/actions.ts";
import { helpMessage, pickMessage, rolesMessage } from "#views/answers.ts";
import { CALLBACKS, form, loading } from "#views/forms.ts";
import { homeView } from "#views/home.ts";
import { incidentCard } from "#views/incident-card.ts";
import { directMessage, handoffPacket } from "#views/people.ts";
import { VERBS, understand, verbCalled } from "#verbs/registry.ts";
import { FORMS } from "#verbs/verb.ts";
import { anIncident, aPolicy, NOW, STAFFED } from "#test/support/builders.ts";
import { runCards } from "#test/support/run.ts";

const bob = { id: "U0BOB0001", name: "Bob" };
const policy = aPolicy(STAFFED);
const offered = anIncident({ handoff: { to: bob, from: { id: "U0ALICE01", name: "Alice" }, at: NOW } });
const task = { id: 1, kind: "task", text: "look", owner: bob, due: null, doneAt: null } as const;

/** Everything that any view can show, in the states in which it shows most. */
const rendered = [
  incidentCard(anIncident(), "https://m/1"),
  incidentCard(anIncident({ status: "mitigated" }), "https://m/1"),
  handoffPacket(offered, NOW, "https://m/1"),
  directMessage(offered, bob, { kind: "handoff" }, "https://m/1"),
  rolesMessage(anIncident(), [], NOW),
  helpMessage(null),
  ...runCards(),
  pickMessage("status", [anIncident()]),
  homeView([anIncident()], [{ incident: anIncident(), task }], { policy, overrides: [] }, NOW, () => "https://m/1"),
  ...FORMS.flatMap((name) => [form(name, anIncident(), policy, "{}"), loading(name, "{}")]),
];
const found = (key: string): Set<string> => {
  const values = new Set<string>();
  JSON.stringify(rendered, (name, value: unknown) => {
    if (name === key && typeof value === "string") values.add(value);
    return value;
  });
  return values;
};
const ids = new Set(Object.values(ACTIONS).map(({ id }) => id as string));

describe("what can be pressed and what is listened to are the same", () => {
  test("every button that a view shows has a listener", () => {
    const inForms = new Set(
      FORMS.flatMap((name) => [...JSON.stringify(form(name, anIncident(), policy, "{}")).matchAll(/"action_id":"([^"]+)"/g)].map(([, id]) => id!)),
    );
    for (const id of found("action_id"))
      expect(ids.has(id) || id === OPEN_RUN || VERB_ACTION.test(id) || PICK_ACTION.test(id) || inForms.has(id), id).toBe(true);
  });

  test("every listener has a button that a view shows", () => {
    const shown = found("action_id");
    for (const id of ids) expect(shown, id).toContain(id);
    expect([...shown].some((id) => VERB_ACTION.test(id)) && [...shown].some((id) => PICK_ACTION.test(id))).toBe(true);
  });

  test("every form has a listener, and the reverse; a form that is still loading cannot be sent", () => {
    const sendable = new Set(FORMS.map((name) => form(name, anIncident(), policy, "{}").callback_id));
    expect(sendable).toEqual(new Set(Object.values(CALLBACKS)));
    for (const name of FORMS) expect(loading(name, "{}").submit).toBeUndefined();
  });

  test("every button's words are understood", () => {
    const asker = { person: bob, zone: "UTC", now: NOW, policy };
    for (const { says } of Object.values(ACTIONS))
      expect(understand(says === "task done" ? "task done 1" : says.startsWith("runbook ") ? `${says} RUN-1` : says, asker).wish.kind, says).not.toBe(
        "problem",
      );
    for (const id of found("action_id")) {
      const verb = VERB_ACTION.exec(id)?.[1];
      if (verb !== undefined) expect(verbCalled(verb), id).not.toBeNull();
    }
  });

  test("every form can be asked for in words", () => {
    const asker = { person: bob, zone: "UTC", now: NOW, policy };
    const asked = ["declare", "update", "resolve form", "mitigate form", "note", "severity"].map((text) => understand(text, asker).wish);
    expect(asked.map((wish) => (wish.kind === "form" ? wish.form : wish.kind)).toSorted()).toEqual([...FORMS].toSorted());
  });
});

test("every verb is in the help, and in the order of its groups once", () => {
  const text = JSON.stringify(helpMessage(null).blocks);
  for (const { name } of VERBS) expect(text).toContain(`\`${name}`);
});

test("nothing but the registry lists verbs", () => {
  const doors = ["slack-verbs", "slack-actions", "slack-events", "api-verbs"].map((name) => readFileSync(`handlers/${name}.ts`, "utf8"));
  for (const text of doors) expect(text).not.toMatch(/"(?:mitigate|severity|handoff|escalate)"/);
});
