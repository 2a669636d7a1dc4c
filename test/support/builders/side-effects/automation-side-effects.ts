import type * as automationEvents from "#domain/events/definitions/automation-events.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const AUTOMATION_SIDE_EFFECTS: SideEffectRowsOf<typeof automationEvents> = {
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
};
