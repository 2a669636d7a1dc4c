import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { anIncident, aPage } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { summarizeFigures } from "#test/support/builders/reporting/expected-statistics.ts";

const lasting = (minutes: number, overrides: Partial<Incident> = {}) =>
  anIncident({
    status: "resolved",
    detectedAt: NOW,
    acknowledgedAt: NOW + MINUTE,
    mitigatedAt: NOW + 2 * MINUTE,
    resolvedAt: NOW + minutes * MINUTE,
    ...overrides,
  });

describe("figures", () => {
  test("of no incidents are empty", () => {
    expect(summarizeFigures([])).toEqual({
      total: 0,
      open: 0,
      byPriority: {},
      pages: 0,
      acknowledge: null,
      mitigate: null,
      resolve: null,
    });
  });

  test.each([
    { minutes: [3], median: 3 },
    { minutes: [30, 3, 10], median: 10 },
    { minutes: [1, 3, 1_000, 5], median: 4 },
  ])("of $minutes minutes have the median $median, with any maximum", ({ minutes, median }) => {
    expect(summarizeFigures(minutes.map((each) => lasting(each))).resolve).toBe(median * MINUTE);
  });

  test("group by the peak priority, and leave out canceled incidents", () => {
    const all = [
      anIncident({ priority: "P2", peak: "P0" }),
      anIncident({ priority: "P2" }),
      lasting(5, { peak: "P2" }),
      anIncident({ drill: true, peak: "P0" }),
      anIncident({ status: "canceled", peak: "P0" }),
      anIncident({ status: "merged", peak: "P0" }),
    ];
    expect(summarizeFigures(all)).toMatchObject({ total: 3, open: 2, byPriority: { P0: 1, P2: 2 } });
  });

  test("ignore unknown values: an open incident has no time to resolve", () => {
    expect(summarizeFigures([anIncident(), lasting(7)])).toMatchObject({
      acknowledge: MINUTE,
      mitigate: 2 * MINUTE,
      resolve: 7 * MINUTE,
    });
  });

  test("count delivered pages, and no duration is negative", () => {
    const pages = [aPage(), aPage({ status: "failed" }), aPage({ status: "acknowledged" })];
    expect(summarizeFigures([lasting(-3, { pages })])).toMatchObject({ pages: 2, resolve: 0 });
  });
});
