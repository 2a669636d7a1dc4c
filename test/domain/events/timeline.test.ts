import { describe, expect, test } from "vitest";
import { describeEvent as sentence, type Fact, type FactType } from "#domain/events/event-registry.ts";
import { describeEvents, buildTimeline } from "#domain/events/timeline.ts";
import { ALERTMANAGER, ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { aMessage, anEvent, openedFact } from "#test/support/builders/events.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";

const { P1 } = aPolicy().priorities;

const ONE = { total: 1, firing: 1, flaps: 0 };

/** One sentence for each kind of event: a new one does not compile without. */
const sentences: { readonly [T in FactType]: readonly [Extract<Fact, { type: T }>["data"], string] } = {
  "incident.opened": [
    openedFact().data as Extract<Fact, { type: "incident.opened" }>["data"],
    'INC-1 opened as P2 (SEV-2): order-service: p95 latency above 5 s. Why P2: label severity="P2"',
  ],
  "alerts.fired": [
    { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] },
    "1 alert firing: p95 latency above 5 s",
  ],
  "alerts.flapped": [
    { count: 2, alerts: [aNote(), aNote({ summary: "errors" })] },
    "2 alerts stopped and started again: p95 latency above 5 s · errors",
  ],
  "alerts.resolved": [{ count: 1, alerts: [aNote()] }, "1 alert resolved: p95 latency above 5 s"],
  "alerts.moved": [{ count: 2, to: 7 }, "2 alerts went on firing as INC-7"],
  "alerts.unheard": [
    { count: 1, since: Date.UTC(2026, 10, 21, 14, 32) },
    "1 alert not heard of since 14:32 UTC: still firing? Look at the source; nothing resolves by itself until it speaks again",
  ],
  "incident.backdated": [
    { from: Date.UTC(2026, 10, 21, 14, 32), to: Date.UTC(2026, 10, 21, 14, 28), alerts: [aNote()] },
    "Began at 2026-11-21 14:28:00 UTC and not at 2026-11-21 14:32:00 UTC: the source reports an earlier start of p95 latency above 5 s",
  ],
  "delivery.truncated": [
    { group: "g", hidden: 2 },
    "The sender left 2 alerts out of its message: silence proves nothing until the list is whole again",
  ],
  "watch.interrupted": [
    { kind: "step", from: NOW, until: NOW - 2 * HOUR },
    "The clock was set back by 2 h, from 2026-11-21 14:32:00 UTC to 2026-11-21 12:32:00 UTC",
  ],
  "quiet.began": [
    { until: NOW + MINUTE },
    "Nothing fires any more: resolves at 14:33 UTC unless something fires before",
  ],
  "quiet.ended": [{}, "Firing again: not resolved after all"],
  "recheck.armed": [
    { due: NOW + 30 * MINUTE, firing: 2, by: ALICE_PERSON },
    "2 alerts still fire. Checked again at 15:02 UTC",
  ],
  "reason.asked": [{ of: ALICE_PERSON, firing: 1 }, "Alice is asked why it ended: 1 alert still fires"],
  "reason.given": [{ reason: "the disk is replaced" }, "Alice said why it ended: the disk is replaced"],
  "priority.changed": [
    { from: "P2", to: "P1", reason: "error rate 15 %", pin: null, unmapped: false, plan: P1 },
    "P2 → P1 (SEV-2) by Alice: error rate 15 %",
  ],
  "incident.acknowledged": [{}, "Acknowledged by Alice"],
  "incident.unacknowledged": [{ reason: "given back in the pager" }, "Nobody has it any more: given back in the pager"],
  "pager.told": [{ text: "Escalated to level 2" }, "Escalated to level 2"],
  "incident.mitigated": [{}, "Mitigated, says Alice"],
  "incident.resolved": [
    { by: "person", reason: "restarted", firing: 2 },
    "Resolved by Alice: restarted (2 alerts still firing)",
  ],
  "incident.reopened": [{ status: "triggered", reason: "an alert fires again" }, "Re-opened: an alert fires again"],
  "incident.closed": [{}, "Closed"],
  "incident.canceled": [
    { reason: "a test", silences: 2 },
    "Canceled by Alice: a test (2 alerts silenced until resolved)",
  ],
  "incident.merged": [{ into: 2, alerts: ONE }, "Merged into INC-2 by Alice: go on there"],
  "alerts.absorbed": [{ from: 3, alerts: ONE }, "INC-3 was merged into this one by Alice, with 1 alert"],
  "alerts.returned": [{ to: 3, alerts: ONE }, "INC-3 stands for itself again, says Alice: 1 alert went back to it"],
  "title.changed": [{ from: "a", to: "b" }, "Title changed by Alice: b"],
  "verb.undone": [
    { what: "Mitigated, says Bob", was: "mitigated", restore: {}, strikes: [], withdraws: [] },
    "Taken back by Alice: Mitigated, says Bob",
  ],
  "handoff.offered": [{ to: BOB_PERSON }, "Alice offers command to Bob, and has it until they take it"],
  "handoff.ended": [{ to: BOB_PERSON, how: "declined" }, "Bob did not take command"],
  "command.missing": [
    { reminder: 1, next: NOW + 5 * MINUTE },
    "Nobody has command: take it with the button or `ic`, or the next step is paged at 14:37 UTC",
  ],
  "note.added": [{ text: "rolled back" }, "Alice: rolled back"],
  "message.marked": [{ channel: "C1", id: "1.0", thread: null }, "Alice marked a message for the timeline"],
  "message.unmarked": [{ channel: "C1", id: "1.0" }, "Alice took their mark off a message"],
  "message.captured": [
    { channel: "C1", message: aMessage({ files: [{ name: "graph.png", url: "https://files.example/graph.png" }] }) },
    "Bob: connection pool exhausted [graph.png]",
  ],
  "message.edited": [
    { channel: "C1", id: "1.0", text: "pool is full" },
    "A message of the timeline was edited: pool is full",
  ],
  "message.deleted": [{ channel: "C1", id: "1.0" }, "A message of the timeline was deleted"],
  "update.posted": [{ text: "we are on it", audience: "internal" }, "Update by Alice: we are on it"],
  "update.overdue": [
    { due: NOW, owed: BOB_PERSON, reminder: 1 },
    "The update that was promised for 14:32 UTC is overdue: Bob was reminded",
  ],
  "task.added": [
    { id: 2, kind: "followup", text: "alert on the pool", owner: BOB_PERSON, due: "2026-11-30" },
    "Follow-up 2: alert on the pool, Bob, due 2026-11-30",
  ],
  "task.done": [{ id: 2 }, "Task 2 is done, says Alice"],
  "member.joined": [{ person: BOB_PERSON }, "Bob joined the channel"],
  "member.left": [{ person: BOB_PERSON }, "Bob left the channel"],
  "channel.renamed": [{ name: "inc-1-checkout" }, "The channel is now #inc-1-checkout"],
  "channel.drifted": [
    { what: "The card was deleted and is posted again", repaired: true },
    "The card was deleted and is posted again",
  ],
  "role.assigned": [{ role: "commander", person: { id: "U1", name: "Bob" } }, "Bob is Incident Commander, says Alice"],
  "page.acknowledged": [{ key: "k", to: "Bob", also: [] }, "Alice acknowledged the page of Bob"],
  "page.expired": [{ key: "k", to: "Bob", reason: "no activity" }, "The page of Bob has expired: no activity"],
  "escalation.started": [{ team: "payments", reason: "host 2 is down" }, "payments is needed: host 2 is down"],
  "attention.requested": [
    { to: { id: "bob", name: "Bob" }, reason: "host 2 is down" },
    "Bob was told: something new fires: host 2 is down",
  ],
  "mitigation.revoked": [{ reason: "host 2 is down" }, "No longer mitigated: host 2 is down"],
  "page.requested": [
    { key: "k", to: "Alice", people: [], priority: "P1", reason: "opened as P1" },
    "Paging Alice: opened as P1",
  ],
  "page.sent": [{ key: "k", to: "Alice", via: "pagerduty" }, "Paged Alice via pagerduty"],
  "page.failed": [{ key: "k", to: "Alice", reason: "no routing key" }, "Could not page Alice: no routing key"],
  "escalation.armed": [
    { step: 1, to: "Mia", due: NOW + 10 * MINUTE },
    "Next: pages Mia at 14:42 UTC (in 10 min) unless somebody acknowledges",
  ],
  "page.delayed": [
    { key: "k", to: "Alice", reason: "PagerDuty cannot be reached" },
    "The page of Alice does not get through (PagerDuty cannot be reached): it is tried again, they are told in the chat as far as they are known there, and the ladder goes on",
  ],
  "storm.gathered": [
    { count: 3, services: { search: 1, payments: 2 }, until: NOW, recent: [], paged: [] },
    "3 more incidents held back by the storm: payments 2, search 1",
  ],
  "page.held": [
    { to: "Alice", people: ["Alice"], reason: "opened as P2" },
    "No direct message to Alice: paged too often without an answer. The pager was asked all the same (opened as P2)",
  ],
  "acknowledgement.extended": [
    { until: NOW + 10 * MINUTE },
    "Somebody was heard from: the acknowledgement holds until 14:42 UTC",
  ],
  "escalation.advanced": [
    { step: 1, to: "Mia", reason: "nobody acknowledged" },
    "Escalated to Mia: nobody acknowledged",
  ],
  "escalation.exhausted": [
    { reason: "all 2 steps were paged 3 times and nobody acknowledged" },
    "Nobody is left to page: all 2 steps were paged 3 times and nobody acknowledged",
  ],
  "escalation.unstaffed": [
    { reason: "opened as P1", team: "orders", due: NOW },
    "No one to page (opened as P1): no one is on call for orders and no step of the escalation has anyone. Looking again at 14:32 UTC",
  ],
  "ticket.requested": [
    { reason: "P3 incidents get a ticket at once" },
    "Ticket wanted: P3 incidents get a ticket at once",
  ],
  "ticket.opened": [{ key: "OPS-1", url: "https://t/1" }, "Ticket OPS-1 opened"],
  "ticket.updated": [{ key: "OPS-1", how: "closed" }, "Ticket OPS-1 closed"],
  "ticket.failed": [{ reason: "no token" }, "No ticket could be opened: no token"],
  "channel.opened": [{ channel: { id: "C1", name: "inc-1-orders", url: "" } }, "Channel #inc-1-orders opened"],
  "channel.failed": [{ reason: "restricted_action" }, "No channel could be opened: restricted_action"],
  "channel.archived": [{}, "Channel archived"],
  "chat.failed": [{ what: "invite", reason: "user_not_found" }, "The chat refused invite: user_not_found"],
  "task.ticket_wanted": [{ id: 1 }, "Ticket wanted for follow-up 1"],
  "task.ticketed": [
    { id: 1, key: "OPS-2", url: "https://t/2", note: "nobody is assigned" },
    "Follow-up 1 is ticket OPS-2 (nobody is assigned)",
  ],
  "task.ticket_failed": [{ id: 1, reason: "forbidden" }, "Follow-up 1 could not become a ticket: forbidden"],
  "postmortem.published": [
    { where: "GitHub", key: "o/r#1", url: "https://g/1", note: "people closed it" },
    "The postmortem is in GitHub as o/r#1 (people closed it)",
  ],
  "postmortem.unpublished": [
    { where: "GitHub", reason: "forbidden" },
    "The postmortem could not be put into GitHub: forbidden",
  ],
  "postmortem.asked": [
    { owner: null, due: "2026-11-24", next: null },
    "A postmortem is due by 2026-11-24, and nobody owns it: `postmortem owner @USER`",
  ],
  "postmortem.owned": [{ owner: { id: "U0BOB0001", name: "Bob" } }, "Bob owns the postmortem, says Alice"],
  "postmortem.nudged": [
    { owner: { id: "U0BOB0001", name: "Bob" }, due: "2026-11-24", overdue: true, reminder: 2, next: null },
    "The postmortem was due by 2026-11-24: Bob was reminded",
  ],
  "postmortem.review_asked": [
    { reviewers: [{ id: "U0BOB0001", name: "Bob" }] },
    "The postmortem is in review, to be read by Bob",
  ],
  "postmortem.reviewed": [{ version: ";0" }, "The postmortem is reviewed, says Alice"],
  "postmortem.closed": [{}, "The postmortem is closed, says Alice"],
  "milestone.corrected": [
    { milestone: "mitigated", from: NOW + 20 * MINUTE, to: NOW },
    "Alice corrected when it was mitigated: 2026-11-21 14:32:00 UTC, not 2026-11-21 14:52:00 UTC",
  ],
  "postmortem.gap_waived": [
    { from: NOW, to: NOW + 20 * MINUTE, reason: "lunch" },
    "Alice waived the gap from 14:32 to 14:52 UTC: lunch",
  ],
  "postmortem.written": [{ sections: ["root_cause", "impact"] }, "Alice wrote into the postmortem: root cause, impact"],
  "draft.posted": [{ url: "u" }, "Postmortem draft posted"],
  "run.suggested": [{ run: 3, runbook: "restart", says: "pool 0.95" }, "RUN-3 (restart) looked: pool 0.95"],
  "run.requested": [
    {
      run: 3,
      runbook: "restart",
      step: "restart",
      why: "the runbook asks first",
      from: ["@oncall"],
      count: 2,
      until: Date.UTC(2026, 10, 21, 14, 42),
    },
    "RUN-3 (restart) asks to restart, because the runbook asks first: @oncall may approve until 14:42 UTC, 2 people",
  ],
  "run.approved": [
    { run: 3, runbook: "restart", step: "restart", left: 1 },
    "Alice approved restart of RUN-3 (restart), 1 more needed",
  ],
  "run.started": [
    { run: 3, runbook: "restart", step: "restart", what: "k8s.restart on k8s/shop", approvedBy: ["Bob"] },
    "RUN-3 (restart) began to change something: k8s.restart on k8s/shop, approved by Bob",
  ],
  "step.finished": [
    { run: 3, runbook: "restart", step: "restart", what: "k8s.restart", effect: "helped", before: [8.5], after: [0.5] },
    "RUN-3 (restart) did restart: helped (8.5 → 0.5)",
  ],
  "run.overdue": [
    { run: 3, runbook: "restart", after: 15 * MINUTE, state: "waiting-approval", page: "orders" },
    "RUN-3 (restart) has not helped within 15 min (waiting for approval): orders is paged",
  ],
  "run.unknown": [
    { run: 3, runbook: "restart", step: "restart", reason: "nobody can look" },
    "RUN-3 (restart) does not know whether restart happened (nobody can look): say so, nothing is done until then",
  ],
  "run.settled": [
    { run: 3, runbook: "restart", step: "restart", answer: "again" },
    "Alice says of restart in RUN-3 (restart): it did not happen, run it",
  ],
  "run.succeeded": [
    { run: 3, runbook: "restart", says: "0.5 (wanted < 1)" },
    "RUN-3 (restart) helped, and that is verified: 0.5 (wanted < 1)",
  ],
  "run.failed": [
    { run: 3, runbook: "restart", reason: "the alert still fires", page: null },
    "RUN-3 (restart) did not help: the alert still fires",
  ],
  "run.canceled": [
    { run: 3, runbook: "restart", reason: "Bob denied restart" },
    "RUN-3 (restart) was stopped: Bob denied restart",
  ],
  "command.refused": [{ command: "role.claim", reason: "Bob is Scribe." }, "Alice was refused: Bob is Scribe."],
};

describe("the timeline describes in one sentence", () => {
  test.each(Object.entries(sentences))("what %s means", (type, [data, says]) => {
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
    { fact: { type: "role.assigned", data: { role: "scribe", person: null } }, says: "Scribe: nobody, says Alice" },
    {
      fact: { type: "handoff.ended", data: { to: BOB_PERSON, how: "withdrawn" } },
      says: "The offer of command to Bob was withdrawn",
    },
    {
      fact: { type: "command.missing", data: { reminder: 2, next: null } },
      says: "Nobody has command, still: take it with the button or `ic`",
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
      fact: { type: "ticket.opened", data: { key: "OPS-1", url: "https://t/1", note: "nobody is assigned" } },
      says: "Ticket OPS-1 opened (nobody is assigned)",
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
    "Alice: released (on 2026-11-20 at 14:32 UTC)",
  );
});
