import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { plainText } from "#views/values/plain-text.ts";
import { incidentCard } from "#views/channel/incident-card.ts";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import { openIncidentsPage } from "#views/dashboard/incident-list-page.ts";
import { listMessage, statusMessage } from "#views/response/answer-messages.ts";
import { homeView } from "#views/response/home-tab.ts";
import { presentIncident } from "#views/response/api-resources.ts";
import { anEscalation, anIncident, aPage } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";

const PAGE = "http://localhost:3000/incidents/INC-1";

/** Orders is acknowledged by Alice; payments is not answered, and its first page failed; Frank was called. */
const shared = (overrides: Partial<Incident> = {}): Incident =>
  anIncident({
    status: "acknowledged",
    acknowledgedAt: NOW + MINUTE,
    acknowledgedBy: ALICE_PERSON,
    ackUntil: NOW + 61 * MINUTE,
    escalation: anEscalation({
      step: 1,
      answered: { by: ALICE_PERSON, at: NOW + MINUTE, page: "INC-1:1:P2:0", until: NOW + 31 * MINUTE },
    }),
    teamEscalations: { payments: anEscalation({ step: 2, rounds: 1, next: { to: "Dana", at: NOW + 10 * MINUTE } }) },
    pages: [
      aPage({ status: "acknowledged", acknowledgedAt: NOW + MINUTE }),
      aPage({ key: "INC-1:1:P2:1", to: "Bob", team: "payments", status: "failed" }),
      aPage({ key: "INC-1:1:P2:2", to: "Mia", team: "payments", people: ["mia"], held: ["mia"] }),
      aPage({ key: "INC-1:1:P2:3", to: "Frank", apart: true, status: "expired" }),
    ],
    ...overrides,
  });

const LINES = [
  "orders: acknowledged by Alice 2026-11-21 14:33:00 UTC · expires 2026-11-21 15:33:00 UTC without activity",
  "payments: not answered · Bob (page failed), Mia (paged, no direct message) · every step was paged once · next: Dana 2026-11-21 14:42:00 UTC",
  "Called by name: Frank (page expired)",
];

const htmlText = (html: string): string => html.replaceAll(/<[^>]*>/g, "");
const view = (incident: Incident) => ({
  incident,
  timeline: [],
  alerts: [],
  runs: [],
  mark: "1",
  filter: { kind: "all", text: "", page: 0 },
  answer: null,
  refusalOf: () => null,
  key: "key-key-1",
  links: (number: number) => ({ number }),
  now: NOW,
});

const roster = { policy: aPolicy(STAFFED_POLICY), overrides: [] };
const home = (incident: Incident): ChatMessage => ({
  text: "",
  parts: homeView([incident], [], roster, NOW, () => PAGE).parts,
});

describe.each<[string, (incident: Incident) => string]>([
  ["the card", (incident) => plainText(incidentCard(incident, PAGE))],
  ["the status", (incident) => plainText(statusMessage(incident, PAGE, NOW))],
  ["the incident's page", (incident) => htmlText(incidentPage(PAGE_FRAME, view(incident)))],
  ["the front page", (incident) => htmlText(openIncidentsPage(PAGE_FRAME, [incident], [], { now: NOW, mark: "1" }))],
])("%s", (_, written) => {
  test("has a line for each escalation, and one for who was called by name", () => {
    for (const line of LINES) expect(written(shared())).toContain(line);
  });

  test("has no such line when there is one escalation", () => {
    const alone = written(shared({ teamEscalations: {}, pages: [aPage()] }));
    expect(alone).not.toMatch(/orders: (?:acknowledged|not answered)/);
  });

  test("names what is new and was not seen, and until when", () => {
    const unseen = anEscalation({
      next: { to: "Alice", at: NOW + 20 * MINUTE },
      unseenSince: NOW + 5 * MINUTE,
      answered: { by: ALICE_PERSON, at: NOW, page: null, until: null },
    });
    expect(written(shared({ teamEscalations: { payments: unseen } }))).toContain(
      "payments: acknowledged by Alice 2026-11-21 14:32:00 UTC · something new fires since 2026-11-21 14:37:00 UTC · next: Alice 2026-11-21 14:52:00 UTC",
    );
  });

  test("has none when the incident has ended", () => {
    expect(written(shared({ status: "resolved", resolvedAt: NOW }))).not.toContain("not answered");
  });
});

