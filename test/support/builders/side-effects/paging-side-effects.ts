import type * as pagingEvents from "#domain/events/definitions/paging-events.ts";
import type * as pageAnswerEvents from "#domain/events/definitions/page-answer-events.ts";
import type * as escalationEvents from "#domain/events/definitions/escalation-events.ts";
import type * as staffingEvents from "#domain/events/definitions/staffing-events.ts";
import { aPage, anEscalation } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const PAGING_SIDE_EFFECTS: SideEffectRowsOf<
  typeof pagingEvents | typeof pageAnswerEvents | typeof escalationEvents | typeof staffingEvents
> = {
  "page.acknowledged": {
    fact: { type: "page.acknowledged", data: { key: "k", to: "Bob", also: ["l"] } },
    effects: [
      { type: "page.acknowledge", episode: 1, page: "k" },
      { type: "page.acknowledge", episode: 1, page: "l" },
    ],
    timers: [{ timer: "escalate", at: null }],
  },
  "work.carried": {
    fact: {
      type: "work.carried",
      data: { from: 2, people: [BOB_PERSON], roles: [{ role: "commander", person: BOB_PERSON }], tasks: [] },
    },
    after: { roles: { commander: BOB_PERSON, tech: null, comms: null, scribe: null } },
    timers: [{ timer: "command", at: null }],
  },
  "pages.carried": {
    fact: {
      type: "pages.carried",
      data: { from: 2, pages: [aPage()], escalations: [], acknowledged: BOB_PERSON },
    },
    after: { status: "acknowledged", pages: [aPage()], plan: { ...aPolicy().priorities.P2, commandWithin: MINUTE } },
    effects: [{ type: "page.describe" }],
    timers: [
      { timer: "escalate", at: null },
      { timer: "ticket", at: null },
      { timer: "update", at: null },
      { timer: "command", at: NOW + MINUTE },
    ],
  },
  "alarm.reported": {
    fact: { type: "alarm.reported", data: { key: "k", to: "Bob", what: "resolved", at: NOW } },
    shown: false,
  },
  "page.expired": { fact: { type: "page.expired", data: { key: "k", to: "Bob", reason: "r" } } },
  "escalation.started": {
    fact: { type: "escalation.started", data: { team: "payments", reason: "r" } },
    timers: [{ timer: "escalate", at: null }],
  },
  "escalation.ended": {
    fact: { type: "escalation.ended", data: { team: "payments", pages: ["k"] } },
    effects: [{ type: "page.withdraw", key: "k" }],
    timers: [{ timer: "escalate", at: null }],
  },
  "attention.requested": {
    fact: { type: "attention.requested", data: { to: BOB_PERSON, reason: "r" } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "attention" }, seq: 1 }],
  },
  "pager.told": { fact: { type: "pager.told", data: { text: "t" } } },
  "page.requested": {
    fact: { type: "page.requested", data: { key: "k", to: "Alice", people: ["alice"], priority: "P1", reason: "r" } },
    effects: [{ type: "page.trigger", key: "k", to: "Alice", people: ["alice"], priority: "P1", episode: 1 }],
  },
  "page.sent": {
    fact: { type: "page.sent", data: { key: "k", to: "Alice", via: "v" } },
    effects: [{ type: "page.describe" }, { type: "page.confirm", key: "k" }],
  },
  "page.failed": { fact: { type: "page.failed", data: { key: "k", to: "Alice", reason: "r" } } },
  "escalation.armed": {
    fact: { type: "escalation.armed", data: { step: 1, to: "Mia", due: NOW + 10 * MINUTE } },
    after: {
      escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW + 10 * MINUTE } }),
      teamEscalations: { payments: anEscalation({ step: 1, next: { to: "Bob", at: NOW + 20 * MINUTE } }) },
    },
    timers: [{ timer: "escalate", at: NOW + 10 * MINUTE }],
  },
  "page.delayed": { fact: { type: "page.delayed", data: { key: "k", to: "Alice", reason: "r" } } },
  "page.held": { fact: { type: "page.held", data: { to: "Alice", people: ["Alice"], reason: "r" } } },
  "acknowledgement.extended": {
    fact: { type: "acknowledgement.extended", data: { until: NOW + HOUR } },
    after: { status: "acknowledged", ackUntil: NOW + HOUR },
    timers: [{ timer: "ack", at: NOW + HOUR }],
    shown: false,
  },
  "escalation.advanced": { fact: { type: "escalation.advanced", data: { step: 1, to: "Mia", reason: "r" } } },
  "escalation.exhausted": {
    fact: { type: "escalation.exhausted", data: { reason: "r", people: [BOB_PERSON] } },
    after: { channel: null, channelRequested: false },
    effects: [{ type: "chat.call", seq: 1 }],
    shown: false,
  },
  "escalation.unstaffed": {
    fact: { type: "escalation.unstaffed", data: { reason: "r", team: "orders", due: NOW } },
    effects: [
      { type: "chat.relay", channel: "incidents", seq: 1 },
      { type: "chat.relay", channel: "team-orders", seq: 1 },
    ],
  },
};
