import { describe, test } from "vitest";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { expectEvolution, type EvolutionRow } from "#test/support/builders/core/evolution.ts";
import { aPage, anEscalation } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const PAGING_ROWS: readonly EvolutionRow[] = [
  {
    fact: {
      type: "pages.carried",
      data: {
        from: 2,
        pages: [aPage({ key: "k", requestedAt: NOW - MINUTE, origin: { incident: 2, team: "orders" } })],
        escalations: [{ state: anEscalation({ step: 1 }) }, { team: "payments", state: anEscalation({ step: 2 }) }],
        acknowledged: { id: "bob", name: "Bob" },
      },
    },
    was: { pages: [aPage({ key: "l" }), aPage({ key: "k", status: "resolved", carriedTo: 2 })] },
    becomes: {
      status: "acknowledged",
      acknowledgedAt: NOW + MINUTE,
      acknowledgedBy: { id: "bob", name: "Bob" },
      pages: [
        aPage({ key: "k", requestedAt: NOW - MINUTE, origin: { incident: 2, team: "orders" } }),
        aPage({ key: "l" }),
      ],
      escalation: anEscalation({ step: 1 }),
      teamEscalations: { payments: anEscalation({ step: 2 }) },
    },
  },
  {
    fact: { type: "alarm.reported", data: { key: "k", to: "Alice", what: "resolved", at: NOW } },
    was: { pages: [aPage({ key: "k", reported: { what: "acknowledged", at: NOW - MINUTE } }), aPage({ key: "l" })] },
    becomes: { pages: [aPage({ key: "k", reported: { what: "resolved", at: NOW } }), aPage({ key: "l" })] },
  },
  {
    fact: { type: "page.expired", data: { key: "k", to: "Alice", reason: "r" } },
    was: { pages: [aPage({ key: "k", status: "sent" }), aPage({ key: "l" })] },
    becomes: { pages: [aPage({ key: "k", status: "expired" }), aPage({ key: "l" })] },
  },
  {
    fact: { type: "page.acknowledged", data: { key: "k", to: "Bob", also: ["l"] } },
    was: {
      pages: [aPage({ key: "k", team: "payments" }), aPage({ key: "l", team: "payments" }), aPage({ key: "m" })],
      teamEscalations: { payments: anEscalation({ step: 2, next: { to: "Mia", at: NOW }, rounds: 1 }) },
    },
    becomes: {
      pages: [
        aPage({
          key: "k",
          team: "payments",
          status: "acknowledged",
          acknowledgedAt: NOW + MINUTE,
          answeredBy: ALICE_PERSON,
        }),
        aPage({
          key: "l",
          team: "payments",
          status: "acknowledged",
          acknowledgedAt: NOW + MINUTE,
          answeredBy: ALICE_PERSON,
        }),
        aPage({ key: "m" }),
      ],
      teamEscalations: {
        payments: anEscalation({
          step: 2,
          answered: { by: ALICE_PERSON, at: NOW + MINUTE, page: "k", until: NOW + 60 * MINUTE },
        }),
      },
    },
  },
  {
    fact: { type: "page.acknowledged", data: { key: "k", to: "Bob", also: [] } },
    was: { pages: [aPage({ key: "k", apart: true })], escalation: anEscalation({ next: { to: "Mia", at: NOW } }) },
    becomes: {
      pages: [
        aPage({
          key: "k",
          apart: true,
          status: "acknowledged",
          acknowledgedAt: NOW + MINUTE,
          answeredBy: ALICE_PERSON,
        }),
      ],
    },
  },
  {
    fact: { type: "page.expired", data: { key: "k", to: "Alice", reason: "r" } },
    was: { pages: [aPage({ key: "k", status: "acknowledged" }), aPage({ key: "l", status: "failed" })] },
    becomes: { pages: [aPage({ key: "k", status: "expired" }), aPage({ key: "l", status: "failed" })] },
  },
  {
    fact: { type: "escalation.started", data: { team: "payments", reason: "r" } },
    was: { pages: [aPage({ key: "k", team: "payments", status: "acknowledged" })] },
    becomes: {
      pages: [aPage({ key: "k", team: "payments", status: "expired" })],
      teamEscalations: { payments: anEscalation() },
    },
  },
  {
    fact: { type: "escalation.unstaffed", data: { reason: "r", team: "orders", due: NOW, again: NOW + MINUTE } },
    was: { escalation: anEscalation({ unstaffed: { times: 1, until: NOW } }) },
    becomes: { escalation: anEscalation({ unstaffed: { times: 2, until: NOW + MINUTE } }) },
  },
  {
    fact: { type: "escalation.armed", data: { step: 1, to: "Mia", due: NOW } },
    was: { escalation: anEscalation({ unstaffed: { times: 2, until: NOW } }) },
    becomes: { escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }) },
  },
  {
    fact: { type: "escalation.ended", data: { team: "payments", pages: ["k"] } },
    was: {
      pages: [aPage({ key: "k", team: "payments", status: "sent" })],
      teamEscalations: { payments: anEscalation({ next: { to: "Mia", at: NOW } }) },
    },
    becomes: { pages: [aPage({ key: "k", team: "payments", status: "resolved" })], teamEscalations: {} },
  },
  {
    fact: { type: "attention.requested", data: { to: ALICE_PERSON, reason: "host 2", team: "payments" } },
    was: { teamEscalations: { payments: anEscalation({ step: 1 }) } },
    becomes: { teamEscalations: { payments: anEscalation({ step: 1, unseenSince: NOW }) } },
  },
  {
    fact: { type: "escalation.armed", data: { step: 2, to: "Mia", due: NOW, team: "payments" } },
    becomes: { teamEscalations: { payments: anEscalation({ step: 2, next: { to: "Mia", at: NOW } }) } },
  },
  {
    fact: { type: "page.requested", data: { key: "k", to: "Alice", people: ["alice"], priority: "P2", reason: "r" } },
    becomes: {
      pages: [
        aPage({
          key: "k",
          via: null,
          sentAt: null,
          requestedAt: NOW + MINUTE,
          status: "requested",
          episode: 1,
          people: ["alice"],
        }),
      ],
    },
  },
  {
    fact: { type: "page.sent", data: { key: "k", to: "Alice", via: "sms" } },
    was: { pages: [aPage({ key: "k", status: "requested", sentAt: null }), aPage()] },
    becomes: { pages: [aPage({ key: "k", status: "sent", via: "sms", sentAt: NOW + MINUTE }), aPage()] },
  },
  {
    fact: { type: "page.sent", data: { key: "k", to: "Alice", via: "sms" } },
    was: { pages: [aPage({ key: "k", status: "acknowledged", sentAt: null })] },
    becomes: { pages: [aPage({ key: "k", status: "acknowledged", via: "sms", sentAt: NOW + MINUTE })] },
  },
  {
    fact: { type: "page.failed", data: { key: "k", to: "Alice", reason: "r" } },
    was: { pages: [aPage({ key: "k", status: "requested" })] },
    becomes: { pages: [aPage({ key: "k", status: "failed", sentAt: null })] },
  },
  {
    fact: { type: "escalation.armed", data: { step: 2, to: "Mia", due: NOW } },
    becomes: { escalation: anEscalation({ step: 2, next: { to: "Mia", at: NOW } }) },
  },
  {
    fact: { type: "escalation.advanced", data: { step: 2, to: "Mia", reason: "r" } },
    was: { escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }) },
    becomes: { escalation: anEscalation({ step: 2, next: null }) },
  },
  {
    fact: { type: "escalation.exhausted", data: { reason: "r" } },
    was: { escalation: anEscalation({ step: 3, next: { to: "Mia", at: NOW } }) },
    becomes: { escalation: anEscalation({ step: 0, next: null, rounds: 1 }) },
  },
];

describe("an event changes only its own fields", () => {
  test.each(PAGING_ROWS)("$fact.type", expectEvolution);
});
