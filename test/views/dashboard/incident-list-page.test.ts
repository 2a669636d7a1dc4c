import { describe, expect, test } from "vitest";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import { openIncidentsPage, incidentListPage } from "#views/dashboard/incident-list-page.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";
import { anIncidentView, INCIDENT_LIST } from "#test/support/builders/views/incident-view.ts";

describe("the open incidents", () => {
  test("come before the ended ones", () => {
    const page = openIncidentsPage(
      PAGE_FRAME,
      [anIncident({ number: 1, detectedAt: NOW })],
      [anIncident({ number: 2, status: "resolved", resolvedAt: NOW + 22 * MINUTE, detectedAt: NOW })],
      { now: NOW + HOUR, mark: "m" },
    );
    expect(page.indexOf("/incidents/INC-1")).toBeLessThan(page.indexOf("/incidents/INC-2"));
    expect(page).toContain("for <b>1 h</b>");
    expect(page).toContain("22 min");
    expect(page).toContain('data-live="/live?mark=m"');
  });

  test("have a note when there are none", () => {
    const page = openIncidentsPage(PAGE_FRAME, [], [], { now: NOW, mark: "" });
    expect(page).toContain("Nothing. Sleep well.");
    expect(page).toContain("No incident has ended yet.");
  });

  test("name those that ended while alerts fire, and then all is not well", () => {
    const firing = anIncident({
      number: 7,
      status: "resolved",
      resolvedAt: NOW,
      alerts: { total: 2, firing: 2, flaps: 0 },
      recheck: { at: NOW + 30 * MINUTE, since: NOW, by: { id: "U0ALICE01", name: "Alice" } },
    });
    const page = openIncidentsPage(PAGE_FRAME, [], [], { now: NOW, mark: "", firing: [firing] });
    expect(page).not.toContain("Sleep well");
    expect(page).not.toContain("All quiet");
    expect(page).toMatch(/INC-7 [^<]+<\/a><br><span class="small">2 alerts still fire; checked again at/);
  });

  test("reload where there are no scripts", () => {
    expect(openIncidentsPage(PAGE_FRAME, [], [], { now: NOW, mark: "" })).toContain(
      '<noscript><meta http-equiv="refresh" content="30"></noscript>',
    );
    expect(incidentPage(PAGE_FRAME, anIncidentView())).not.toContain("http-equiv");
  });
});

describe("the list", () => {
  test("leads to older ones with the same filter", () => {
    const page = incidentListPage(PAGE_FRAME, [anIncident()], {
      ...INCIDENT_LIST,
      filter: { status: "over", priority: "P1", service: "a&b" },
      next: 17,
    });
    expect(page).toContain("/incidents?status=over&#38;priority=P1&#38;service=a%26b&#38;before=17");
    expect(page).toContain("<option selected>P1</option>");
  });
});
