import type { Fact } from "#domain/events/event-registry.ts";
import type * as alertingEvents from "#domain/events/definitions/alerting-events.ts";
import type * as correctionEvents from "#domain/events/definitions/correction-events.ts";
import type * as endReasonEvents from "#domain/events/definitions/end-reason-events.ts";
import type * as endingEvents from "#domain/events/definitions/ending-events.ts";
import type * as obstacleEvents from "#domain/events/definitions/obstacle-events.ts";
import type * as acknowledgementEvents from "#domain/events/definitions/acknowledgement-events.ts";
import type * as lifecycleEvents from "#domain/events/definitions/lifecycle-events.ts";
import type * as mitigationEvents from "#domain/events/definitions/mitigation-events.ts";
import type * as quietEvents from "#domain/events/definitions/quiet-events.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { openedFact } from "#test/support/builders/events.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import type { SentencesOf } from "./sentence-row.ts";

const { P1 } = aPolicy().priorities;

const ONE = { total: 1, firing: 1, flaps: 0 };

export const LIFECYCLE_SENTENCES: SentencesOf<
  | typeof lifecycleEvents
  | typeof acknowledgementEvents
  | typeof mitigationEvents
  | typeof correctionEvents
  | typeof quietEvents
  | typeof endingEvents
  | typeof endReasonEvents
  | typeof alertingEvents
  | typeof obstacleEvents
> = {
  "runbook.unavailable": [
    { runbook: "restart", why: "shop is no row of inventory.services" },
    "restart is for this alert and cannot run: shop is no row of inventory.services",
  ],
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
    "No news of 1 alert since 14:32 UTC: check the source. Auto-resolve waits until it reports again",
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
  "quiet.began": [{ until: NOW + MINUTE }, "All alerts resolved. Auto-resolves at 14:33 UTC unless one fires again"],
  "quiet.ended": [{}, "Alerts fire again: auto-resolve is canceled"],
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
  "incident.unacknowledged": [{ reason: "given back in the pager" }, "Acknowledgement ended: given back in the pager"],
  "incident.mitigated": [{}, "Alice marked it mitigated"],
  "incident.resolved": [
    { by: "person", reason: "restarted", firing: 2 },
    "Resolved by Alice: restarted (2 alerts still firing)",
  ],
  "incident.reopened": [{ status: "triggered", reason: "an alert fires again" }, "Re-opened: an alert fires again"],
  "incident.closed": [{ by: { id: "bob", name: "Bob" } }, "Closed by Bob"],
  "incident.canceled": [
    { reason: "a test", silences: 2 },
    "Canceled by Alice: a test (2 alerts silenced until resolved)",
  ],
  "incident.merged": [{ into: 2, alerts: ONE }, "Merged into INC-2 by Alice: go on there"],
  "alerts.absorbed": [{ from: 3, alerts: ONE }, "Alice merged INC-3 into this incident, with 1 alert"],
  "alerts.returned": [{ to: 3, alerts: ONE }, "Alice unmerged INC-3; 1 alert went back to it"],
  "title.changed": [{ from: "a", to: "b" }, "Title changed by Alice: b"],
  "verb.undone": [
    { what: "Bob marked it mitigated", was: "mitigated", restore: {}, strikes: [], withdraws: [] },
    "Alice undid: Bob marked it mitigated",
  ],
  "mitigation.revoked": [{ reason: "host 2 is down" }, "No longer mitigated: host 2 is down"],
  "storm.gathered": [
    { count: 3, services: { search: 1, payments: 2 }, until: NOW, recent: [], paged: [] },
    "3 more incidents held back by the storm: payments 2, search 1",
  ],
  "milestone.corrected": [
    { milestone: "mitigated", from: NOW + 20 * MINUTE, to: NOW },
    "Alice corrected when it was mitigated: 2026-11-21 14:32:00 UTC, not 2026-11-21 14:52:00 UTC",
  ],
};
