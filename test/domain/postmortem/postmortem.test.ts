import { describe, expect, test } from "vitest";
import type { Fact, Event } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { assemblePostmortem } from "#domain/postmortem/postmortem.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const plans = aPolicy().priorities;
const firedFact: Fact = {
  type: "alerts.fired",
  data: { count: 1, added: 1, again: false, earliestStart: NOW - MINUTE, alerts: [aNote()] },
};
const quietEvent = (endsAt: number): Fact => ({
  type: "alerts.resolved",
  data: { count: 1, alerts: [aNote({ endsAt })] },
});
const rise = (to: "P0" | "P1", from: "P1" | "P2" = "P2"): Fact => ({
  type: "priority.changed",
  data: { from, to, reason: "worse", pin: null, unmapped: false, plan: plans[to] },
});
const resolvedFact: Fact = { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } };
const reopened: Fact = { type: "incident.reopened", data: { status: "triggered", reason: "again" } };
const claimFact = (role: "commander" | "tech" | "scribe", actor: typeof ALICE): Fact => ({
  type: "role.assigned",
  data: { role, person: { id: actor.id, name: actor.name } },
});

/** Events at the given minutes after 14:32, and the incident they make. */
function history(...steps: readonly (readonly [number, Fact])[]): {
  readonly incident: Incident;
  readonly events: readonly Event[];
} {
  const events = steps.map(([minute, fact], i) => anEvent(fact, { seq: i + 1, at: NOW + minute * MINUTE }));
  const incident = events.reduce<Incident | null>((before, event) => evolveIncident(before, event), null);
  return { incident: incident!, events };
}

const draftAt = (now: number, ...steps: readonly (readonly [number, Fact])[]) => {
  const { incident, events } = history(...steps);
  return assemblePostmortem(incident, events, NOW + now * MINUTE);
};

describe("a slip that was taken back", () => {
  const undone = (restore: Extract<Fact, { type: "verb.undone" }>["data"]["restore"]): Fact => ({
    type: "verb.undone",
    data: { what: "a slip", was: "triggered", restore, strikes: [], withdraws: [] },
  });

  test("counts no time of its own: it counts toward the restored priority", () => {
    const slip = undone({ priority: "P2", plan: plans.P2 });
    expect(
      draftAt(60, [0, openedFact()], [0, firedFact], [5, rise("P1")], [8, slip], [20, resolvedFact]).timeIn,
    ).toEqual([{ priority: "P2", ms: 20 * MINUTE, from: [1] }]);
  });

  test("assigned no role", () => {
    const withoutRoles = undone({ roles: { commander: null, tech: null, comms: null, scribe: null } });
    expect(
      draftAt(
        60,
        [0, openedFact()],
        [0, firedFact],
        [5, claimFact("scribe", ALICE)],
        [6, withoutRoles],
        [20, resolvedFact],
      ).roles,
    ).toEqual([]);
  });
});

describe("the time in each priority", () => {
  test("runs from opening to resolution, and a rise divides it", () => {
    expect(draftAt(60, [0, openedFact()], [0, firedFact], [5, rise("P1")], [22, resolvedFact]).timeIn).toEqual([
      { priority: "P1", ms: 17 * MINUTE, from: [3] },
      { priority: "P2", ms: 5 * MINUTE, from: [1] },
    ]);
  });

  test("excludes the time between a resolution and the reopening", () => {
    expect(
      draftAt(99, [0, openedFact()], [10, resolvedFact], [30, reopened], [33, rise("P0")], [40, resolvedFact]).timeIn,
    ).toEqual([
      { priority: "P0", ms: 7 * MINUTE, from: [4] },
      { priority: "P2", ms: 13 * MINUTE, from: [1] },
    ]);
  });

  test("sums separate stretches at one priority", () => {
    const lowered: Fact = {
      type: "priority.changed",
      data: { from: "P1", to: "P2", reason: "r", pin: { ceiling: "P1" }, unmapped: false, plan: plans.P2 },
    };
    expect(draftAt(99, [0, openedFact()], [2, rise("P1")], [5, lowered], [9, resolvedFact]).timeIn).toEqual([
      { priority: "P1", ms: 3 * MINUTE, from: [2] },
      { priority: "P2", ms: 6 * MINUTE, from: [1, 3] },
    ]);
  });

  test("runs to now while the incident is open", () => {
    expect(draftAt(7, [0, openedFact()], [0, firedFact]).timeIn).toEqual([
      { priority: "P2", ms: 7 * MINUTE, from: [1] },
    ]);
  });
});

