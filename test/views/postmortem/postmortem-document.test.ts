import { describe, expect, test } from "vitest";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import {
  assemblePostmortem,
  HUMAN_SECTIONS,
  type PostmortemDraft,
  type HumanSection,
} from "#domain/postmortem/postmortem.ts";
import { renderPostmortem } from "#views/postmortem/postmortem-document.ts";
import { ticketBody, ticketComment, ticketTitle } from "#views/tickets/ticket-content.ts";
import { ALERTMANAGER, ALICE, ALICE_PERSON } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { referenceDraft } from "#test/support/builders/reference-incident.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";

const firedFact: Fact = {
  type: "alerts.fired",
  data: { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] },
};
const STORY_STEPS: readonly (readonly [number, Fact])[] = [
  [0, openedFact({ detectedAt: NOW })],
  [0, firedFact],
  [3, { type: "incident.acknowledged", data: {} }],
  [3, { type: "role.assigned", data: { role: "commander", person: ALICE_PERSON } }],
  [
    5,
    {
      type: "priority.changed",
      data: {
        from: "P2",
        to: "P1",
        reason: "error rate 15 %",
        pin: null,
        unmapped: false,
        plan: aPolicy().priorities.P1,
      },
    },
  ],
  [16, { type: "incident.mitigated", data: {} }],
  [21, { type: "alerts.resolved", data: { count: 1, alerts: [aNote({ endsAt: NOW + 21 * MINUTE })] } }],
  [22, { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } }],
];

function evidencedDraft(steps: readonly (readonly [number, Fact])[], change: Partial<Incident> = {}): PostmortemDraft {
  const events: Event[] = steps.map(([minute, fact], i) =>
    anEvent(fact, {
      seq: i + 1,
      at: NOW + minute * MINUTE,
      actor: i < 2 ? ALERTMANAGER : ALICE,
      evidence: { command: `command ${i + 1}`, permalink: i === 2 ? "https://example.slack.com/p1" : null },
    }),
  );
  const incident = events.reduce<Incident | null>((before, event) => evolveIncident(before, event), null)!;
  return assemblePostmortem({ ...incident, ...change }, events, NOW + 60 * MINUTE);
}

/** The rows that have another number of cells than their table's heading, by splitting at bars that are not escaped. */
function raggedTables(markdown: string): string[] {
  let width: number | null = null;
  return markdown.split("\n").filter((line) => {
    if (!line.startsWith("| ")) {
      width = null;
      return false;
    }
    const cells = line.split(/(?<!\\)\|/).length;
    width ??= cells;
    return cells !== width;
  });
}

test("the draft of the reference incident, as it was reviewed line by line", async () => {
  await expect(renderPostmortem(referenceDraft(), {})).toMatchFileSnapshot("golden/reference-incident.md");
});

