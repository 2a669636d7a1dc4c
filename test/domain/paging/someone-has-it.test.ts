import { describe, expect, test } from "vitest";
import { UNANSWERED_ESCALATION } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

const answered = (until: number | null) => ({ by: ALICE_PERSON, at: NOW, page: null, until });
const runs = (at: number) => ({ ...UNANSWERED_ESCALATION, step: 1, next: { to: "Mia", at } });

describe("a team without an owner", () => {
  test.each<[string, Partial<Incident>, readonly (string | null)[], readonly (string | null)[]]>([
    ["none, as a step is due", { escalation: runs(NOW + MINUTE) }, ["orders"], []],
    ["its own, whose step was due long ago", { escalation: runs(NOW - 3 * MINUTE) }, ["orders"], [null]],
    [
      "its own, whose step is due in 2 h: the clock was set back",
      { escalation: runs(NOW + 2 * HOUR) },
      ["orders"],
      [null],
    ],
    [
      "none, as it begins again in 4 h",
      { priority: "P1", escalation: { ...runs(NOW + 4 * HOUR), rounds: 6 } },
      ["orders"],
      [],
    ],
    ["its own, whose step is due in days", { escalation: runs(NOW + 72 * HOUR) }, ["orders"], [null]],
    ["its own, for which nothing is due", {}, ["orders"], [null]],
    [
      "none, as it is acknowledged",
      {
        status: "acknowledged",
        ackUntil: NOW + HOUR,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW + HOUR) },
      },
      ["orders", null],
      [],
    ],
    [
      "its own, as the acknowledgement should have expired",
      {
        status: "acknowledged",
        ackUntil: NOW - 3 * MINUTE,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW - 3 * MINUTE) },
      },
      [],
      [null],
    ],
    ["another, which was never called", { escalation: runs(NOW + MINUTE) }, ["payments"], ["payments"]],
    [
      "another, although its own has answered",
      {
        status: "acknowledged",
        ackUntil: NOW + HOUR,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW + HOUR) },
        teamEscalations: { payments: UNANSWERED_ESCALATION },
      },
      ["orders", "payments"],
      ["payments"],
    ],
    ["none, at a priority that pages no one", { plan: aPolicy().priorities.P3 }, ["orders", "payments"], []],
  ])("is %s", (_, incident, owners, expected) => {
    expect(teamsWithoutOwner(anIncident(incident), owners, NOW)).toEqual(expected);
  });
});
