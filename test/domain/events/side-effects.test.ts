import { describe, expect, test } from "vitest";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Fact, FactType } from "#domain/events/event-registry.ts";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import { deriveSideEffects } from "#domain/events/side-effects.ts";
import { aMessage, anEvent, openedFact } from "#test/support/builders/events.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { aPage, anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, DAY } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";

const policy = aPolicy(STAFFED_POLICY);
const SHOWN: Effect[] = [
  { type: "chat.header" },
  { type: "chat.topic" },
  { type: "chat.feed" },
  { type: "chat.announce", channel: "incidents" },
  { type: "chat.announce", channel: "team-orders" },
];

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

type Row = {
  readonly fact: Fact;
  readonly after?: Partial<Incident>;
  readonly effects?: readonly Effect[];
  readonly timers?: readonly TimerChange[];
  readonly shown?: boolean;
};

const EFFECT_ROWS: { readonly [T in FactType]: Row } = {
  "incident.opened": {
    fact: openedFact(),
    after: { channel: null },
    effects: [{ type: "chat.channel", had: 0 }],
    timers: [
      { timer: "update", at: null },
      { timer: "ticket", at: NOW + 20 * MINUTE },
    ],
    shown: false,
  },
  "alerts.fired": {
    fact: { type: "alerts.fired", data: { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] } },
  },
  "alerts.flapped": { fact: { type: "alerts.flapped", data: { count: 1, alerts: [] } } },
  "watch.interrupted": {
    fact: { type: "watch.interrupted", data: { kind: "pause", from: NOW, until: NOW + HOUR } },
    shown: false,
  },
  "alerts.resolved": {
    fact: { type: "alerts.resolved", data: { count: 1, alerts: [] } },
    timers: [{ timer: "recheck", at: null }],
  },
  "alerts.moved": {
    fact: { type: "alerts.moved", data: { count: 1, to: 2 } },
    after: { recheck: { at: NOW + HOUR, since: NOW, by: BOB_PERSON } },
    timers: [{ timer: "recheck", at: NOW + HOUR }],
  },
  "recheck.armed": {
    fact: { type: "recheck.armed", data: { due: NOW + HOUR, firing: 2, by: BOB_PERSON } },
    timers: [{ timer: "recheck", at: NOW + HOUR }],
  },
  "reason.asked": {
    fact: { type: "reason.asked", data: { of: BOB_PERSON, firing: 2 } },
    effects: [
      { type: "chat.direct", to: BOB_PERSON, about: { kind: "reason" }, seq: 1 },
      { type: "chat.relay", channel: "C0INC0001", seq: 1 },
    ],
  },
  "reason.given": { fact: { type: "reason.given", data: { reason: "r" } } },
  "alerts.unheard": { fact: { type: "alerts.unheard", data: { count: 1, since: NOW } } },
  "incident.backdated": { fact: { type: "incident.backdated", data: { from: NOW, to: NOW - MINUTE, alerts: [] } } },
  "delivery.truncated": { fact: { type: "delivery.truncated", data: { group: "g", hidden: 1 } } },
  "quiet.began": {
    fact: { type: "quiet.began", data: { until: NOW + MINUTE } },
    timers: [{ timer: "quiet", at: NOW + MINUTE }],
  },
  "quiet.ended": { fact: { type: "quiet.ended", data: {} }, timers: [{ timer: "quiet", at: null }] },
  "priority.changed": {
    fact: {
      type: "priority.changed",
      data: { from: "P3", to: "P2", reason: "r", pin: null, unmapped: false, plan: policy.priorities.P2 },
    },
    after: { channel: null },
    effects: [{ type: "chat.channel", had: 0 }],
    timers: [
      { timer: "update", at: null },
      { timer: "ticket", at: NOW + 20 * MINUTE },
    ],
    shown: false,
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
  "page.acknowledged": {
    fact: { type: "page.acknowledged", data: { key: "k", to: "Bob", also: ["l"] } },
    effects: [
      { type: "page.acknowledge", episode: 1, page: "k" },
      { type: "page.acknowledge", episode: 1, page: "l" },
    ],
    timers: [{ timer: "escalate", at: null }],
  },
  "page.expired": { fact: { type: "page.expired", data: { key: "k", to: "Bob", reason: "r" } } },
  "escalation.started": {
    fact: { type: "escalation.started", data: { team: "payments", reason: "r" } },
    timers: [{ timer: "escalate", at: null }],
  },
  "attention.requested": {
    fact: { type: "attention.requested", data: { to: BOB_PERSON, reason: "r" } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "attention" }, seq: 1 }],
  },
  "incident.mitigated": { fact: { type: "incident.mitigated", data: {} }, timers: [{ timer: "escalate", at: null }] },
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
  "alerts.absorbed": {
    fact: { type: "alerts.absorbed", data: { from: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
  },
  "alerts.returned": {
    fact: { type: "alerts.returned", data: { to: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
    timers: [{ timer: "recheck", at: null }],
  },
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
  "incident.unacknowledged": {
    fact: { type: "incident.unacknowledged", data: { reason: "r" } },
    timers: [{ timer: "ticket", at: NOW + 20 * MINUTE }],
  },
  "pager.told": { fact: { type: "pager.told", data: { text: "t" } } },
  "note.added": { fact: { type: "note.added", data: { text: "t" } } },
  "message.marked": {
    fact: { type: "message.marked", data: { channel: "C1", id: "1.0", thread: "0.5" } },
    effects: [{ type: "chat.capture", channel: "C1", id: "1.0", thread: "0.5" }],
    shown: false,
  },
  "message.unmarked": {
    fact: { type: "message.unmarked", data: { channel: "C1", id: "1.0" } },
    effects: [{ type: "chat.capture", channel: "C1", id: "1.0", thread: null }],
    shown: false,
  },
  "message.captured": {
    fact: { type: "message.captured", data: { channel: "C1", message: aMessage() } },
    shown: false,
  },
  "message.edited": { fact: { type: "message.edited", data: { channel: "C1", id: "1.0", text: "t" } }, shown: false },
  "message.deleted": { fact: { type: "message.deleted", data: { channel: "C1", id: "1.0" } }, shown: false },
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
  "member.joined": { fact: { type: "member.joined", data: { person: BOB_PERSON } }, shown: false },
  "member.left": {
    fact: { type: "member.left", data: { person: BOB_PERSON } },
    after: { roles: { commander: BOB_PERSON, tech: null, comms: null, scribe: null } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "still-commander" }, seq: 1 }],
  },
  "channel.renamed": { fact: { type: "channel.renamed", data: { name: "n" } } },
  "channel.drifted": {
    fact: { type: "channel.drifted", data: { what: "w", repaired: false } },
    effects: [
      { type: "chat.relay", channel: "incidents", seq: 1 },
      { type: "chat.relay", channel: "team-orders", seq: 1 },
    ],
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
    shown: false,
  },
  "incident.closed": {
    fact: { type: "incident.closed", data: {} },
    after: { status: "closed" },
    effects: [{ type: "chat.archive", channel: "C0INC0001" }],
  },
  "role.assigned": { fact: { type: "role.assigned", data: { role: "scribe", person: null } } },
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
  "storm.gathered": {
    fact: { type: "storm.gathered", data: { count: 2, services: { search: 2 }, until: NOW, recent: [], paged: [] } },
  },
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
  "ticket.requested": { fact: { type: "ticket.requested", data: { reason: "r" } }, effects: [{ type: "ticket.open" }] },
  "ticket.opened": { fact: { type: "ticket.opened", data: { key: "OPS-1", url: "u" } } },
  "ticket.updated": { fact: { type: "ticket.updated", data: { key: "OPS-1", how: "closed" } } },
  "ticket.failed": { fact: { type: "ticket.failed", data: { reason: "r" } } },
  "channel.opened": {
    fact: { type: "channel.opened", data: { channel: { id: "C", name: "inc-1", url: "" } } },
    effects: [{ type: "chat.bookmarks" }, { type: "chat.members" }],
  },
  "channel.failed": { fact: { type: "channel.failed", data: { reason: "r" } } },
  "channel.archived": { fact: { type: "channel.archived", data: {} }, after: { archived: true }, shown: false },
  "chat.failed": { fact: { type: "chat.failed", data: { what: "w", reason: "r" } }, shown: false },
  "task.ticket_wanted": {
    fact: { type: "task.ticket_wanted", data: { id: 1 } },
    effects: [{ type: "ticket.followup", task: 1 }],
  },
  "task.ticketed": { fact: { type: "task.ticketed", data: { id: 1, key: "T-1", url: "https://t/1" } } },
  "task.ticket_failed": { fact: { type: "task.ticket_failed", data: { id: 1, reason: "r" } } },
  "postmortem.published": {
    fact: { type: "postmortem.published", data: { where: "GitHub", key: "o/r#1", url: "https://g/1" } },
  },
  "postmortem.unpublished": { fact: { type: "postmortem.unpublished", data: { where: "GitHub", reason: "r" } } },
  "postmortem.asked": {
    fact: { type: "postmortem.asked", data: { owner: BOB_PERSON, due: "2026-11-24", next: NOW + HOUR } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "postmortem" }, seq: 1 }],
    timers: [{ timer: "review", at: NOW + HOUR }],
  },
  "postmortem.owned": {
    fact: { type: "postmortem.owned", data: { owner: BOB_PERSON } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "postmortem" }, seq: 1 }],
  },
  "postmortem.nudged": {
    fact: {
      type: "postmortem.nudged",
      data: { owner: null, due: "2026-11-24", overdue: true, reminder: 5, next: null },
    },
    timers: [{ timer: "review", at: null }],
  },
  "postmortem.review_asked": {
    fact: { type: "postmortem.review_asked", data: { reviewers: [BOB_PERSON] } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "review" }, seq: 1 }],
  },
  "postmortem.reviewed": {
    fact: { type: "postmortem.reviewed", data: { version: ";0" } },
    timers: [{ timer: "review", at: null }],
  },
  "postmortem.closed": { fact: { type: "postmortem.closed", data: {} } },
  "milestone.corrected": {
    fact: { type: "milestone.corrected", data: { milestone: "began", from: NOW, to: NOW - HOUR } },
  },
  "postmortem.gap_waived": {
    fact: { type: "postmortem.gap_waived", data: { from: NOW, to: NOW + HOUR, reason: "lunch" } },
  },
  "postmortem.written": { fact: { type: "postmortem.written", data: { sections: ["impact"] } }, shown: false },
  "draft.posted": { fact: { type: "draft.posted", data: { url: "u" } }, shown: false },
  "run.suggested": {
    fact: { type: "run.suggested", data: { run: 3, runbook: "restart", says: "pool 0.95" } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.requested": {
    fact: {
      type: "run.requested",
      data: {
        run: 3,
        runbook: "restart",
        step: "restart",
        why: "the runbook asks first",
        from: ["@oncall"],
        count: 2,
        until: Date.UTC(2026, 10, 21, 14, 42),
      },
    },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.approved": {
    fact: { type: "run.approved", data: { run: 3, runbook: "restart", step: "restart", left: 1 } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.started": {
    fact: {
      type: "run.started",
      data: { run: 3, runbook: "restart", step: "restart", what: "k8s.restart on k8s/shop", approvedBy: ["Bob"] },
    },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "step.finished": {
    fact: {
      type: "step.finished",
      data: {
        run: 3,
        runbook: "restart",
        step: "restart",
        what: "k8s.restart",
        effect: "helped",
        before: [8.5],
        after: [0.5],
      },
    },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.overdue": {
    fact: {
      type: "run.overdue",
      data: { run: 3, runbook: "restart", after: 15 * 60_000, state: "verifying", page: "orders" },
    },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.unknown": {
    fact: { type: "run.unknown", data: { run: 3, runbook: "restart", step: "restart", reason: "nobody can look" } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.settled": {
    fact: { type: "run.settled", data: { run: 3, runbook: "restart", step: "restart", answer: "again" } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.succeeded": {
    fact: { type: "run.succeeded", data: { run: 3, runbook: "restart", says: "0.5 (wanted < 1)" } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.failed": {
    fact: { type: "run.failed", data: { run: 3, runbook: "restart", reason: "the alert still fires", page: null } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "run.canceled": {
    fact: { type: "run.canceled", data: { run: 3, runbook: "restart", reason: "Bob denied restart" } },
    effects: [{ type: "chat.run", run: 3 }],
  },
  "command.refused": { fact: { type: "command.refused", data: { command: "c", reason: "r" } }, shown: false },
};

describe("the side effects of an event", () => {
  test.each(Object.values(EFFECT_ROWS))("$fact.type", ({ fact, after, effects = [], timers = [], shown = true }) => {
    expect(deriveSideEffects(anIncident(after ?? {}), [anEvent(fact)], policy)).toEqual({
      effects: [...effects, ...(shown ? SHOWN : [])],
      timers,
    });
  });

  test("include no page or resolve for an incident without pages", () => {
    for (const type of ["incident.acknowledged", "incident.resolved"] as const)
      expect(
        deriveSideEffects(anIncident(), [anEvent(EFFECT_ROWS[type].fact)], policy).effects.filter(({ type }) =>
          type.startsWith("page."),
        ),
      ).toEqual([]);
  });

  test("a burst of events is shown once", () => {
    const burst = Array.from({ length: 100 }, () => anEvent(EFFECT_ROWS["alerts.fired"].fact));
    expect(deriveSideEffects(anIncident(), burst, policy).effects).toEqual(SHOWN);
  });

  test("announce an incident without a channel in its team's channel, or in the default one", () => {
    const quietEvent = { priority: "P3", plan: policy.priorities.P3, channel: null, channelRequested: false } as const;
    const event = anEvent(openedFact({ priority: "P3" }));
    expect(deriveSideEffects(anIncident(quietEvent), [event], policy).effects).toEqual([
      { type: "chat.notices", channel: "team-orders" },
    ]);
    expect(
      deriveSideEffects(anIncident({ ...quietEvent, route: { ...anIncident().route, channel: null } }), [event], policy)
        .effects,
    ).toEqual([{ type: "chat.notices", channel: "incidents" }]);
  });

  test("a P4 is announced nowhere until the digest", () => {
    const after = anIncident({ priority: "P4", channel: null, channelRequested: false });
    expect(deriveSideEffects(after, [anEvent(openedFact({ priority: "P4" }))], policy)).toEqual({
      effects: [],
      timers: [{ timer: "update", at: null }],
    });
  });

  test("an acknowledged incident needs no ticket timer when it rises", () => {
    expect(
      deriveSideEffects(anIncident({ status: "acknowledged" }), [anEvent(EFFECT_ROWS["priority.changed"].fact)], policy)
        .timers,
    ).toEqual([{ timer: "update", at: null }]);
  });

  test("a channel that opens after the incident is resolved gets the draft that waited for it", () => {
    expect(
      deriveSideEffects(
        anIncident({ status: "resolved", resolvedAt: NOW }),
        [anEvent(EFFECT_ROWS["channel.opened"].fact)],
        policy,
      ).effects,
    ).toContainEqual({
      type: "chat.draft",
      episode: 1,
    });
  });

  test("a channel that failed is not asked for again because it failed, only with the next change", () => {
    const without = anIncident({ channel: null, channelFailed: true });
    expect(
      deriveSideEffects(without, [anEvent(EFFECT_ROWS["channel.failed"].fact)], policy).effects,
    ).not.toContainEqual(expect.objectContaining({ type: "chat.channel" }));
    expect(deriveSideEffects(without, [anEvent(EFFECT_ROWS["alerts.fired"].fact)], policy).effects).toContainEqual({
      type: "chat.channel",
      had: 0,
    });
  });

  test.each([true, false])(
    "a postmortem that is asked for is in the canvas where the policy has one (%s)",
    (canvas) => {
      const requests = deriveSideEffects(
        anIncident({ postmortem: { ...INCIDENT_DEFAULTS.postmortem, due: "2026-11-24" } }),
        [anEvent(EFFECT_ROWS["postmortem.asked"].fact)],
        aPolicy({ postmortem: { canvas } }),
      ).effects.filter(({ type }) => type === "chat.canvas");
      expect(requests).toEqual(canvas ? [{ type: "chat.canvas" }] : []);
    },
  );

  test("exclude private incidents from the subscribers of all incidents", () => {
    expect(
      deriveSideEffects(anIncident({ private: true }), [anEvent(EFFECT_ROWS["update.posted"].fact)], policy).effects,
    ).toEqual([{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }]);
  });

  describe("for its ticket", () => {
    const tickets = [{ key: "OPS-1", url: "https://tickets.example/OPS-1" }];
    const wished = (after: Partial<Incident>, fact: Fact): readonly Effect[] =>
      deriveSideEffects(anIncident({ tickets, ...after }), [anEvent(fact)], policy).effects.filter(({ type }) =>
        type.startsWith("ticket."),
      );
    const undone = (previous: Incident["status"]): Fact => ({
      type: "verb.undone",
      data: { what: "w", was: previous, restore: {}, strikes: [], withdraws: [] },
    });
    const close: Effect = { type: "ticket.close", seq: 1 };
    const reopen: Effect = { type: "ticket.reopen", seq: 1 };

    test.each<[string, Partial<Incident>, Fact, readonly Effect[]]>([
      ["resolving closes it", { status: "resolved" }, EFFECT_ROWS["incident.resolved"].fact, [close]],
      ["canceling closes it", { status: "canceled" }, EFFECT_ROWS["incident.canceled"].fact, [close]],
      ["merging closes it", { status: "merged", mergedInto: 2 }, EFFECT_ROWS["incident.merged"].fact, [close]],
      ["closing the incident later asks nothing more", { status: "closed" }, EFFECT_ROWS["incident.closed"].fact, []],
      ["re-opening opens it again", { status: "triggered" }, EFFECT_ROWS["incident.reopened"].fact, [reopen]],
      [
        "an end that is taken back is a re-opening, which asks for it",
        { status: "acknowledged" },
        undone("resolved"),
        [],
      ],
      ["a re-opening that is taken back closes it", { status: "resolved" }, undone("acknowledged"), [close]],
      ["taking back what ended nothing asks nothing", { status: "triggered" }, undone("acknowledged"), []],
      ["a ticket that came too late is closed", { status: "resolved" }, EFFECT_ROWS["ticket.opened"].fact, [close]],
      [
        "nothing is asked where there is none",
        { status: "resolved", tickets: [] },
        EFFECT_ROWS["incident.resolved"].fact,
        [],
      ],
    ])("%s", (_, after, fact, effects) => expect(wished(after, fact)).toEqual(effects));
  });

  test("include no archiving where the policy turns it off", () => {
    expect(
      deriveSideEffects(anIncident(), [anEvent(EFFECT_ROWS["incident.resolved"].fact)], aPolicy({ archiveAfter: null }))
        .timers,
    ).not.toContainEqual(expect.objectContaining({ timer: "archive" }));
  });
});
