import { expect, test } from "vitest";
import { recentHandoffs } from "#domain/oncall/oncall.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const novemberInstant = (text: string): number => parseInstant(`2026-11-${text}Z`)!;
// From the first of January 2024, which is a Monday, they hand over on Mondays at 09:00; the 23rd is one.
const policy = aPolicy({
  people: { alice: { slack: "U0ALICE01" }, bob: { slack: "U0BOB0001" } },
  schedules: {
    turns: { layers: [{ people: ["alice", "bob"] }] },
    alone: { layers: [{ people: ["alice"] }] },
    office: { layers: [{ people: ["alice"], only: [{ days: ["monday"], from: "09:00", to: "17:00" }] }] },
  },
});
const standIn = (schedule: string, from: string, until: string): Override => ({
  schedule,
  person: "bob",
  from: novemberInstant(from),
  until: novemberInstant(until),
  source: "person",
});

test.each<[string, string, string, readonly Override[], readonly string[]]>([
  ["from one to the next is told at its instant", "turns", "23T09:00:00", [], ["23T09:00:00"]],
  ["is told no earlier", "turns", "23T08:59:59", [], []],
  ["is still told half an hour later", "turns", "23T09:29:59", [], ["23T09:00:00"]],
  ["is told no more after half an hour", "turns", "23T09:30:00", [], []],
  ["from someone to themselves is none", "alone", "23T09:00:00", [], []],
  ["from no one is one", "office", "23T09:10:00", [], ["23T09:00:00"]],
  ["to no one is one", "office", "23T17:10:00", [], ["23T17:00:00"]],
  [
    "to someone who stands in, and back, are two",
    "alone",
    "24T12:20:00",
    [standIn("alone", "24T12:00:00", "24T12:15:00")],
    ["24T12:00:00", "24T12:15:00"],
  ],
  ["of another schedule is none", "alone", "24T12:20:00", [standIn("turns", "24T12:00:00", "24T12:15:00")], []],
  ["of a schedule that is not there is none", "other", "23T09:00:00", [], []],
])("a hand-off %s", (_, schedule, now, overrides, handoffs) => {
  const found = recentHandoffs({ policy, overrides }, schedule, novemberInstant(now));
  expect(found.toSorted((a, b) => a - b)).toEqual(handoffs.map(novemberInstant));
});
