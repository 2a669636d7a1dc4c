import { approvalMessage } from "#views/automation/approval-message.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import type { JournalLine, Run, RunPlan, RunStep } from "#domain/automation/run.ts";
import { runCard } from "#views/automation/run-card.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

/** Builders of runs: a step that reads, a plan of it, a run at its beginning, a line of its journal. */
export function aStep(overrides: Partial<RunStep> = {}): RunStep {
  return {
    id: "pool",
    uses: "prometheus.query",
    effect: "read",
    touches: "nothing",
    risk: "low",
    with: {},
    when: null,
    approve: null,
    undo: [],
    timeout: null,
    ...overrides,
  };
}

export function aRunPlan(overrides: Partial<RunPlan> = {}): RunPlan {
  return {
    runbook: "restart",
    title: "Restart",
    sha256: "sha",
    mode: "approve",
    params: {},
    steps: [aStep()],
    verify: {
      promql: [{ measure: "latency", operator: "<", threshold: 1 }],
      minTraffic: null,
      for: 3 * MINUTE,
      within: 10 * MINUTE,
      noData: "unknown",
      alertResolved: true,
    },
    limits: {
      lock: "k8s/shop",
      cooldown: 30 * MINUTE,
      maxRuns: { runs: 2, per: 24 * HOUR },
      maxTargets: 1,
      breaker: { failedVerifies: 1, open: HOUR },
    },
    escalate: null,
    hash: "plan",
    ...overrides,
  };
}

export function aRun(overrides: Partial<Run> = {}): Run {
  return {
    number: 1,
    incident: 1,
    runbook: "restart",
    sha: "sha",
    mode: "approve",
    target: "k8s/shop",
    labels: { alertname: "HighLatency" },
    alert: { source: "alertmanager", fingerprint: "f" },
    by: null,
    systemic: false,
    plan: aRunPlan(),
    planHash: "plan",
    state: "running",
    asked: null,
    proof: null,
    ending: null,
    reason: "",
    epoch: 1,
    urgency: 2,
    leaseUntil: null,
    nextAt: NOW,
    escalateAt: null,
    domains: [],
    wroteAt: null,
    createdAt: NOW,
    startedAt: null,
    finishedAt: null,
    ...overrides,
  };
}

export function aLine(overrides: Partial<JournalLine> = {}): JournalLine {
  const nothing = { handle: null, outcome: null, before: null, after: null };
  return {
    run: 1,
    idx: 0,
    attempt: 1,
    state: "finished",
    idemKey: "RUN-1/0-pool",
    epoch: 1,
    intent: {},
    ...nothing,
    startedAt: NOW,
    finishedAt: null,
    ...overrides,
  };
}

/** A run in every state in which people can press something. */
export function runCards(): readonly object[] {
  const requests = {
    step: 0,
    hash: "0123456789abcdef",
    from: ["@oncall"],
    count: 2,
    until: NOW + MINUTE,
    why: "the runbook asks first",
    by: [],
  };
  const record = { verified: 12, of: 12, here: 12 };
  return [
    runCard(aRun({ state: "waiting-approval", asked: requests }), [], record),
    runCard(aRun({ state: "waiting-approval", asked: requests }), [], record, {
      page: "https://muster.example/runs/RUN-1",
    }),
    approvalMessage(aRun({ state: "waiting-approval", asked: requests }), anIncident(), {
      incident: "https://muster.example/incidents/INC-1",
      approval: null,
    }),
    runCard(aRun({ state: "unknown" }), [aLine({ state: "unknown" })], record),
    runCard(aRun(), [aLine()], record),
    runCard(
      aRun({ state: "suggested", mode: "suggest", plan: aRunPlan({ steps: [aStep({ touches: "systems" })] }) }),
      [],
      record,
    ),
  ];
}
