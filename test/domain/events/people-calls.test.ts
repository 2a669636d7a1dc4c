import { describe, expect, test } from "vitest";
import type { WaitingMatter } from "#domain/events/event-definition.ts";
import { definitionOf, type FactType } from "#domain/events/event-registry.ts";
import { callPeopleEffects, subscriberEffects } from "#domain/events/people-calls.ts";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { SIDE_EFFECT_ROWS } from "#test/support/builders/side-effects/side-effect-rows.ts";

/** What waits for a person after an event; after all others nothing does. */
const WAITING: { readonly [T in FactType]?: WaitingMatter } = {
  "incident.unacknowledged": { asleep: true },
  "access.requested": {},
  "attention.requested": { people: [BOB_PERSON] },
  "escalation.exhausted": { asleep: true, people: [BOB_PERSON] },
  "page.failed": { asleep: true },
  "page.delayed": {},
  "ticket.failed": {},
  "task.ticket_failed": {},
  "command.missing": {},
  "handoff.offered": { people: [BOB_PERSON] },
  "update.overdue": { people: [BOB_PERSON] },
  "run.requested": {},
  "run.overdue": {},
  "run.unknown": {},
  "run.failed": {},
  "postmortem.asked": { people: [ALICE_PERSON] },
  "postmortem.nudged": { people: [ALICE_PERSON] },
  "postmortem.unpublished": {},
};

const state = anIncident({
  channel: null,
  handoff: { to: BOB_PERSON, from: ALICE_PERSON, at: NOW },
  postmortem: { ...INCIDENT_DEFAULTS.postmortem, owner: ALICE_PERSON },
});
const rows = Object.values(SIDE_EFFECT_ROWS).map(({ fact }) => anEvent(fact));

describe("what waits for a person is posted where they are", () => {
  test("after these events, to those whom the event names", () => {
    const waiting = rows.flatMap((event) => {
      const matter = definitionOf(event).waitsFor(event, state);
      return matter === null ? [] : [[event.type, matter] as const];
    });
    expect(Object.fromEntries(waiting)).toEqual(WAITING);
  });

  test("by one message an event, while the incident has no channel", () => {
    const called = rows.filter((event) => callPeopleEffects(state, [event]).length === 1);
    expect(called.map(({ type }) => type).toSorted()).toEqual(Object.keys(WAITING).toSorted());
    expect(rows.flatMap((event) => callPeopleEffects(anIncident(), [event]))).toEqual([]);
  });

  test("of another team's escalation as that team's", () => {
    const event = anEvent({ type: "escalation.exhausted", data: { reason: "r", team: "payments" } });
    expect(definitionOf(event).waitsFor(event, state)).toEqual({ asleep: true, people: [], team: "payments" });
  });
});

test("who follows it is sent its updates, its mitigation, its end and its re-opening, and nothing else", () => {
  const followed = rows.filter(
    (event) => subscriberEffects(anIncident({ subscribers: [BOB_PERSON] }), [event]).length > 0,
  );
  expect(followed.map(({ type }) => type).toSorted()).toEqual([
    "incident.canceled",
    "incident.mitigated",
    "incident.reopened",
    "incident.resolved",
    "update.posted",
  ]);
});
