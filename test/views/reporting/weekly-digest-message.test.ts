import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { plainText } from "#views/values/plain-text.ts";
import { weeklyMessage } from "#views/reporting/weekly-digest-message.ts";
import { anIncident, aPage } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { expectNoForeignMarkup, expectWithinSlackLimits } from "#test/support/doubles/slack/block-kit.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

const WEEK = 7 * 24 * HOUR;
const statisticsOver = (incidents: readonly Incident[], to = NOW + HOUR): IncidentStatistics =>
  computeStatistics(incidents, {
    from: to - WEEK,
    to,
    now: NOW + HOUR,
    service: null,
    private: false,
    zone: "UTC",
    slos: new Map([["order-service", 99.9]]),
  });
const pageUrl = (number: number): string => `http://m/incidents/INC-${number}`;
const lasting = (number: number, minutes: number, overrides: Partial<Incident> = {}): Incident =>
  anIncident({
    number,
    status: "resolved",
    peak: "P1",
    detectedAt: NOW,
    acknowledgedAt: NOW + MINUTE,
    mitigatedAt: NOW,
    resolvedAt: NOW + minutes * MINUTE,
    pages: [aPage()],
    ...overrides,
  });

describe("the weekly digest", () => {
  test("counts what verified runbooks mitigated, and omits runbooks that did nothing", () => {
    const digestWeek = {
      from: NOW + HOUR - WEEK,
      to: NOW + HOUR,
      now: NOW + HOUR,
      service: null,
      private: false,
      zone: "UTC",
      slos: new Map<string, number>(),
    };
    const incidents = [lasting(1, 22, { mitigatedAt: NOW + 9 * MINUTE }), lasting(2, 40), lasting(3, 4)];
    const runs = [{ incident: 1, wroteAt: NOW + 5 * MINUTE, attended: true }];
    expect(
      plainText(weeklyMessage(computeStatistics(incidents, { ...digestWeek, runs }), statisticsOver([]), pageUrl)),
    ).toContain("\nVerified runbooks mitigated 0 of 3 (0 %) without a person, 1 of 3 (33 %) with approval\n");
    expect(
      plainText(weeklyMessage(computeStatistics(incidents, digestWeek), statisticsOver([]), pageUrl)),
    ).not.toContain("runbooks mitigated");
  });

  test("compares the week with the week before, and suggests what to do", () => {
    const week = statisticsOver([
      lasting(1, 22, { links: { ...anIncident().links, runbook: null } }),
      lasting(2, 40, { links: { ...anIncident().links, runbook: null }, acknowledgedAt: null, resolvedBy: "alerts" }),
      lasting(3, 4, {
        key: '["search","Slow"]',
        tasks: [{ id: 1, kind: "followup", text: "add an alert", owner: null, due: "2026-11-20", doneAt: null }],
      }),
    ]);
    expect(plainText(weeklyMessage(week, statisticsOver([]), pageUrl))).toMatchInlineSnapshot(`
      "The week 2026-11-14 to 2026-11-21
      3 incidents (P1 3), the week before 0; 0 still open
      Mean to acknowledge 1 min (was –) · to resolve 22 min (was –) · p90 to resolve 36 min
      3 pages, 0 in the night: Alice 3
      Error budgets
      🐢 order-service in 2026-11: slow down, 99.865 % up, 3 min 12 s left
      Actions past due
      INC-3 (http://m/incidents/INC-3) add an alert, unassigned, was due 2026-11-20
      Alerts that led to nothing
      1 of 3 incidents: INC-2 (http://m/incidents/INC-2)
      Came more than once
      order-service · HighLatency: 2 × (INC-1 (http://m/incidents/INC-1), INC-2 (http://m/incidents/INC-2))
      Without a runbook
      order-service · HighLatency: 2 × (INC-1 (http://m/incidents/INC-1), INC-2 (http://m/incidents/INC-2))
      Definitions: docs/statistics.md · hours in UTC · drills, canceled, merged and private incidents are left out"
    `);
  });

  test("of a quiet week is one sentence", () => {
    const message = weeklyMessage(statisticsOver([]), statisticsOver([lasting(1, 5)]), pageUrl);
    expect(message.parts).toHaveLength(2);
    expect(plainText(message)).toContain("It was quiet: no incident (1 the week before).");
  });

  test.each(HOSTILE_TEXTS)("keeps Slack's limits and its own markup whatever stands in it: $name", ({ text }) => {
    const many = Array.from({ length: 30 }, (_, i) =>
      anIncidentSaying(text, {
        number: i + 1,
        drill: false,
        key: JSON.stringify([text.slice(0, 500), Math.floor(i / 2)]),
        peak: "P0",
        links: { runbook: null, dashboards: [], source: null },
        tasks: [{ id: 1, kind: "followup", text, owner: { id: text, name: text }, due: "2026-01-01", doneAt: null }],
      }),
    );
    const message = renderMessage(weeklyMessage(statisticsOver(many), statisticsOver(many), pageUrl));
    expectWithinSlackLimits(message);
    expectNoForeignMarkup(message);
  });
});
