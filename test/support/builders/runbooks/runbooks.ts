import type { TargetInventory } from "#domain/policy/automation-policy.ts";
import { checkRunbook, planRunbook, type Runbook, type RunbookPlan } from "#runbooks/index.ts";

/** A good runbook with one of everything; tests change a word of it. Its lines are counted by tests: keep them where they are. */
export const GOOD_RUNBOOK = `---
id: order-latency
title: Orders are slow
owner: orders
match: ['alertname="HighLatency"']
params:
  service: { from: labels.service, inventory: services }
  pod: { from: labels.pod, pattern: '^[a-z0-9-]{1,63}$' }
mode: approve
limits: { lock: k8s/$service, maxRuns: 3/24h }
escalate: { after: 15m, to: orders-lead }
---
# Orders are slow

Look at the pool first.

\`\`\`yaml step
id: pool
uses: prometheus.query
with: { query: 'max(pool_usage{service="$service"})' }
\`\`\`

\`\`\`yaml step
id: slow-statements
uses: sql.query
with: { datasource: orders/replica, sql: 'SELECT pid FROM pg_stat_activity WHERE application_name = $1', args: [$pod] }
\`\`\`

## It leaks

Restart it.

\`\`\`yaml step
id: restart
uses: k8s.restart
when: steps.pool.value > 0.9 && size(steps.slow_statements.rows) == 0
with: { target: $service }
approve: { from: ['@orders-oncall'], count: 1, expires: 10m }
\`\`\`

\`\`\`yaml step
id: tell
uses: notify
with: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }
\`\`\`

\`\`\`bash
kubectl -n shop get pods
\`\`\`

## Verify

\`\`\`yaml verify
promql: max(latency_seconds{service="$service"}) < 1
for: 3m
within: 10m
\`\`\`
`;

export const TEST_INVENTORY: TargetInventory = {
  services: { "order-service": { namespace: "shop", deployment: "order-service", oncall: "@orders-oncall" } },
  postgres: { orders: {} },
};

export const ALERT_LABELS = { alertname: "HighLatency", service: "order-service", pod: "order-service-7d9f-x2x" };

/** A runbook that must be good. */
export async function runbookOf(text: string, file = "runbooks/order-latency.md"): Promise<Runbook> {
  const { runbook, problems } = await checkRunbook(text, file);
  if (runbook === null || problems.length > 0)
    throw new Error(`not a good runbook: ${JSON.stringify(problems, null, 2)}`);
  return runbook;
}

/** The plan of a runbook that has one. */
export function planFor(
  runbook: Runbook,
  labels: Readonly<Record<string, string>> = ALERT_LABELS,
  inventory = TEST_INVENTORY,
): RunbookPlan {
  const plan = planRunbook(runbook, labels, inventory);
  if (!plan.ok) throw new Error(plan.message);
  return plan;
}
