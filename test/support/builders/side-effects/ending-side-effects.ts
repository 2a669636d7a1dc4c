import type * as endingEvents from "#domain/events/definitions/ending-events.ts";
import type * as endReasonEvents from "#domain/events/definitions/end-reason-events.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import { aPage } from "#test/support/builders/incidents.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

/** The timers of an incident that has ended. */
const ENDED: readonly TimerChange[] = [
  { timer: "quiet", at: null },
  { timer: "escalate", at: null },
  { timer: "ticket", at: null },
  { timer: "update", at: null },
  { timer: "command", at: null },
  { timer: "ack", at: null },
  { timer: "recheck", at: null },
  { timer: "archive", at: NOW + 7 * DAY },
];

export const ENDING_SIDE_EFFECTS: SideEffectRowsOf<typeof endingEvents | typeof endReasonEvents> = {
  "reason.asked": {
    fact: { type: "reason.asked", data: { of: BOB_PERSON, firing: 2 } },
    effects: [
      { type: "chat.direct", to: BOB_PERSON, about: { kind: "reason" }, seq: 1 },
      { type: "chat.relay", channel: "C0INC0001", seq: 1 },
    ],
  },
  "reason.given": { fact: { type: "reason.given", data: { reason: "r" } } },
  "incident.resolved": {
    fact: { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } },
    after: { pages: [aPage()], status: "resolved", resolvedAt: NOW },
    effects: [
      { type: "page.resolve", episode: 1 },
      { type: "chat.draft", episode: 1 },
    ],
    timers: [...ENDED.slice(0, -1), { timer: "review", at: NOW + HOUR }, ...ENDED.slice(-1)],
  },
  "incident.canceled": {
    fact: { type: "incident.canceled", data: { reason: "r" } },
    after: { pages: [aPage()], status: "canceled" },
    effects: [{ type: "page.resolve", episode: 1 }],
    timers: ENDED,
  },
  "incident.merged": {
    fact: { type: "incident.merged", data: { into: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
    after: { pages: [aPage()], status: "merged", mergedInto: 2 },
    effects: [
      { type: "page.resolve", episode: 1 },
      { type: "chat.pointer", into: 2 },
    ],
    timers: ENDED,
  },
  "incident.reopened": {
    fact: { type: "incident.reopened", data: { status: "triggered", reason: "r", tell: BOB_PERSON } },
    after: { episode: 2, channel: null },
    effects: [
      { type: "chat.direct", to: BOB_PERSON, about: { kind: "recheck" }, seq: 1 },
      { type: "chat.relay", channel: "team-orders", seq: 1 },
      { type: "chat.channel", had: 0 },
    ],
    timers: [
      { timer: "archive", at: null },
      { timer: "recheck", at: null },
      { timer: "review", at: null },
      { timer: "update", at: null },
      { timer: "command", at: null },
      { timer: "ticket", at: NOW + 20 * MINUTE },
    ],
    shown: "announced",
  },
  "incident.closed": {
    fact: { type: "incident.closed", data: {} },
    after: { status: "closed" },
    effects: [{ type: "chat.archive", channel: "C0INC0001" }],
  },
};