describe("the postmortem", () => {
  test("has every part that the organisation asks for", () => {
    const page = renderPostmortem(evidencedDraft(STORY_STEPS), {});
    for (const part of [
      "Summary",
      "Background",
      "Impact",
      "Metrics",
      "What broke",
      "Detection",
      "Response",
      "What we tried",
      "Timeline",
      "Root cause analysis",
      "What went well",
      "What could have been better",
      "Where we were lucky",
      "Action items",
      "Risks and open questions",
      "Has it happened before?",
      "Communications",
      "Supporting information",
      "Lessons learned",
      "Process improvements",
    ])
      expect(page).toContain(`\n## ${part}\n`);
  });

  test("asks the commander for the human sections", () => {
    expect(renderPostmortem(evidencedDraft(STORY_STEPS), {})).toContain(`TODO(Alice): ${HUMAN_SECTIONS.lessons}`);
    expect(renderPostmortem(evidencedDraft(STORY_STEPS.slice(0, 2)), {})).toContain(
      `TODO(incident commander): ${HUMAN_SECTIONS.lessons}`,
    );
  });

  test.each(Object.keys(HUMAN_SECTIONS) as HumanSection[])("keeps every word that people wrote under %s", (section) => {
    const words = "We wrote *this*, with a | bar.";
    expect(renderPostmortem(evidencedDraft(STORY_STEPS), { [section]: words })).toContain(words);
  });

  test("of an open incident is marked as such", () => {
    const page = renderPostmortem(evidencedDraft(STORY_STEPS.slice(0, 2)), {});
    expect(page).toContain("2026-11-21 14:32–… UTC");
    expect(page).toContain("it is not resolved yet. An alert detected it at once. No one acknowledged it.");
    expect(page).toContain("to now (alerts still fire)");
  });

  test.each(HOSTILE_TEXTS)("keeps its tables and its markup whatever stands in it: $name", ({ text }) => {
    const hostile = { ...ALICE_PERSON, name: text };
    const page = renderPostmortem(
      evidencedDraft(
        [
          [0, openedFact({ title: text, detectedAt: NOW, priorityReason: text })],
          [1, { type: "role.assigned", data: { role: "commander", person: hostile } }],
          [2, { type: "incident.resolved", data: { by: "person", reason: text, firing: 0 } }],
        ],
        { route: { ...anIncident().route, service: text } },
      ),
      {},
    );
    expect(raggedTables(page)).toEqual([]);
    expect(page).not.toMatch(/<(?!https?:\/\/|!-- muster:(?:human|end) [a-z-]+ -->\n)/);
    expect(page.split("\n").filter((line) => line.startsWith("# "))).toHaveLength(1);
  });
});

describe("the body of a ticket", () => {
  test("has what, why, whose, and a link", () => {
    expect(ticketBody(anIncident(), "http://m/INC-1").markdown).toMatchSnapshot();
  });

  test("mentions no one, with any label", () => {
    const body = ticketBody(anIncidentSaying("@everyone @octo-org/sre [~admin]"), "http://m/INC-1").markdown;
    expect(body).not.toMatch(/@\w/);
  });

  test("nor does a link: as text it mentions no one, as a link it leads to the same page", () => {
    const links = {
      runbook: "https://@octo-org",
      dashboards: [{ title: "d", url: "https://grafana.example/d/x?var-by=@everyone" }],
      source: "https://prom.example/graph,@alice",
    };
    const body = ticketBody(anIncident({ links }), "http://m/INC-1").markdown;
    expect(body).not.toContain("@");
    expect(body).toContain("https://grafana.example/d/x?var-by=%40everyone");
  });

  test("at the end has who resolved it and why, how long it took, and a link", () => {
    const over = anIncident({ status: "resolved", detectedAt: NOW, resolvedAt: NOW + 42 * 60_000 });
    const resolved = anEvent({
      type: "incident.resolved",
      data: { by: "person", reason: "rolled back @all", firing: 0 },
    });
    expect(ticketComment(over, resolved, "http://m/INC-1").markdown.split("\n")).toEqual([
      "Resolved by Alice: rolled back @\u2060all",
      expect.stringMatching(/^It took 42 min, until /) as string,
      "",
      "- Incident: http://m/INC-1",
      "- Postmortem: http://m/INC-1/postmortem",
    ]);
    expect(ticketComment({ ...over, private: true }, resolved, "http://m/INC-1").markdown).not.toContain("rolled back");
  });

  test("of a private incident has only a link", () => {
    const hidden = anIncident({ private: true, title: "leaked", priorityReason: "leaked" });
    expect(JSON.stringify([ticketTitle(hidden), ticketBody(hidden, "http://m/INC-1")])).not.toMatch(
      /leaked|order-service/,
    );
  });

  test.each(HOSTILE_TEXTS)("carries no markup from outside: $name", ({ text }) => {
    const body = ticketBody(anIncidentSaying(text), "http://m/INC-1").markdown;
    expect(body).not.toMatch(/<|(?<!\\)\[a\]/);
    expect(body.split("\n").length).toBeLessThan(25);
  });
});
