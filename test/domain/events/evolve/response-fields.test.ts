import { describe, test } from "vitest";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { ALICE, ALICE_PERSON } from "#test/support/builders/people.ts";
import { expectEvolution, type EvolutionRow } from "#test/support/builders/core/evolution.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const RESPONSE_ROWS: readonly EvolutionRow[] = [
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
  { fact: { type: "ticket.failed", data: { reason: "r" } }, becomes: {} },
  {
    fact: { type: "ticket.failed", data: { reason: "r", what: "close", seq: 9 } },
    becomes: { ticketRefused: { what: "close", seq: 9 } },
  },
  { fact: { type: "draft.posted", data: { url: "u" } }, becomes: {} },
  { fact: { type: "chat.failed", data: { what: "w", reason: "r" } }, becomes: {} },
  { fact: { type: "command.refused", data: { command: "c", reason: "r" } }, becomes: {} },
];

describe("an event changes only its own fields", () => {
  test.each(RESPONSE_ROWS)("$fact.type", expectEvolution);
});
