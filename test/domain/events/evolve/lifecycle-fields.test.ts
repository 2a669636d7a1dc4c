import { describe, expect, test } from "vitest";
import { evolveIncident } from "#domain/events/evolve.ts";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import { BOB, ALICE_PERSON } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { evolvedBy, expectEvolution, type EvolutionRow } from "#test/support/builders/core/evolution.ts";
import { aPage, anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

/** An update that is owed so long after the incident opened. */
const owed = (ms: number) => ({ ...INCIDENT_DEFAULTS.updates, due: NOW + ms, remindAt: NOW + ms });

const LIFECYCLE_ROWS: readonly EvolutionRow[] = [
  {
    fact: { type: "incident.backdated", data: { from: NOW, to: NOW - 9 * MINUTE, alerts: [aNote()] } },
    becomes: { detectedAt: NOW - 9 * MINUTE },
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
      pages: [
        aPage({ status: "acknowledged", acknowledgedAt: NOW + MINUTE, answeredBy: ALICE_PERSON }),
        aPage({ key: "f", status: "failed" }),
      ],
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
  { fact: { type: "incident.closed", data: {} }, was: { status: "merged", closedAt: NOW }, becomes: {} },
  {
    fact: { type: "incident.resolved", data: { by: "person", reason: null, firing: 1 } },
    was: {
      mitigatedAt: NOW,
      handoff: { to: ALICE_PERSON, from: ALICE_PERSON, at: NOW, seq: 1 },
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
      beforeMerge: expect.objectContaining({ status: "triggered", mergedInto: null }) as Incident["beforeMerge"],
      resolvedAt: NOW + MINUTE,
      resolvedBy: "person",
      closedAt: NOW + MINUTE,
      alerts: { total: 0, firing: 0, flaps: 0 },
    },
  },
  {
    fact: {
      type: "incident.merged",
      data: { into: 2, alerts: { total: 1, firing: 1, flaps: 0 }, carried: ["k"] },
    },
    was: { pages: [aPage({ key: "k" }), aPage({ key: "l", status: "failed" })] },
    becomes: {
      status: "merged",
      mergedInto: 2,
      beforeMerge: expect.objectContaining({ status: "triggered", mergedInto: null }) as Incident["beforeMerge"],
      resolvedAt: NOW + MINUTE,
      resolvedBy: "person",
      closedAt: NOW + MINUTE,
      alerts: { total: 0, firing: 0, flaps: 0 },
      pages: [aPage({ key: "k", status: "resolved", carriedTo: 2 }), aPage({ key: "l", status: "failed" })],
    },
  },
  {
    fact: {
      type: "priority.changed",
      data: {
        from: "P1",
        to: "P2",
        reason: "as before",
        pin: null,
        unmapped: false,
        plan: anIncident().plan,
        peak: "P2",
      },
    },
    was: { priority: "P1", peak: "P1" },
    becomes: {
      priority: "P2",
      peak: "P2",
      priorityReason: "as before",
      plan: anIncident().plan,
      updates: owed(60 * MINUTE),
    },
  },
  { fact: { type: "title.changed", data: { from: "a", to: "b" } }, becomes: { title: "b" } },
];

describe("an event changes only its own fields", () => {
  test.each(LIFECYCLE_ROWS)("$fact.type", expectEvolution);

  test("and the first acknowledgement is the one that counts", () => {
    const first = evolvedBy(anIncident(), { type: "incident.acknowledged", data: {} });
    const second = evolveIncident(
      first,
      anEvent({ type: "incident.acknowledged", data: {} }, { seq: 7, at: NOW + 9 * MINUTE, actor: BOB }),
    );
    expect([second.acknowledgedAt, second.acknowledgedBy]).toEqual([NOW + MINUTE, ALICE_PERSON]);
  });
});
