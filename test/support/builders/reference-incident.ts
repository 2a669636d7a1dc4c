import type { Event, Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MUSTER_ACTOR, type Actor, type Role } from "#domain/values/language.ts";
import type { DraftInputs } from "#domain/postmortem/draft-inputs.ts";
import { assemblePostmortem, type PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { ALERTMANAGER, ALICE, BOB } from "./people.ts";
import { aNote } from "./alert-builders.ts";
import { anEvent, openedFact } from "./events.ts";
import { aPolicy } from "./policies.ts";
import { HOUR, MINUTE, NOW } from "./instants.ts";
import { personOf } from "#test/support/builders/people.ts";

const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };
const LATENCY = aNote({ summary: "Order processing delayed: latency above 5 s", startsAt: NOW });
const ERRORS = aNote({
  fingerprint: "2",
  summary: "error rate 15 %, threshold 5 %",
  priority: "P1",
  startsAt: NOW + 5 * MINUTE,
});
const PAYMENT = aNote({
  fingerprint: "3",
  summary: "payment-service answers in 10 s and more",
  startsAt: NOW + 7 * MINUTE,
});

const role = (name: Role, person: Actor): Fact => ({
  type: "role.assigned",
  data: { role: name, person: personOf(person) },
});
const note = (text: string): Fact => ({ type: "note.added", data: { text } });
const fires = (note: typeof LATENCY): Fact => ({
  type: "alerts.fired",
  data: { count: 1, added: 1, again: false, earliestStart: note.startsAt, alerts: [note] },
});
const ends = (minute: number, ...alerts: (typeof LATENCY)[]): Fact => ({
  type: "alerts.resolved",
  data: { count: alerts.length, alerts: alerts.map((each) => ({ ...each, endsAt: NOW + minute * MINUTE })) },
});
const page = (key: string, to: string, priority: "P1" | "P2"): Fact => ({
  type: "page.requested",
  data: { key, to, people: [to.toLowerCase()], priority, reason: "r" },
});
const paged = (key: string, to: string): Fact => ({ type: "page.sent", data: { key, to, via: "pagerduty" } });
const plan = (to: "P1") => aPolicy().priorities[to];

/** The reference incident of the case study, minute by minute from 14:32. */
const STORY: readonly (readonly [number, Actor, Fact])[] = [
  [
    0,
    ALERTMANAGER,
    openedFact({ number: 42, title: "order-service: Order processing delayed: latency above 5 s", detectedAt: NOW }),
  ],
  [0, ALERTMANAGER, fires(LATENCY)],
  [0, MUSTER_ACTOR, page("INC-42:1:P2:0", "Alice", "P2")],
  [0, MUSTER_ACTOR, paged("INC-42:1:P2:0", "Alice")],
  [3, ALICE, { type: "incident.acknowledged", data: {} }],
  [3, ALICE, role("commander", ALICE)],
  [
    3,
    MUSTER_ACTOR,
    {
      type: "channel.opened",
      data: {
        channel: { id: "C0INC0042", name: "inc-42-order-service", url: "https://example.slack.com/archives/C0INC0042" },
      },
    },
  ],
  [3, ALICE, note("average 8.5 s against 200 ms normally")],
  [5, ALERTMANAGER, fires(ERRORS)],
  [
    5,
    ALERTMANAGER,
    {
      type: "priority.changed",
      data: {
        from: "P2",
        to: "P1",
        reason: 'error rate 15 %, threshold 5 %: label severity="P1"',
        pin: null,
        unmapped: false,
        plan: plan("P1"),
      },
    },
  ],
  [5, MUSTER_ACTOR, page("INC-42:1:P1:0", "Bob", "P1")],
  [5, MUSTER_ACTOR, paged("INC-42:1:P1:0", "Bob")],
  [6, BOB, { type: "member.joined", data: { person: personOf(BOB) } }],
  [6, BOB, role("comms", BOB)],
  [7, ALERTMANAGER, fires(PAYMENT)],
  [10, CHARLIE, { type: "member.joined", data: { person: personOf(CHARLIE) } }],
  [10, CHARLIE, role("tech", CHARLIE)],
  [10, CHARLIE, note("database connection pool exhausted")],
  [13, CHARLIE, note("order-service holds 485 of 500 connections")],
  [
    14,
    BOB,
    { type: "update.posted", data: { text: "Orders are slow and some fail; we are on it.", audience: "internal" } },
  ],
  [15, CHARLIE, note("root cause: connection leak in order-service")],
  [16, ALICE, { type: "incident.mitigated", data: {} }],
  [16, CHARLIE, note("order-service restarted: latency 500 ms, errors 0.5 %")],
  [19, CHARLIE, note("payment-service has the same leak: restarted")],
  [19, ALERTMANAGER, ends(19, ERRORS, PAYMENT)],
  [
    20,
    ALICE,
    {
      type: "task.added",
      data: {
        id: 1,
        kind: "followup",
        text: "P0 add an alert on pool exhaustion",
        owner: personOf(CHARLIE),
        due: "2026-11-28",
      },
    },
  ],
  [
    20,
    ALICE,
    {
      type: "task.added",
      data: { id: 2, kind: "followup", text: "review all connection pools", owner: null, due: null },
    },
  ],
  [21, ALERTMANAGER, ends(21, LATENCY)],
  [22, MUSTER_ACTOR, { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } }],
  [
    28,
    BOB,
    {
      type: "update.posted",
      data: { text: "Orders are processed as usual again. We are sorry for the delay.", audience: "customer" },
    },
  ],
];

