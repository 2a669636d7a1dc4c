import { describe, expect, test } from "vitest";
import { buildTimeline } from "#domain/events/timeline.ts";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";
import { anIncidentView, aTimelineSaying } from "#test/support/builders/views/incident-view.ts";

/** What people read of a page: programs read the instants of it too. */
const untimed = (page: string): string => page.replaceAll(/<\/?time[^>]*>/g, "");

describe("the page of an incident", () => {
  test("links its postmortem, its links and its channel, and shows its timeline", () => {
    const page = incidentPage(
      PAGE_FRAME,
      anIncidentView({ timeline: aTimelineSaying("latency"), alerts: [anAlert()] }),
    );
    for (const part of [
      'href="/incidents/INC-1/postmortem"',
      'href="https://runbooks.example/orders"',
      'href="https://example.slack.com/archives/C0INC0001"',
      "INC-1 opened as P2",
      "14:32:00",
      "p95 latency above 5 s",
    ])
      expect(page).toContain(part);
  });

  test.each([
    {
      overrides: { escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }) },
      says: "Muster pages Mia 2026-11-21 14:32:00 UTC unless someone acknowledges.",
    },
    { overrides: { quietUntil: NOW }, says: "Resolves at <b>2026-11-21 14:32:00 UTC</b> unless an alert fires" },
    {
      overrides: { acknowledgedAt: NOW, acknowledgedBy: { id: "U1", name: "Alice" } },
      says: "2026-11-21 14:32:00 UTC by Alice",
    },
    {
      overrides: { channel: null, links: { runbook: null, dashboards: [], source: null } },
      says: "<dt>Links</dt><dd>none</dd>",
    },
  ])("shows: $says", ({ overrides, says }) => {
    expect(untimed(incidentPage(PAGE_FRAME, anIncidentView({ incident: anIncident(overrides) })))).toContain(says);
  });

  test.each([
    { status: "triggered", offers: ["ack", "ic", "role scribe", "mitigate", "escalate"] },
    { status: "acknowledged", offers: ["ic", "role scribe", "mitigate"] },
    { status: "resolved", offers: ["reopen", "close"] },
    { status: "closed", offers: [] },
  ] as const)("offers what can be done about one that is $status: $offers", ({ status, offers }) => {
    const page = incidentPage(PAGE_FRAME, anIncidentView({ incident: anIncident({ status }) }));
    expect(Array.from(page.matchAll(/<button name="text" value="([^"]*)"/g), ([, says]) => says)).toEqual(offers);
    expect(page).toContain('<input type="hidden" name="csrf" value="csrf-token">');
  });
});

test.each([
  { says: "nothing fires", overrides: { alerts: { ...anIncident().alerts, firing: 0 } }, button: true, asks: null },
  { says: "an alert fires", overrides: {}, button: false, asks: "Why it is over although 1 alert still fires" },
  {
    says: "someone owes the reason of its end",
    overrides: { status: "resolved", reasonOwedBy: ALICE_PERSON },
    button: false,
    asks: "Why it was ended while alerts fired",
  },
] as const)("resolving asks why when it has to: $says", ({ overrides, button, asks }) => {
  const page = incidentPage(PAGE_FRAME, anIncidentView({ incident: anIncident(overrides) }));
  expect(page.includes('<button name="text" value="resolve"')).toBe(button);
  expect(
    /name="about" value="resolve"><label class="wide">([^<]*)<input name="text" required/.exec(page)?.[1] ?? null,
  ).toBe(asks);
});

describe("a long timeline", () => {
  const long = buildTimeline(
    Array.from({ length: 5_000 }, (_, i) =>
      anEvent({ type: "note.added", data: { text: `note ${i}` } }, { seq: i + 1, at: NOW + i * MINUTE }),
    ),
  );

  test("shows its latest part, and leads to the earlier ones", () => {
    const page = incidentPage(PAGE_FRAME, anIncidentView({ timeline: long }));
    expect(page).toContain("5000 of 5000 entries");
    expect(page).toContain("Part 20 of 20");
    expect(page).toContain("note 4999");
    expect(page).not.toContain("note 4749<");
    expect(page).toContain("page=19#timeline");
  });

  test.each([
    { kind: "notes", text: "", found: 5_000 },
    { kind: "alerts", text: "", found: 0 },
    { kind: "all", text: "NOTE 499", found: 11 },
    { kind: "unheard-of", text: "", found: 5_000 },
  ])("is narrowed to $kind, “$text”: $found entries", ({ kind, text, found }) => {
    expect(incidentPage(PAGE_FRAME, anIncidentView({ timeline: long, filter: { kind, text, page: 0 } }))).toContain(
      `${found} of 5000 entries`,
    );
  });
});