test.each<[string, (incident: Incident) => string]>([
  ["the list", (incident) => plainText(listMessage([incident], () => PAGE))],
  ["the home", (incident) => plainText(home(incident))],
])("%s names the teams and people that have not answered", (_, written) => {
  expect(written(shared())).toContain("📣 not answered by payments (next: Dana 2026-11-21 14:42:00 UTC), Frank");
  expect(written(shared({ teamEscalations: {}, pages: [aPage()] }))).not.toContain("📣");
});

test("a page that did not get through stands beside the next step of one escalation", () => {
  const incident = anIncident({
    escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }),
    pages: [aPage({ status: "failed" })],
  });
  expect(plainText(statusMessage(incident, PAGE, NOW))).toContain(
    "Next: pages Mia 2026-11-21 14:32:00 UTC unless someone acknowledges · Alice (page failed)",
  );
});

test("a team whose steps are used up waits for a call, and not for a person", () => {
  const next = { to: "no one: no step is left", at: NOW };
  const one = anIncident({ escalation: anEscalation({ step: 3, next }), pages: [aPage()] });
  expect(plainText(statusMessage(one, PAGE, NOW))).toContain("Next: calls everyone who was paged 2026-11-21 14:32");
  const several = shared({ teamEscalations: { payments: anEscalation({ step: 3, next }) } });
  expect(plainText(statusMessage(several, PAGE, NOW))).toContain("next: a call to everyone who was paged, 2026-11-21");
});

test("the card and the incident's page offer to acknowledge as long as a team has not answered", () => {
  const offered = (incident: Incident) => [
    incidentCard(incident, PAGE).parts.some(
      (part) => part.kind === "buttons" && part.buttons.some(({ label }) => label === "Acknowledge"),
    ),
    incidentPage(PAGE_FRAME, view(incident)).includes('value="ack"'),
  ];
  expect(offered(shared())).toEqual([true, true]);
  expect(offered(shared({ teamEscalations: {} }))).toEqual([false, false]);
  expect(offered(shared({ status: "resolved", resolvedAt: NOW }))).toEqual([false, false]);
});

test("the incident's page offers to acknowledge each page that can be answered", () => {
  const page = incidentPage(PAGE_FRAME, view(shared()));
  expect([...page.matchAll(/value="(ack INC[^"]*)"/g)].map(([, words]) => words)).toEqual([
    "ack INC-1:1:P2:1",
    "ack INC-1:1:P2:2",
    "ack INC-1:1:P2:3",
  ]);
});

test("the API has each escalation with its pages, answer and next step", () => {
  expect(presentIncident(shared())).toMatchObject({
    escalations: [
      {
        team: "orders",
        own: true,
        answered: {
          by: ALICE_PERSON,
          at: "2026-11-21T14:33:00.000Z",
          until: "2026-11-21T15:33:00.000Z",
          page: "INC-1:1:P2:0",
        },
        next: null,
        pages: ["INC-1:1:P2:0"],
      },
      {
        team: "payments",
        own: false,
        answered: null,
        next: { to: "Dana", at: "2026-11-21T14:42:00.000Z" },
        usedUp: 1,
        unseenSince: null,
        pages: ["INC-1:1:P2:1", "INC-1:1:P2:2"],
      },
    ],
    calls: ["INC-1:1:P2:3"],
    pages: [
      { to: "Alice", status: "acknowledged", held: [] },
      { to: "Bob", status: "failed", held: [] },
      { to: "Mia", status: "sent", held: ["mia"] },
      { to: "Frank", status: "expired", held: [] },
    ],
  });
});

test("the answer of an incident that an earlier version stored is known", () => {
  const incident = anIncident({
    status: "acknowledged",
    acknowledgedAt: NOW,
    acknowledgedBy: ALICE_PERSON,
    ackUntil: NOW + MINUTE,
  });
  expect(presentIncident(incident)).toMatchObject({
    escalations: [
      { answered: { by: ALICE_PERSON, at: "2026-11-21T14:32:00.000Z", until: "2026-11-21T14:33:00.000Z" } },
    ],
  });
});