describe("the impact", () => {
  test("lasts from the first start to the last end of its alerts, not to the resolution", () => {
    expect(
      draftAt(60, [0, openedFact()], [0, firedFact], [20, quietEvent(NOW + 19 * MINUTE)], [21, resolvedFact]).impact,
    ).toEqual({
      from: NOW - MINUTE,
      to: NOW + 19 * MINUTE,
    });
  });

  test("of several alerts ends with the last of them", () => {
    expect(
      draftAt(
        60,
        [0, openedFact()],
        [0, firedFact],
        [0, firedFact],
        [9, quietEvent(NOW + 9 * MINUTE)],
        [9, quietEvent(NOW + 3 * MINUTE)],
      ).impact.to,
    ).toBe(NOW + 9 * MINUTE);
  });

  test("has no end while an alert fires, even when a person resolved the incident", () => {
    expect(draftAt(60, [0, openedFact()], [0, firedFact], [5, resolvedFact]).impact).toEqual({
      from: NOW - MINUTE,
      to: null,
    });
  });

  test("without a word from alerts ends with the resolution", () => {
    expect(draftAt(60, [0, openedFact()], [5, resolvedFact]).impact.to).toBe(NOW + 5 * MINUTE);
  });
});

describe("the cells of a draft", () => {
  test("show when, and their source events", () => {
    const {
      detected,
      acknowledged,
      mitigated,
      resolved: end,
    } = draftAt(
      60,
      [0, openedFact()],
      [0, firedFact],
      [3, { type: "incident.acknowledged", data: {} }],
      [16, { type: "incident.mitigated", data: {} }],
      [22, resolvedFact],
    );
    expect({ detected, acknowledged, mitigated, end }).toEqual({
      detected: { value: NOW - MINUTE, from: [2] },
      acknowledged: { value: NOW + 3 * MINUTE, from: [3] },
      mitigated: { value: NOW + 16 * MINUTE, from: [4] },
      end: { value: NOW + 22 * MINUTE, from: [5] },
    });
  });

  test("use the resolution as the mitigation when no mitigation was recorded", () => {
    expect(draftAt(60, [0, openedFact()], [22, resolvedFact]).mitigated).toEqual({
      value: NOW + 22 * MINUTE,
      from: [2],
    });
  });

  test("use the last resolution, and none while the incident is open again", () => {
    expect(draftAt(60, [0, openedFact()], [5, resolvedFact], [6, reopened], [9, resolvedFact]).resolved).toEqual({
      value: NOW + 9 * MINUTE,
      from: [4],
    });
    expect(draftAt(60, [0, openedFact()], [5, resolvedFact], [6, reopened]).resolved).toBeNull();
  });

  test("list who had which role from when to when and how long, the commander first", () => {
    expect(
      draftAt(
        9,
        [0, openedFact()],
        [1, claimFact("scribe", BOB)],
        [2, claimFact("commander", ALICE)],
        [3, claimFact("commander", BOB)],
      ).roles,
    ).toEqual([
      { role: "commander", name: "Alice", since: NOW + 2 * MINUTE, until: NOW + 3 * MINUTE, ms: MINUTE, from: [3, 4] },
      { role: "commander", name: "Bob", since: NOW + 3 * MINUTE, until: null, ms: 6 * MINUTE, from: [4] },
      { role: "scribe", name: "Bob", since: NOW + MINUTE, until: null, ms: 8 * MINUTE, from: [2] },
    ]);
  });

  test("leave bookkeeping out of the timeline", () => {
    const draft = draftAt(
      9,
      [0, openedFact()],
      [0, { type: "escalation.armed", data: { step: 1, to: "Mia", due: NOW } }],
      [1, { type: "command.refused", data: { command: "c", reason: "r" } }],
      [2, resolvedFact],
    ).timeline;
    expect(draft.map(({ type }) => type)).toEqual(["incident.opened", "incident.resolved"]);
  });

  test("are the same each time they are computed", () => {
    const { incident, events } = history([0, openedFact()], [0, firedFact], [22, resolvedFact]);
    expect(assemblePostmortem(incident, events, NOW + 60 * MINUTE)).toEqual(
      assemblePostmortem(incident, events, NOW + 90 * MINUTE),
    );
  });
});