/** What runbooks, earlier incidents and the policy add to it. */
export const REFERENCE_AROUND: DraftInputs = {
  tried: [
    {
      run: "RUN-1",
      runbook: "restart-on-connection-leak",
      step: "restart: k8s.restart on k8s/order-service",
      startedAt: NOW + 16 * MINUTE,
      did: "done",
      approvedBy: ["Alice"],
      outcome: "helped",
      before: "8.5, 0.15",
      after: "0.5, 0.005",
      wanted: "< 1, < 0.01",
      ended: "verified",
    },
    {
      run: "RUN-2",
      runbook: "restart-on-connection-leak",
      step: "restart: k8s.restart on k8s/payment-service",
      startedAt: NOW + 19 * MINUTE,
      did: "done",
      approvedBy: [],
      outcome: "unknown",
      before: "10, no data",
      after: null,
      wanted: "< 1, < 0.01",
      ended: "not over",
    },
  ],
  earlier: [
    {
      number: 41,
      title: "order-service: latency above 5 s",
      peak: "P2",
      openedAt: NOW - 30 * 24 * HOUR,
      resolvedAt: NOW - 30 * 24 * HOUR + 40 * MINUTE,
      tasks: [
        {
          id: 1,
          kind: "followup",
          text: "close connections when an order fails",
          owner: personOf(BOB),
          due: "2026-11-05",
          doneAt: null,
        },
        {
          id: 2,
          kind: "followup",
          text: "raise the pool to 500",
          owner: personOf(ALICE),
          due: "2026-10-30",
          doneAt: NOW - 29 * 24 * HOUR,
        },
      ],
    },
  ],
  others: [
    {
      number: 37,
      title: "order-service: disk full",
      tasks: [
        {
          id: 1,
          kind: "followup",
          text: "P3 show pool metrics on the dashboard",
          owner: personOf(BOB),
          due: "2026-12-01",
          doneAt: null,
        },
      ],
    },
  ],
  first: {
    labels: { alertname: "OrderLatencyHigh", service: "order-service", severity: "P2" },
    annotations: {
      summary: "Order processing delayed: latency above 5 s",
      description: "p95 is 8.5 s, normally 200 ms",
    },
  },
  slo: 99.9,
  revenue: { perMinute: 5_600, of: "policy" },
};

export function buildStory(facts: readonly (readonly [number, Actor, Fact])[]): {
  readonly incident: Incident;
  readonly events: readonly Event[];
} {
  const events = facts.map(([minute, actor, fact], i) =>
    anEvent(fact, {
      seq: i + 1,
      actor,
      at: NOW + minute * MINUTE,
      recordedAt: NOW + minute * MINUTE,
      evidence: {
        command: `command ${i + 1}`,
        permalink:
          actor.kind === "person" && fact.type === "note.added"
            ? `https://example.slack.com/archives/C0INC0042/p${i + 1}`
            : null,
      },
    }),
  );
  return { events, incident: events.reduce<Incident | null>((before, event) => evolveIncident(before, event), null)! };
}

/** Its state and its events. */
export function referenceStory(): ReturnType<typeof buildStory> {
  return buildStory(STORY);
}

/** Its draft, an hour after it began. */
export function referenceDraft(around: DraftInputs = REFERENCE_AROUND): PostmortemDraft {
  const { incident, events } = referenceStory();
  return assemblePostmortem(incident, events, NOW + HOUR, around);
}
