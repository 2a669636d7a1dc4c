import { describe, expect, test } from "vitest";
import { affectedScope } from "#domain/postmortem/affected-scope.ts";
import { impactSection } from "#views/postmortem/incident-sections.ts";
import { assemblePostmortem } from "#domain/postmortem/postmortem.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";

describe("where an incident was felt", () => {
  test("comes from the labels of its alerts, most frequent first, and is empty without them", () => {
    const eu = { alertname: "Slow", env: "production", region: "eu-1" };
    expect(affectedScope([{ ...eu, region: "us-1" }, eu, eu, { alertname: "Other" }])).toEqual([
      { label: "env", values: [["production", 3]], more: 0 },
      {
        label: "region",
        values: [
          ["eu-1", 2],
          ["us-1", 1],
        ],
        more: 0,
      },
    ]);
    expect(affectedScope([{ alertname: "Slow" }])).toEqual([]);
    expect(affectedScope([])).toEqual([]);
  });

  test("lists eight places and counts the rest", () => {
    const [found] = affectedScope(Array.from({ length: 10 }, (_, i) => ({ zone: `z${i}` })));
    expect([found!.values.length, found!.more]).toEqual([8, 2]);
  });

  test("appears in the draft under its impact, with any labels", () => {
    const labels = [{ region: "eu-1" }, { region: "eu-1" }, { region: "<script>|*x*" }];
    const text = impactSection(assemblePostmortem(anIncident(), [], NOW, { labels }));
    expect(text).toContain("Where, by its alerts: region eu-1 (2 alerts), ");
    expect(text).not.toContain("<script>");
    expect(impactSection(assemblePostmortem(anIncident(), [], NOW))).not.toContain("Where");
  });
});
