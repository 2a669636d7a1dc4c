import { describe, expect, test } from "vitest";
import { timeline } from "#domain/timeline.ts";
import { incidentPage, listPage, messagePage, postmortemPage } from "#views/pages.ts";
import { anAlert, anEvent, anIncident, HOUR, MINUTE, NOW, opened } from "#test/support/builders.ts";
import { anIncidentSaying, HOSTILE } from "#test/support/hostile.ts";

const entries = (title: string) => timeline([anEvent(opened({ title }), { evidence: { command: title, permalink: null } })]);

/** The tags of a page that this project does not write itself. */
function foreignTags(page: string): string[] {
  const own =
    /^<(?:!doctype html|\/?(?:html|head|meta|title|style|body|main|p|a|h1|h2|table|thead|tbody|tr|th|td|br|span|div|dl|dt|dd|time|pre)(?: (?:lang|charset|name|content|href|class|rel|datetime)="[^"<>]*")*)>$/;
  return (page.match(/<[^>]*>?/g) ?? []).filter((tag) => !own.test(tag));
}

describe("every page", () => {
  test.each([
    ...HOSTILE,
    { name: "an attribute", text: `"' onmouseover=alert(1) x="` },
    { name: "a script", text: "</style></title><script>alert(1)</script>" },
  ])("escapes what comes from outside: $name", ({ text }) => {
    const incident = anIncidentSaying(text);
    const alert = anAlert({ labels: JSON.parse(JSON.stringify({ [text]: text, severity: "P2" })) as Record<string, string>, annotations: { summary: text } });
    for (const page of [listPage([incident], NOW), incidentPage(incident, entries(text), [alert]), postmortemPage("INC-1", text), messagePage(text, text)]) {
      expect(foreignTags(page)).toEqual([]);
      expect(page.endsWith("</main></body></html>")).toBe(true);
    }
  });
});

describe("the list", () => {
  test("shows what is on fire before what is over", () => {
    const page = listPage(
      [anIncident({ number: 2, status: "resolved", resolvedAt: NOW + 22 * MINUTE, detectedAt: NOW }), anIncident({ number: 1, detectedAt: NOW })],
      NOW + HOUR,
    );
    expect(page.indexOf("/incidents/INC-1")).toBeLessThan(page.indexOf("/incidents/INC-2"));
    expect(page).toContain("for 1 h");
    expect(page).toContain("took 22 min");
  });

  test("of nothing says so", () => {
    expect(listPage([], NOW)).toContain("Nothing. Sleep well.");
    expect(listPage([], NOW)).toContain("No incident has ended yet.");
  });

  test.each([
    { priority: "P0", hot: true },
    { priority: "P1", hot: true },
    { priority: "P2", hot: false },
  ] as const)("marks a $priority: $hot", ({ priority, hot }) => {
    expect(listPage([anIncident({ priority })], NOW).includes(`<td class="hot">`)).toBe(hot);
  });
});

describe("the page of an incident", () => {
  test("leads to its postmortem, its links and its channel, and tells its timeline", () => {
    const page = incidentPage(anIncident(), entries("latency"), [anAlert()]);
    for (const part of [
      'href="/incidents/INC-1/postmortem"',
      'href="https://runbooks.example/orders"',
      'href="https://example.slack.com/archives/C0INC0001"',
      "INC-1 opened as P2",
      "2026-11-21 14:32:00",
      "p95 latency above 5 s",
    ])
      expect(page).toContain(part);
  });

  test.each([
    { overrides: { escalation: { step: 1, next: { to: "Mia", at: NOW } } }, says: "pages Mia at 2026-11-21 14:32:00 UTC" },
    { overrides: { quietUntil: NOW }, says: "resolves at 2026-11-21 14:32:00 UTC unless an alert fires" },
    { overrides: { acknowledgedAt: NOW, acknowledgedBy: { id: "U1", name: "Alice" } }, says: "2026-11-21 14:32:00 UTC by Alice" },
    { overrides: { channel: null, links: { runbook: null, dashboards: [], source: null } }, says: "<dt>Links</dt><dd>none</dd>" },
  ])("says: $says", ({ overrides, says }) => {
    expect(incidentPage(anIncident(overrides), [], [])).toContain(says);
  });
});
