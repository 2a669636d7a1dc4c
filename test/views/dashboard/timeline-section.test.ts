import { expect, test } from "vitest";
import type { FactType } from "#domain/events/event-registry.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { TIMELINE_KINDS, type TimelineKind } from "#domain/events/timeline-kind.ts";
import { filterEntries, timelineForm } from "#views/dashboard/timeline-section.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** Where each kind of event is found: a new one does not compile without. */
const FOUND_UNDER: { readonly [T in FactType]: readonly TimelineKind[] } = {
  "access.granted": ["people"],
  "subscriber.added": ["people"],
  "subscriber.removed": ["people"],
  "access.requested": ["people"],
  "acknowledgement.extended": ["pages"],
  "incident.made_private": ["people"],
  "nudge.snoozed": ["people"],
  "work.carried": ["people", "roles", "tasks"],
  "alerts.absorbed": ["alerts"],
  "alerts.fired": ["alerts"],
  "alerts.flapped": ["alerts"],
  "alerts.moved": ["alerts"],
  "alerts.resolved": ["alerts"],
  "alerts.returned": ["alerts"],
  "alerts.unheard": ["alerts"],
  "channel.archived": ["trouble"],
  "channel.drifted": ["trouble"],
  "channel.failed": ["trouble"],
  "channel.opened": ["trouble"],
  "channel.renamed": ["trouble"],
  "chat.failed": ["trouble"],
  "command.missing": ["pages"],
  "command.refused": ["pages", "trouble"],
  "delivery.truncated": ["alerts"],
  "draft.posted": ["notes"],
  "escalation.advanced": ["pages"],
  "escalation.armed": ["pages"],
  "escalation.ended": ["pages"],
  "escalation.exhausted": ["pages"],
  "escalation.unstaffed": ["pages"],
  "handoff.ended": ["people", "roles"],
  "handoff.offered": ["people", "roles"],
  "incident.acknowledged": ["people"],
  "incident.backdated": ["alerts"],
  "incident.canceled": ["people"],
  "incident.closed": ["people"],
  "incident.merged": ["people"],
  "incident.mitigated": ["people"],
  "incident.opened": ["people"],
  "incident.reopened": ["people"],
  "incident.resolved": ["people"],
  "incident.unacknowledged": ["people"],
  "member.joined": ["roles"],
  "member.left": ["roles"],
  "message.captured": ["people", "notes"],
  "message.deleted": ["people", "notes"],
  "message.edited": ["people", "notes"],
  "message.marked": ["people", "notes"],
  "message.unmarked": ["people", "notes"],
  "milestone.corrected": ["people"],
  "watch.interrupted": ["trouble"],
  "note.added": ["people", "notes"],
  "attention.requested": ["alerts", "pages"],
  "escalation.started": ["pages"],
  "mitigation.revoked": ["people"],
  "alarm.reported": ["pages"],
  "page.acknowledged": ["people", "pages"],
  "page.delayed": ["pages"],
  "page.expired": ["pages"],
  "page.failed": ["pages", "trouble"],
  "page.held": ["pages"],
  "page.requested": ["pages"],
  "page.sent": ["pages"],
  "pager.told": ["pages"],
  "pages.carried": ["pages"],
  "postmortem.asked": ["tasks"],
  "postmortem.closed": ["people"],
  "postmortem.gap_waived": ["people", "notes"],
  "postmortem.nudged": ["tasks"],
  "postmortem.owned": ["people", "tasks"],
  "postmortem.published": ["tasks"],
  "postmortem.review_asked": ["people"],
  "postmortem.reviewed": ["people"],
  "postmortem.unpublished": ["tasks", "trouble"],
  "postmortem.written": ["people", "notes"],
  "priority.changed": ["people"],
  "quiet.began": ["alerts"],
  "quiet.ended": ["alerts"],
  "reason.asked": ["people"],
  "reason.given": ["people"],
  "recheck.armed": ["alerts"],
  "role.assigned": ["people", "roles"],
  "run.approved": ["runs"],
  "run.canceled": ["runs"],
  "run.failed": ["runs"],
  "run.overdue": ["runs"],
  "run.requested": ["runs"],
  "run.settled": ["runs"],
  "run.started": ["runs"],
  "run.succeeded": ["runs"],
  "run.suggested": ["runs"],
  "run.unknown": ["runs"],
  "runbook.unavailable": ["runs"],
  "step.finished": ["runs"],
  "storm.gathered": ["alerts"],
  "task.added": ["people", "tasks"],
  "task.done": ["people", "tasks"],
  "task.ticket_failed": ["people", "tasks"],
  "task.ticket_wanted": ["people", "tasks"],
  "task.ticketed": ["people", "tasks"],
  "ticket.failed": ["tasks", "trouble"],
  "ticket.opened": ["tasks"],
  "ticket.requested": ["tasks"],
  "ticket.updated": ["tasks"],
  "title.changed": ["people"],
  "update.overdue": ["people", "notes"],
  "update.posted": ["people", "notes"],
  "verb.undone": ["people"],
};

const entries = Object.keys(FOUND_UNDER).map((type, seq): TimelineEntry => ({
  seq,
  at: NOW,
  recordedAt: NOW,
  type: type as FactType,
  actor: "Alice",
  summary: "",
  source: "",
  permalink: null,
  data: {},
}));
const found = (kind: string): readonly string[] =>
  filterEntries(entries, { kind, text: "", page: 0 }).map(({ type }) => type);

test.each(TIMELINE_KINDS)("the filter of a timeline finds under %s what belongs there, and nothing else", (kind) => {
  const wanted = entries.map(({ type }) => type).filter((type) => FOUND_UNDER[type].includes(kind));
  expect(wanted).not.toEqual([]);
  expect(found(kind)).toEqual(wanted);
});

test.each(["all", "", "constructor", "page"])("the filter of a timeline leaves nothing out for %j", (kind) => {
  expect(found(kind)).toHaveLength(entries.length);
});

test("the form of a timeline offers every kind, in the order that links and people know", () => {
  const form = timelineForm({ number: 1, uid: "uid-1" }, { kind: "pages", text: "", page: 0 }).text;
  expect([...form.matchAll(/<option[^>]*>([a-z]+)/g)].map(([, kind]) => kind)).toEqual([
    "all",
    "people",
    "alerts",
    "pages",
    "notes",
    "roles",
    "tasks",
    "runs",
    "trouble",
  ]);
});
