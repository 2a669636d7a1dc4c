import { describe, test } from "vitest";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { expectEvolution, type EvolutionRow } from "#test/support/builders/core/evolution.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPage, anEscalation, anIncident } from "#test/support/builders/incidents.ts";

/** What the incident of the rows is before it takes in another. */
const BEFORE = {
  priority: "P2",
  priorityReason: 'label severity="P2"',
  peak: "P2",
  pinned: null,
  unmapped: false,
  escalation: anEscalation(),
} as const;

/** An update is owed, by a plan that asks for one every half hour. */
const owed = anIncident().updates;

const ALERTING_ROWS: readonly EvolutionRow[] = [
  {
    fact: {
      type: "alerts.fired",
      data: { count: 3, added: 2, again: false, earliestStart: NOW - 9 * MINUTE, alerts: [aNote()] },
    },
    becomes: { alerts: { total: 3, firing: 4, flaps: 0 }, detectedAt: NOW - 9 * MINUTE },
  },
  {
    fact: { type: "alerts.flapped", data: { count: 2, alerts: [] } },
    becomes: { alerts: { total: 1, firing: 1, flaps: 2 } },
  },
  {
    fact: { type: "alerts.resolved", data: { count: 5, alerts: [] } },
    becomes: { alerts: { total: 1, firing: 0, flaps: 0 } },
  },
  { fact: { type: "watch.interrupted", data: { kind: "step", from: NOW, until: NOW - MINUTE } }, becomes: {} },
  {
    fact: { type: "watch.interrupted", data: { kind: "step", from: NOW + 2 * HOUR, until: NOW } },
    was: { updates: { ...owed, due: NOW + 2 * HOUR + 20 * MINUTE, remindAt: NOW + 2 * HOUR + 25 * MINUTE } },
    becomes: { updates: { ...owed, due: NOW + 20 * MINUTE, remindAt: NOW + 25 * MINUTE } },
  },
  {
    fact: { type: "watch.interrupted", data: { kind: "step", from: NOW + 2 * HOUR, until: NOW } },
    was: { updates: { ...owed, due: NOW + 20 * MINUTE, remindAt: NOW + 20 * MINUTE } },
    becomes: {},
  },
  {
    fact: { type: "delivery.truncated", data: { group: "__proto__", hidden: 2 } },
    becomes: { truncated: JSON.parse('{"__proto__":2}') as Record<string, number> },
  },
  {
    fact: { type: "delivery.truncated", data: { group: "g", hidden: 0 } },
    was: { truncated: { g: 1, h: 2 } },
    becomes: { truncated: { h: 2 } },
  },
  {
    fact: { type: "alerts.moved", data: { count: 1, to: 2 } },
    was: { alerts: { total: 3, firing: 2, flaps: 0 } },
    becomes: { alerts: { total: 3, firing: 1, flaps: 0 } },
  },
  {
    fact: { type: "alerts.absorbed", data: { from: 2, alerts: { total: 2, firing: 1, flaps: 3 } } },
    was: { teamEscalations: { payments: anEscalation() } },
    becomes: {
      alerts: { total: 3, firing: 2, flaps: 3 },
      takenIn: [{ from: 2, at: NOW, pages: [], teams: ["payments"], before: BEFORE }],
    },
  },
  {
    fact: {
      type: "alerts.absorbed",
      data: { from: 2, alerts: { total: 1, firing: 1, flaps: 0 }, priority: "P1" },
    },
    was: { takenIn: [{ from: 2, at: NOW, pages: [], teams: [], before: BEFORE }] },
    becomes: {
      alerts: { total: 2, firing: 2, flaps: 0 },
      takenIn: [{ from: 2, at: NOW, priority: "P1", pages: [], teams: [], before: BEFORE }],
    },
  },
  {
    fact: { type: "alerts.absorbed", data: { from: 2, alerts: { total: 1, firing: 1, flaps: 0 }, back: true } },
    becomes: { alerts: { total: 2, firing: 2, flaps: 0 } },
  },
  {
    fact: { type: "alerts.returned", data: { to: 2, alerts: { total: 2, firing: 1, flaps: 3 } } },
    becomes: { alerts: { total: 0, firing: 0, flaps: 0 } },
  },
  {
    fact: {
      type: "alerts.returned",
      data: {
        to: 2,
        alerts: { total: 1, firing: 1, flaps: 0 },
        pages: ["k"],
        teams: ["payments"],
        search: { state: anEscalation({ step: 2 }), ends: ["l"] },
      },
    },
    was: {
      pages: [aPage({ key: "k", team: "payments" }), aPage({ key: "l" })],
      teamEscalations: { payments: anEscalation() },
      takenIn: [{ from: 2, at: NOW, pages: [], teams: [], before: BEFORE }],
    },
    becomes: {
      alerts: { total: 0, firing: 0, flaps: 0 },
      pages: [
        aPage({ key: "k", team: "payments", status: "resolved", carriedTo: 2 }),
        aPage({ key: "l", status: "resolved" }),
      ],
      escalation: anEscalation({ step: 2 }),
      teamEscalations: {},
      takenIn: [],
    },
  },
  { fact: { type: "alerts.unheard", data: { count: 1, since: NOW } }, becomes: {} },
];

describe("an event changes only its own fields", () => {
  test.each(ALERTING_ROWS)("$fact.type", expectEvolution);
});
