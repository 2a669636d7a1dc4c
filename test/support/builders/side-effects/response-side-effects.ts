import type * as privacyEvents from "#domain/events/definitions/privacy-events.ts";
import type * as roleEvents from "#domain/events/definitions/role-events.ts";
import type * as notesEvents from "#domain/events/definitions/notes-events.ts";
import type * as ticketEvents from "#domain/events/definitions/ticket-events.ts";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const RESPONSE_SIDE_EFFECTS: SideEffectRowsOf<
  typeof roleEvents | typeof notesEvents | typeof ticketEvents | typeof privacyEvents
> = {
  "handoff.offered": {
    fact: { type: "handoff.offered", data: { to: BOB_PERSON } },
    effects: [
      { type: "chat.handoff", seq: 1 },
      { type: "chat.direct", to: BOB_PERSON, about: { kind: "handoff" }, seq: 1 },
    ],
  },
  "handoff.ended": { fact: { type: "handoff.ended", data: { to: BOB_PERSON, how: "declined" } } },
  "command.missing": {
    fact: { type: "command.missing", data: { reminder: 1, next: NOW + 5 * MINUTE } },
    timers: [{ timer: "command", at: NOW + 5 * MINUTE }],
  },
  "note.added": { fact: { type: "note.added", data: { text: "t" } } },
  "update.posted": {
    fact: { type: "update.posted", data: { text: "t", audience: "internal" } },
    after: { updates: { ...INCIDENT_DEFAULTS.updates, due: NOW + MINUTE, remindAt: NOW + MINUTE } },
    effects: [
      { type: "chat.relay", channel: "incidents", seq: 1 },
      { type: "chat.relay", channel: "team-orders", seq: 1 },
    ],
    timers: [{ timer: "update", at: NOW + MINUTE }],
  },
  "update.overdue": {
    fact: { type: "update.overdue", data: { due: NOW, owed: BOB_PERSON, reminder: 1 } },
    after: { updates: { ...INCIDENT_DEFAULTS.updates, due: NOW, remindAt: NOW + 5 * MINUTE, reminders: 1 } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "update-owed" }, seq: 1 }],
    timers: [{ timer: "update", at: NOW + 5 * MINUTE }],
  },
  "task.added": { fact: { type: "task.added", data: { id: 1, kind: "task", text: "t", owner: null, due: null } } },
  "task.done": { fact: { type: "task.done", data: { id: 1 } } },
  "nudge.snoozed": {
    fact: { type: "nudge.snoozed", data: { until: NOW + MINUTE, what: ["command"] } },
    timers: [{ timer: "command", at: NOW + MINUTE }],
    shown: false,
  },
  "incident.made_private": {
    fact: { type: "incident.made_private", data: { channel: { id: "C1", name: "inc-1", url: "" } } },
    effects: [
      { type: "chat.hide", channel: "C1" },
      { type: "chat.announce", channel: "incidents" },
      { type: "chat.announce", channel: "team-orders" },
    ],
  },
  "access.requested": {
    fact: { type: "access.requested", data: { person: BOB_PERSON } },
    after: { acknowledgedBy: ALICE_PERSON },
    effects: [{ type: "chat.direct", to: ALICE_PERSON, about: { kind: "access", person: BOB_PERSON }, seq: 1 }],
  },
  "subscriber.added": { fact: { type: "subscriber.added", data: { person: BOB_PERSON } }, shown: false },
  "subscriber.removed": { fact: { type: "subscriber.removed", data: { person: BOB_PERSON } }, shown: false },
  "access.granted": { fact: { type: "access.granted", data: { person: BOB_PERSON } } },
  "role.assigned": { fact: { type: "role.assigned", data: { role: "scribe", person: null } } },
  "ticket.requested": { fact: { type: "ticket.requested", data: { reason: "r" } }, effects: [{ type: "ticket.open" }] },
  "ticket.opened": { fact: { type: "ticket.opened", data: { key: "OPS-1", url: "u" } } },
  "ticket.updated": { fact: { type: "ticket.updated", data: { key: "OPS-1", how: "closed" } } },
  "ticket.failed": { fact: { type: "ticket.failed", data: { reason: "r" } } },
  "task.ticket_wanted": {
    fact: { type: "task.ticket_wanted", data: { id: 1 } },
    effects: [{ type: "ticket.followup", task: 1 }],
  },
  "task.ticketed": { fact: { type: "task.ticketed", data: { id: 1, key: "T-1", url: "https://t/1" } } },
  "task.ticket_failed": { fact: { type: "task.ticket_failed", data: { id: 1, reason: "r" } } },
  "command.refused": { fact: { type: "command.refused", data: { command: "c", reason: "r" } }, shown: false },
};
