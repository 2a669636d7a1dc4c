import { describe, expect, test } from "vitest";
import { followMerges, gathersPeople } from "#domain/alerting/alerting-memory.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { STATUSES, isOpen } from "#domain/values/language.ts";
import { anIncident } from "#test/support/builders/incidents.ts";

const merged = (number: number, into: number): Incident => anIncident({ number, status: "merged", mergedInto: into });

describe("where an incident went on", () => {
  const chain = Array.from({ length: 30 }, (_, i) => merged(100 + i, 101 + i));
  const all = new Map(
    [anIncident({ number: 1 }), merged(2, 1), merged(3, 2), merged(4, 99), merged(5, 6), merged(6, 5), ...chain].map(
      (incident) => [incident.number, incident],
    ),
  );
  const find = (number: number): Incident | null => all.get(number) ?? null;

  test.each([
    ["itself, unless it was merged", 1, 1],
    ["the one it was merged into", 2, 1],
    ["the one where that went on", 3, 1],
    ["nowhere, where the other is not to be found", 4, null],
    ["somewhere in a circle, which ends", 5, 5],
    ["20 merges on at most", 100, 120],
  ])("is %s", (_, from, to) => {
    expect(followMerges(find(from), find)?.number ?? null).toBe(to);
  });

  test("is nowhere for no incident", () => expect(followMerges(null, find)).toBeNull());
});

describe("people gather", () => {
  test.each(STATUSES.flatMap((status) => [true, false].map((channel) => [status, channel] as const)))(
    "for one that is %s, with a channel: %s",
    (status, channelRequested) => {
      expect(gathersPeople({ status, channelRequested, private: false })).toBe(channelRequested && isOpen(status));
      expect(gathersPeople({ status, channelRequested, private: true })).toBe(false);
    },
  );
});
