import { expect, test } from "vitest";
import type { VerifiedRun } from "#domain/reporting/remediated-incidents.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { findRemediatedIncidents } from "#test/support/builders/reporting/expected-parts.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

const endedIncident = (number: number, mitigated: number | null, resolved: number | null, change = {}) =>
  anIncident({
    number,
    status: resolved === null ? "triggered" : "resolved",
    mitigatedAt: mitigated === null ? null : NOW + mitigated * MINUTE,
    resolvedAt: resolved === null ? null : NOW + resolved * MINUTE,
    ...change,
  });
const listed = (...items: readonly number[]) => ({ count: items.length, items });
const ran = (incident: number, minute: number, attended: boolean): VerifiedRun => ({
  incident,
  wroteAt: NOW + minute * MINUTE,
  attended,
});

/**
 * Counted by hand: eight incidents, seven of them resolved.
 *
 *     mitigated  resolved  verified runs                       counts as
 * 1   –          10        at 3, alone                          alone
 * 2   8          20        at 5, approved                       approved
 * 3   4          20        at 5, alone: after the mitigation    nothing
 * 4   –          30        none                                 nothing
 * 5   –          30        at 3 alone and at 9 approved         approved
 * 6   –          –         at 3, alone: it is open              not resolved
 * 7   –          10        at 10, alone: at that very instant   alone
 * 8   –          10        at 11, alone: after the end          nothing
 */
const CASES = [
  endedIncident(1, null, 10),
  endedIncident(2, 8, 20),
  endedIncident(3, 4, 20),
  endedIncident(4, null, 30),
  endedIncident(5, null, 30),
  endedIncident(6, null, null),
  endedIncident(7, null, 10),
  endedIncident(8, null, 10),
];
const RUNS = [
  ran(1, 3, false),
  ran(2, 5, true),
  ran(3, 5, false),
  ran(5, 3, false),
  ran(5, 9, true),
  ran(6, 3, false),
  ran(7, 10, false),
  ran(8, 11, false),
  ran(99, 1, false),
];

test("an incident was remediated when a verified run came before its mitigation, alone or with a person, counted by hand", () => {
  expect(findRemediatedIncidents(CASES, RUNS)).toEqual({ resolved: 7, alone: listed(1, 7), approved: listed(2, 5) });
});

test("finds nothing without incidents or runs", () => {
  expect([findRemediatedIncidents([], RUNS), findRemediatedIncidents(CASES, [])]).toEqual([
    { resolved: 0, alone: listed(), approved: listed() },
    { resolved: 7, alone: listed(), approved: listed() },
  ]);
});

test("ignores drills, private incidents and other periods; an entry of the catalog counts as a runbook", () => {
  const requests = {
    from: NOW - HOUR,
    to: NOW + HOUR,
    now: NOW + HOUR,
    service: null,
    private: false,
    zone: "UTC",
    slos: new Map<string, number>(),
  };
  const bare = { links: { runbook: null, dashboards: [], source: null } };
  const cases = [
    endedIncident(1, null, 10, bare),
    endedIncident(2, 8, 20, { drill: true }),
    endedIncident(5, null, 30, { private: true }),
    endedIncident(7, null, 10, { openedAt: NOW - 2 * HOUR }),
  ];
  expect(computeStatistics(cases, { ...requests, runs: RUNS })).toMatchObject({
    remediated: { resolved: 1, alone: listed(1), approved: listed() },
    withoutRunbook: { count: 1, items: [{ incidents: [1] }] },
  });
  expect(computeStatistics(cases, { ...requests, cataloged: new Set([1]) }).withoutRunbook.count).toBe(0);
});
