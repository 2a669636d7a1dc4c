import type * as automationEvents from "#domain/events/definitions/automation-events.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import type { SentencesOf } from "./sentence-row.ts";

export const AUTOMATION_SENTENCES: SentencesOf<typeof automationEvents> = {
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
};
