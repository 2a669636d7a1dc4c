import type * as acknowledgementEvents from "#domain/events/definitions/acknowledgement-events.ts";
import type * as lifecycleEvents from "#domain/events/definitions/lifecycle-events.ts";
import type * as mitigationEvents from "#domain/events/definitions/mitigation-events.ts";
import type * as correctionEvents from "#domain/events/definitions/correction-events.ts";
import type * as quietEvents from "#domain/events/definitions/quiet-events.ts";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { openedFact } from "#test/support/builders/events.ts";
import { aPage, anEscalation } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const LIFECYCLE_SIDE_EFFECTS: SideEffectRowsOf<
  | typeof lifecycleEvents
  | typeof acknowledgementEvents
  | typeof mitigationEvents
  | typeof correctionEvents
  | typeof quietEvents
> = {
  "incident.opened": {
    fact: openedFact(),
    after: { channel: null },
    effects: [{ type: "chat.channel", had: 0 }],
    timers: [
      { timer: "update", at: null },
      { timer: "ticket", at: NOW + 20 * MINUTE },
    ],
    shown: "announced",
  },
  "recheck.armed": {
    fact: { type: "recheck.armed", data: { due: NOW + HOUR, firing: 2, by: BOB_PERSON } },
    timers: [{ timer: "recheck", at: NOW + HOUR }],
  },
  "incident.backdated": { fact: { type: "incident.backdated", data: { from: NOW, to: NOW - MINUTE, alerts: [] } } },
  "quiet.began": {
    fact: { type: "quiet.began", data: { until: NOW + MINUTE } },
    timers: [{ timer: "quiet", at: NOW + MINUTE }],
  },
  "quiet.ended": { fact: { type: "quiet.ended", data: {} }, timers: [{ timer: "quiet", at: null }] },
  "priority.changed": {
    fact: {
      type: "priority.changed",
      data: { from: "P3", to: "P2", reason: "r", pin: null, unmapped: false, plan: aPolicy().priorities.P2 },
    },
    after: { channel: null },
    effects: [{ type: "chat.channel", had: 0 }],
    timers: [
      { timer: "update", at: null },
      { timer: "ticket", at: NOW + 20 * MINUTE },
    ],
    shown: "announced",
  },
  "incident.acknowledged": {
    fact: { type: "incident.acknowledged", data: {} },
    after: { pages: [aPage()], status: "acknowledged" },
    effects: [{ type: "page.acknowledge", episode: 1 }],
    timers: [
      { timer: "escalate", at: null },
      { timer: "ticket", at: null },
      { timer: "update", at: null },
      { timer: "command", at: null },
    ],
  },
  "mitigation.revoked": {
    fact: { type: "mitigation.revoked", data: { reason: "r" } },
    after: { status: "acknowledged", ackUntil: NOW + HOUR },
    timers: [
      { timer: "update", at: null },
      { timer: "command", at: null },
      { timer: "ack", at: NOW + HOUR },
    ],
  },
  "incident.mitigated": { fact: { type: "incident.mitigated", data: {} }, timers: [{ timer: "escalate", at: null }] },
  "title.changed": { fact: { type: "title.changed", data: { from: "a", to: "b" } } },
  "verb.undone": {
    fact: {
      type: "verb.undone",
      data: {
        what: "w",
        was: "triggered",
        restore: {},
        strikes: [],
        withdraws: ["INC-1:1:P2:0", "INC-1:1:P2:1"],
        regained: ["scribe"],
      },
    },
    after: {
      pages: [aPage(), aPage({ key: "INC-1:1:P2:1", apart: true })],
      roles: { commander: null, tech: null, comms: null, scribe: BOB_PERSON },
      escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW + MINUTE } }),
      updates: { ...INCIDENT_DEFAULTS.updates, due: NOW, remindAt: NOW + 2 * MINUTE },
    },
    effects: [
      { type: "page.withdraw", key: "INC-1:1:P2:0" },
      { type: "page.withdraw", key: "INC-1:1:P2:1" },
      { type: "chat.direct", to: BOB_PERSON, about: { kind: "role", role: "scribe" }, seq: 1 },
    ],
    timers: [
      { timer: "quiet", at: null },
      { timer: "escalate", at: NOW + MINUTE },
      { timer: "ticket", at: NOW + 20 * MINUTE },
      { timer: "update", at: NOW + 2 * MINUTE },
      { timer: "command", at: null },
      { timer: "ack", at: null },
      { timer: "recheck", at: null },
      { timer: "archive", at: null },
      { timer: "review", at: null },
    ],
  },
  "incident.unacknowledged": {
    fact: { type: "incident.unacknowledged", data: { reason: "r" } },
    timers: [{ timer: "ticket", at: NOW + 20 * MINUTE }],
  },
  "milestone.corrected": {
    fact: { type: "milestone.corrected", data: { milestone: "began", from: NOW, to: NOW - HOUR } },
  },
};
