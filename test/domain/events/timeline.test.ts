import { describe, expect, test } from "vitest";
import { describeEvent as sentence, type Fact } from "#domain/events/event-registry.ts";
import { describeEvents, buildTimeline } from "#domain/events/timeline.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { ALERTMANAGER, BOB_PERSON } from "#test/support/builders/people.ts";
import { SENTENCE_ROWS } from "#test/support/builders/sentences/sentence-rows.ts";

describe("the timeline describes in one sentence", () => {
  test.each(Object.entries(SENTENCE_ROWS))("what %s means", (type, [data, says]) => {
    expect(sentence(anEvent({ type, data } as Fact))).toBe(says);
  });

  test.each<{ fact: Fact; says: string }>([
    {
      fact: {
        type: "alerts.fired",
        data: { count: 2, added: 0, again: true, earliestStart: NOW, alerts: [aNote(), aNote()] },
      },
      says: "2 alerts reported as firing again: p95 latency above 5 s",
    },
    {
      fact: {
        type: "alerts.fired",
        data: {
          count: 5,
          added: 5,
          again: false,
          earliestStart: NOW,
          alerts: ["a", "b", "c", "d", "e"].map((summary) => aNote({ summary })),
        },
      },
      says: "5 alerts firing: a · b · c and 2 more",
    },
    {
      fact: { type: "page.sent", data: { key: "k", to: "Alice", via: "dry-run" } },
      says: "Would have paged Alice: paging is a dry run",
    },
    {
      fact: { type: "delivery.truncated", data: { group: "g", hidden: 0 } },
      says: "The sender lists the whole group again",
    },
    {
      fact: { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } },
      says: "Resolved: every alert is quiet",
    },
    { fact: { type: "incident.resolved", data: { by: "person", reason: null, firing: 0 } }, says: "Resolved by Alice" },
    { fact: { type: "role.assigned", data: { role: "scribe", person: null } }, says: "Alice cleared the role Scribe" },
    {
      fact: { type: "handoff.ended", data: { to: BOB_PERSON, how: "withdrawn" } },
      says: "The offer of command to Bob was withdrawn",
    },
    {
      fact: { type: "command.missing", data: { reminder: 2, next: null } },
      says: "Still no one has command: take it with the button or `ic`",
    },
    {
      fact: { type: "update.posted", data: { text: "we know", audience: "customer" } },
      says: "Customers were told by Alice: we know",
    },
    {
      fact: { type: "task.added", data: { id: 1, kind: "task", text: "restart", owner: null, due: null } },
      says: "Task 1: restart",
    },
    {
      fact: { type: "ticket.opened", data: { key: "OPS-1", url: "https://t/1", note: "no one is assigned" } },
      says: "Ticket OPS-1 opened (no one is assigned)",
    },
    { fact: { type: "ticket.updated", data: { key: "OPS-1", how: "reopened" } }, says: "Ticket OPS-1 re-opened" },
    {
      fact: { type: "ticket.updated", data: { key: "OPS-1", how: "commented" } },
      says: "Ticket OPS-1 told how it ended",
    },
    {
      fact: { type: "ticket.failed", data: { reason: "no token", what: "close" } },
      says: "The ticket could not be closed: no token",
    },
    {
      fact: { type: "ticket.failed", data: { reason: "no token", what: "reopen" } },
      says: "The ticket could not be re-opened: no token",
    },
  ])("$says", ({ fact, says }) => {
    expect(sentence(anEvent(fact))).toBe(says);
  });
});

describe("the timeline", () => {
  const at = (seq: number, when: number) => anEvent({ type: "incident.acknowledged", data: {} }, { seq, at: when });

  test("is ordered by when things happened, not by when they were recorded", () => {
    expect(
      buildTimeline([at(1, NOW), at(2, NOW - MINUTE), at(3, NOW), at(4, NOW - SECOND)]).map(({ at }) => at),
    ).toEqual([NOW - MINUTE, NOW - SECOND, NOW, NOW]);
  });

  test("keeps the events of one instant in the order in which they were recorded", () => {
    const entries = buildTimeline([
      anEvent({ type: "incident.closed", data: {} }, { seq: 3 }),
      anEvent({ type: "incident.acknowledged", data: {} }, { seq: 2 }),
    ]);
    expect(entries.map(({ type }) => type)).toEqual(["incident.acknowledged", "incident.closed"]);
  });

  test("shows who, when, when it was recorded, and the evidence", () => {
    const event = anEvent(
      { type: "incident.closed", data: {} },
      {
        actor: ALERTMANAGER,
        recordedAt: NOW + SECOND,
        evidence: { command: "command 7", permalink: "https://slack/p1" },
      },
    );
    expect(buildTimeline([event])).toEqual([
      {
        seq: 1,
        at: NOW,
        recordedAt: NOW + SECOND,
        type: "incident.closed",
        actor: "Alertmanager",
        summary: "Closed",
        source: "command 7",
        permalink: "https://slack/p1",
        data: {},
      },
    ]);
  });
});

test("shows the day in an answer when the time given is not of today", () => {
  const event = anEvent({ type: "note.added", data: { text: "released" } });
  expect(describeEvents([event])).toBe("Alice: released");
  expect(describeEvents([{ ...event, at: event.recordedAt - 24 * HOUR }])).toBe(
    "Alice: released (2026-11-20 at 14:32 UTC)",
  );
});
