import { describe, expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import {
  incidentId,
  incidentNumber,
  highestPriority,
  isHigherPriority,
  PRIORITIES,
  priorityRank,
} from "#domain/values/language.ts";
import { ALICE, BOB, ALICE_PERSON } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { aPage, anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

const after = (before: Incident, fact: Fact, at = NOW + MINUTE) =>
  evolveIncident(before, anEvent(fact, { seq: before.lastEvent + 1, at }));

describe("an incident", () => {
  test("begins with the event that opens it", () => {
    const incident = evolveIncident(null, anEvent(openedFact({ priority: "P1" })));
    expect(incident).toMatchObject({
      number: 1,
      status: "triggered",
      priority: "P1",
      peak: "P1",
      episode: 1,
      openedAt: NOW,
      detectedAt: NOW - 30_000,
      alerts: { total: 0, firing: 0 },
      channel: null,
      channelRequested: true,
      lastEvent: 1,
    });
  });

  test("without an opening event is a bug of its writer", () => {
    expect(() => evolveIncident(null, anEvent({ type: "incident.closed", data: {} }))).toThrow(
      "bug: incident.closed for an incident that was never opened",
    );
  });

  test("stores nothing that JSON would drop", () => {
    const incident = evolveIncident(null, anEvent(openedFact()));
    expect(JSON.parse(JSON.stringify(incident))).toEqual(incident);
  });

  test("does not change when its history grows: each event gives a new one", () => {
    const before = anIncident();
    const copy = structuredClone(before);
    after(before, { type: "incident.acknowledged", data: {} });
    expect(before).toEqual(copy);
  });
});

/** An update that is owed so long after the incident opened. */
const owed = (ms: number) => ({ ...INCIDENT_DEFAULTS.updates, due: NOW + ms, remindAt: NOW + ms });

const FACT_ROWS: readonly { fact: Fact; was?: Partial<Incident>; becomes: Partial<Incident> }[] = [
  {
    fact: {
      type: "alerts.fired",
      data: { count: 3, added: 2, again: false, earliestStart: NOW - 9 * MINUTE, alerts: [aNote()] },
    },
    becomes: { alerts: { total: 3, firing: 4, flaps: 0 }, detectedAt: NOW - 9 * MINUTE },
  },
  {
    fact: { type: "incident.backdated", data: { from: NOW, to: NOW - 9 * MINUTE, alerts: [aNote()] } },
    becomes: { detectedAt: NOW - 9 * MINUTE },
  },
  {
    fact: { type: "alerts.flapped", data: { count: 2, alerts: [] } },
    becomes: { alerts: { total: 1, firing: 1, flaps: 2 } },
  },
  {
    fact: { type: "alerts.resolved", data: { count: 5, alerts: [] } },
    becomes: { alerts: { total: 1, firing: 0, flaps: 0 } },
  },
  { fact: { type: "watch.interrupted", data: { kind: "step", from: NOW, until: NOW - MINUTE } }, becomes: {} },
  {
    fact: { type: "delivery.truncated", data: { group: "__proto__", hidden: 2 } },
    becomes: { truncated: JSON.parse('{"__proto__":2}') as Record<string, number> },
  },
  {
    fact: { type: "delivery.truncated", data: { group: "g", hidden: 0 } },
    was: { truncated: { g: 1, h: 2 } },
    becomes: { truncated: { h: 2 } },
  },
  { fact: { type: "quiet.began", data: { until: NOW + 1 } }, becomes: { quietUntil: NOW + 1 } },
  { fact: { type: "quiet.ended", data: {} }, was: { quietUntil: NOW }, becomes: { quietUntil: null } },
  {
    fact: { type: "recheck.armed", data: { due: NOW + HOUR, firing: 1, by: ALICE_PERSON } },
    becomes: { recheck: { at: NOW + HOUR, since: NOW, by: ALICE_PERSON } },
  },
  {
    fact: { type: "recheck.armed", data: { due: NOW + HOUR, firing: 1, by: null, since: NOW - HOUR } },
    becomes: { recheck: { at: NOW + HOUR, since: NOW - HOUR, by: null } },
  },
  {
    fact: { type: "reason.asked", data: { of: ALICE_PERSON, firing: 1 } },
    becomes: { reasonOwedBy: ALICE_PERSON },
  },
  {
    fact: { type: "reason.given", data: { reason: "r" } },
    was: { reasonOwedBy: ALICE_PERSON },
    becomes: { reasonOwedBy: null },
  },
  {
    fact: { type: "page.expired", data: { key: "k", to: "Alice", reason: "r" } },
    was: { pages: [aPage({ key: "k", status: "sent" }), aPage({ key: "l" })] },
    becomes: { pages: [aPage({ key: "k", status: "expired" }), aPage({ key: "l" })] },
  },
  {
    fact: {
      type: "priority.changed",
      data: { from: "P2", to: "P0", reason: "worse", pin: null, unmapped: true, plan: aPolicy().priorities.P0 },
    },
    was: { unmapped: true },
    becomes: {
      priority: "P0",
      peak: "P0",
      priorityReason: "worse",
      unmapped: true,
      plan: aPolicy().priorities.P0,
      updates: owed(15 * MINUTE),
    },
  },
  {
    fact: {
      type: "priority.changed",
      data: { from: "P3", to: "P2", reason: "worse", pin: null, unmapped: false, plan: aPolicy().priorities.P2 },
    },
    was: { channelRequested: false },
    becomes: { channelRequested: true, priorityReason: "worse", updates: owed(60 * MINUTE) },
  },
  {
    fact: { type: "incident.acknowledged", data: {} },
    was: {
      pages: [aPage(), aPage({ key: "f", status: "failed" })],
      escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }),
    },
    becomes: {
      status: "acknowledged",
      acknowledgedAt: NOW + MINUTE,
      acknowledgedBy: ALICE_PERSON,
      escalation: anEscalation({
        step: 1,
        answered: { by: ALICE_PERSON, at: NOW + MINUTE, page: "INC-1:1:P2:0", until: NOW + 60 * MINUTE },
      }),
      pages: [aPage({ status: "acknowledged", acknowledgedAt: NOW + MINUTE }), aPage({ key: "f", status: "failed" })],
    },
  },
  {
    fact: { type: "incident.mitigated", data: {} },
    becomes: {
      status: "mitigated",
      mitigatedAt: NOW + MINUTE,
      escalation: anEscalation({
        answered: { by: ALICE_PERSON, at: NOW + MINUTE, page: null, until: NOW + 60 * MINUTE },
      }),
    },
  },
  {
    fact: { type: "mitigation.revoked", data: { reason: "host 2" } },
    was: {
      status: "mitigated",
      mitigatedAt: NOW,
      escalation: anEscalation({ answered: { by: ALICE_PERSON, at: NOW, page: null, until: null } }),
    },
    becomes: { status: "acknowledged", mitigatedAt: null, escalation: anEscalation() },
  },
  {
    fact: { type: "mitigation.revoked", data: { reason: "host 2", team: "payments" } },
    was: { status: "mitigated", mitigatedAt: NOW },
    becomes: { status: "acknowledged", mitigatedAt: null },
  },
  {
    fact: { type: "page.acknowledged", data: { key: "k", to: "Bob", also: ["l"] } },
    was: {
      pages: [aPage({ key: "k", team: "payments" }), aPage({ key: "l", team: "payments" }), aPage({ key: "m" })],
      teamEscalations: { payments: anEscalation({ step: 2, next: { to: "Mia", at: NOW }, rounds: 1 }) },
    },
    becomes: {
      pages: [
        aPage({ key: "k", team: "payments", status: "acknowledged", acknowledgedAt: NOW + MINUTE }),
        aPage({ key: "l", team: "payments", status: "acknowledged", acknowledgedAt: NOW + MINUTE }),
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
    becomes: { pages: [aPage({ key: "k", apart: true, status: "acknowledged", acknowledgedAt: NOW + MINUTE })] },
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
    fact: { type: "attention.requested", data: { to: ALICE_PERSON, reason: "host 2", team: "payments" } },
    was: { teamEscalations: { payments: anEscalation({ step: 1 }) } },
    becomes: { teamEscalations: { payments: anEscalation({ step: 1, unseenSince: NOW }) } },
  },
  {
    fact: { type: "escalation.armed", data: { step: 2, to: "Mia", due: NOW, team: "payments" } },
    becomes: { teamEscalations: { payments: anEscalation({ step: 2, next: { to: "Mia", at: NOW } }) } },
  },
  {
    fact: { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } },
    was: { pages: [aPage()], quietUntil: NOW },
    becomes: {
      status: "resolved",
      resolvedAt: NOW + MINUTE,
      resolvedBy: "alerts",
      mitigatedAt: NOW + MINUTE,
      quietUntil: null,
      pages: [aPage({ status: "resolved" })],
    },
  },
  {
    fact: { type: "incident.reopened", data: { status: "triggered", reason: "again" } },
    was: {
      status: "resolved",
      resolvedAt: NOW,
      resolvedBy: "alerts",
      acknowledgedAt: NOW,
      acknowledgedBy: ALICE_PERSON,
    },
    becomes: {
      status: "triggered",
      episode: 2,
      resolvedAt: null,
      resolvedBy: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      updates: owed(61 * MINUTE),
    },
  },
  {
    fact: { type: "incident.reopened", data: { status: "acknowledged", reason: "again" } },
    was: { status: "resolved", acknowledgedAt: NOW, acknowledgedBy: ALICE_PERSON },
    becomes: {
      status: "acknowledged",
      episode: 2,
      acknowledgedAt: NOW,
      acknowledgedBy: ALICE_PERSON,
      updates: owed(61 * MINUTE),
      escalation: anEscalation({
        answered: { by: ALICE_PERSON, at: NOW + MINUTE, page: null, until: NOW + 60 * MINUTE },
      }),
    },
  },
  {
    fact: { type: "incident.reopened", data: { status: "triggered", reason: "again" } },
    was: { status: "closed", archived: true },
    becomes: { status: "triggered", episode: 2, channel: null, archived: false, updates: owed(61 * MINUTE) },
  },
  {
    fact: { type: "incident.closed", data: {} },
    was: { status: "resolved" },
    becomes: { status: "closed", closedAt: NOW + MINUTE },
  },
  {
    fact: { type: "role.assigned", data: { role: "scribe", person: ALICE_PERSON } },
    becomes: {
      roles: { commander: null, tech: null, comms: null, scribe: ALICE_PERSON },
      rolesSince: { ...INCIDENT_DEFAULTS.rolesSince, scribe: NOW + MINUTE },
    },
  },
  {
    fact: { type: "role.assigned", data: { role: "scribe", person: null } },
    was: { roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: ALICE_PERSON } },
    becomes: { roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: null } },
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
  { fact: { type: "ticket.requested", data: { reason: "r" } }, becomes: { ticketRequested: true } },
  {
    fact: { type: "ticket.opened", data: { key: "OPS-1", url: "https://t/1" } },
    becomes: { tickets: [{ key: "OPS-1", url: "https://t/1" }] },
  },
  {
    fact: { type: "channel.opened", data: { channel: { id: "C2", name: "inc-1", url: "" } } },
    was: { channel: null },
    becomes: { channel: { id: "C2", name: "inc-1", url: "" }, channelsOpened: 1 },
  },
  { fact: { type: "channel.archived", data: {} }, becomes: { archived: true } },
  { fact: { type: "channel.failed", data: { reason: "r" } }, becomes: { channelFailed: true } },
  {
    fact: { type: "alerts.moved", data: { count: 1, to: 2 } },
    was: { alerts: { total: 3, firing: 2, flaps: 0 } },
    becomes: { alerts: { total: 3, firing: 1, flaps: 0 } },
  },
  { fact: { type: "incident.closed", data: {} }, was: { status: "merged", closedAt: NOW }, becomes: {} },
  {
    fact: { type: "incident.resolved", data: { by: "person", reason: null, firing: 1 } },
    was: {
      mitigatedAt: NOW,
      handoff: { to: ALICE_PERSON, from: ALICE_PERSON, at: NOW },
      updates: { ...owed(60 * MINUTE), longestSilence: 5 },
    },
    becomes: {
      status: "resolved",
      resolvedAt: NOW + MINUTE,
      resolvedBy: "person",
      handoff: null,
      updates: { ...INCIDENT_DEFAULTS.updates, longestSilence: MINUTE },
    },
  },
  {
    fact: { type: "incident.canceled", data: { reason: "r" } },
    was: { pages: [aPage()] },
    becomes: {
      status: "canceled",
      resolvedAt: NOW + MINUTE,
      resolvedBy: "person",
      closedAt: NOW + MINUTE,
      pages: [aPage({ status: "resolved" })],
    },
  },
  {
    fact: { type: "incident.merged", data: { into: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
    becomes: {
      status: "merged",
      mergedInto: 2,
      resolvedAt: NOW + MINUTE,
      resolvedBy: "person",
      closedAt: NOW + MINUTE,
      alerts: { total: 0, firing: 0, flaps: 0 },
    },
  },
  {
    fact: { type: "alerts.absorbed", data: { from: 2, alerts: { total: 2, firing: 1, flaps: 3 } } },
    becomes: { alerts: { total: 3, firing: 2, flaps: 3 } },
  },
  {
    fact: { type: "alerts.returned", data: { to: 2, alerts: { total: 2, firing: 1, flaps: 3 } } },
    becomes: { alerts: { total: 0, firing: 0, flaps: 0 } },
  },
  { fact: { type: "title.changed", data: { from: "a", to: "b" } }, becomes: { title: "b" } },
  {
    fact: { type: "message.marked", data: { channel: "C", id: "1", thread: null } },
    becomes: { marks: { "C:1": [ALICE.id] } },
  },
  {
    fact: { type: "message.unmarked", data: { channel: "C", id: "1" } },
    was: { marks: { "C:1": ["U", ALICE.id] } },
    becomes: { marks: { "C:1": ["U"] } },
  },
  {
    fact: { type: "message.unmarked", data: { channel: "C", id: "1" } },
    was: { marks: { "C:1": [ALICE.id] } },
    becomes: { marks: {} },
  },
  {
    fact: { type: "message.deleted", data: { channel: "C", id: "1" } },
    was: { marks: { "C:1": ["U"], "C:2": ["U"] } },
    becomes: { marks: { "C:2": ["U"] } },
  },
  {
    fact: { type: "channel.renamed", data: { name: "n" } },
    becomes: { channel: { ...anIncident().channel!, name: "n" } },
  },
  { fact: { type: "command.missing", data: { reminder: 1, next: null } }, becomes: { commandReminders: 1 } },
  { fact: { type: "member.left", data: { person: ALICE_PERSON } }, becomes: {} },
  { fact: { type: "note.added", data: { text: "t" } }, becomes: {} },
  { fact: { type: "alerts.unheard", data: { count: 1, since: NOW } }, becomes: {} },
  { fact: { type: "ticket.failed", data: { reason: "r" } }, becomes: {} },
  { fact: { type: "draft.posted", data: { url: "u" } }, becomes: {} },
  { fact: { type: "chat.failed", data: { what: "w", reason: "r" } }, becomes: {} },
  { fact: { type: "command.refused", data: { command: "c", reason: "r" } }, becomes: {} },
];

describe("an event changes only its own fields", () => {
  test.each(FACT_ROWS)("$fact.type", ({ fact, was: previous, becomes }) => {
    const before = anIncident(previous ?? {});
    // What could be taken back afterwards is in undo.test.ts, who was active in acknowledgement-expiry.test.ts.
    expect({ ...after(before, fact), undo: null, heardAt: null, ackUntil: null }).toEqual({
      ...before,
      ...becomes,
      lastEvent: before.lastEvent + 1,
    });
  });

  test("and the first acknowledgement is the one that counts", () => {
    const first = after(anIncident(), { type: "incident.acknowledged", data: {} });
    const second = evolveIncident(
      first,
      anEvent({ type: "incident.acknowledged", data: {} }, { seq: 7, at: NOW + 9 * MINUTE, actor: BOB }),
    );
    expect([second.acknowledgedAt, second.acknowledgedBy]).toEqual([NOW + MINUTE, ALICE_PERSON]);
  });
});

test("priorities have one order everywhere", () => {
  expect(PRIORITIES.map(priorityRank)).toEqual([0, 1, 2, 3, 4]);
  expect([isHigherPriority("P0", "P1"), isHigherPriority("P1", "P1"), isHigherPriority("P4", "P3")]).toEqual([
    true,
    false,
    false,
  ]);
  expect([highestPriority(["P3", "P1", "P2"]), highestPriority([])]).toEqual(["P1", null]);
});

test.each([
  { text: "INC-12", number: 12 },
  { text: " inc-7 ", number: 7 },
  { text: "INC-", number: null },
  { text: "INC-1x", number: null },
  { text: "12", number: null },
  { text: "INC-9999999999", number: null },
])("$text names the incident $number", ({ text, number }) => {
  expect(incidentNumber(text)).toBe(number);
  if (number !== null) expect(incidentNumber(incidentId(number))).toBe(number);
});
