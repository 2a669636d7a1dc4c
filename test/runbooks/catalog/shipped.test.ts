import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { TargetInventory } from "#domain/policy/automation-policy.ts";
import {
  RUNBOOK_ACTIONS,
  evaluateCondition,
  fillArguments,
  matchRunbooks,
  planRunbook,
  formatProblem,
  type ConditionFacts,
  type RunbookPlan,
} from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks, problems } = await loadRunbooks("runbooks");

const INVENTORY: TargetInventory = {
  services: { "order-service": { namespace: "shop", deployment: "order-service", oncall: "@orders-oncall" } },
  postgres: { orders: {} },
  queues: { orders: { namespace: "shop", deployment: "order-worker", oncall: "@orders-oncall" } },
};

const EXAMPLES: Readonly<
  Record<string, { readonly labels: Readonly<Record<string, string>>; readonly changes: readonly string[] }>
> = {
  "argocd-app-degraded": {
    labels: { alertname: "ArgoCdAppUnhealthy", name: "checkout", health_status: "Degraded" },
    changes: ["rollback"],
  },
  "cdn-stale": { labels: { alertname: "CdnContentStale", surrogate_key: "home" }, changes: ["purge"] },
  "certificate-expiring": {
    labels: { alertname: "CertificateExpiring", namespace: "shop", name: "shop-tls" },
    changes: ["restart-cert-manager"],
  },
  "database-replication-lag": {
    labels: { alertname: "DatabaseReplicationLagHigh", cluster: "orders", pod: "orders-1" },
    changes: ["pause-batch", "cancel-blockers", "restart-replica"],
  },
  "dead-letters": { labels: { alertname: "DeadLettersHigh", queue: "mails.dead" }, changes: ["purge"] },
  "dependency-down": { labels: { alertname: "DependencyLatency", service: "order-service" }, changes: [] },
  "disk-filling": {
    labels: { alertname: "DiskFilling", node: "node-1.example.com", mountpoint: "/var/lib/containerd" },
    changes: ["evict-writer"],
  },
  "feature-flag-off": { labels: { alertname: "FeatureErrorRateHigh", flag: "new-checkout" }, changes: ["switch-off"] },
  "high-latency": { labels: { alertname: "HighLatency", service: "order-service" }, changes: [] },
  "kube-job-failed": {
    labels: { alertname: "KubeJobFailed", namespace: "shop", job_name: "backup-1" },
    changes: ["clear"],
  },
  "node-memory-pressure": {
    labels: { alertname: "NodeMemoryPressure", node: "node-1" },
    changes: ["close-node", "evict-largest"],
  },
  "node-not-ready": { labels: { alertname: "KubeNodeNotReady", node: "node-3" }, changes: ["drain"] },
  "pod-crash-looping": {
    labels: { alertname: "KubePodCrashLooping", namespace: "shop", pod: "order-service-7d9f-x2x" },
    changes: ["elsewhere"],
  },
  "restart-on-connection-leak": {
    labels: { alertname: "HighLatency", service: "order-service" },
    changes: ["restart"],
  },
  "rollback-on-error-rate": {
    labels: { alertname: "HighErrorRate", env: "production", service: "order-service" },
    changes: ["rollback"],
  },
  "scale-out-on-queue-depth": { labels: { alertname: "QueueDepthHigh", queue: "orders" }, changes: ["add-consumers"] },
  "statefulset-stuck": {
    labels: { alertname: "KubeStatefulSetReplicasMismatch", namespace: "shop", statefulset: "cart" },
    changes: ["successor"],
  },
};

function planOfShipped(id: string): RunbookPlan {
  const made = planRunbook(
    runbooks.find((each) => each.id === id)!,
    EXAMPLES[id]!.labels,
    INVENTORY,
  );
  if (!made.ok) throw new Error(made.message);
  return made;
}

test("all exist, without problems", () => {
  expect(problems.map(formatProblem)).toEqual([]);
  expect(runbooks.map(({ id }) => id)).toEqual(Object.keys(EXAMPLES));
});

describe.each(Object.entries(EXAMPLES))("%s", (id, { labels, changes }) => {
  const runbook = runbooks.find((each) => each.id === id)!;

  test("is offered for its alert, and has a plan", () => {
    expect(matchRunbooks(runbooks, labels).map((each) => each.id)).toContain(id);
    expect(planOfShipped(id).hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("changes its target, with approval, and verifies it", () => {
    const writes = planOfShipped(id).steps.filter(({ touches }) => touches === "systems");
    expect(writes.map((step) => step.id)).toEqual(changes);
    for (const { approve } of writes) expect(approve).not.toBeNull();
    if (changes.length > 0) expect(runbook.verify).not.toBeNull();
  });

  test("is a page for people, too", () => {
    const headings = runbook.sections.map(({ heading }) => heading);
    for (const heading of ["What's happening", "Quick diagnosis", "When to escalate"])
      expect(headings).toContain(heading);
    expect(runbook.file).toBe(`runbooks/${id}.md`);
    for (const { prose, id: step } of runbook.steps)
      if (!["answers", "tell", "note", "logs"].includes(step))
        expect([step, prose !== "" || step === "evict-largest"]).toEqual([step, true]);
  });
});

describe("in the reference incident", () => {
  const facts = (results: ConditionFacts["results"]): ConditionFacts => ({
    params: planOfShipped("restart-on-connection-leak").params,
    labels: EXAMPLES["restart-on-connection-leak"]!.labels,
    results,
  });
  const when = (step: string): string =>
    planOfShipped("restart-on-connection-leak").steps.find(({ id }) => id === step)!.when!;

  test.each([
    ["485 of 500 connections at the usual traffic: restart", { pool: 0.97, traffic: 1.1, latency: 8.5 }, true, false],
    ["the same at four times the traffic: say so", { pool: 0.97, traffic: 4, latency: 8.5 }, false, true],
    ["slow with half a pool: neither", { pool: 0.5, traffic: 1, latency: 8.5 }, false, false],
    ["a full pool and nobody waits: neither", { pool: 0.95, traffic: 1, latency: 0.2 }, false, false],
  ])("%s", (_, { pool, traffic, latency }, restart, overloaded) => {
    const known = facts({ pool: { value: pool }, traffic: { value: traffic }, latency: { value: latency } });
    expect([evaluateCondition(when("restart"), known), evaluateCondition(when("overloaded"), known)]).toEqual([
      restart,
      overloaded,
    ]);
  });

  test("restarts nothing while monitoring is down", () => {
    expect(
      evaluateCondition(
        when("restart"),
        facts({ pool: { value: null }, traffic: { value: 1 }, latency: { value: 8.5 } }),
      ),
    ).toMatchObject({
      noData: true,
    });
  });

  test("verifies latency below a second and errors below one per cent", () => {
    expect(
      planOfShipped("restart-on-connection-leak").verify?.promql.map(({ operator, threshold }) => [
        operator,
        threshold,
      ]),
    ).toEqual([
      ["<", 1],
      ["<", 0.01],
    ]);
  });
});

describe("messages", () => {
  const number = {
    value: 0.97,
    series: [{ labels: { peer: "payment-service", namespace: "shop", pod: "a" }, value: 0.97 }],
    noData: false,
  };
  const nothing = { value: null, series: [], noData: true };
  const others = {
    "sql.query": { rows: [] },
    "k8s.logs": { lines: ["Error: no <config>"], pods: ["a"] },
    "k8s.rolloutPlan": {
      current: "7",
      good: "6",
      ageMinutes: 12,
      gitops: "argocd",
      paused: false,
      replicas: 3,
      ready: 3,
    },
  };
  const messages = runbooks.flatMap(({ id }) =>
    planOfShipped(id).steps.flatMap((step) => (step.touches === "people" ? [[id, step.id, step] as const] : [])),
  );

  test.each(messages)("%s: %s can be filled in", (id, _, step) => {
    const found = (query: unknown): ConditionFacts["results"] =>
      Object.fromEntries(
        planOfShipped(id).steps.map((each) => [
          each.id,
          each.uses === "prometheus.query" ? query : (others as Record<string, unknown>)[each.uses],
        ]),
      );
    const fill = (query: unknown): ReturnType<typeof fillArguments> =>
      fillArguments(RUNBOOK_ACTIONS.get(step.uses)!, step.with, {
        params: planOfShipped(id).params,
        labels: EXAMPLES[id]!.labels,
        results: found(query),
      });
    expect(fill(number)).toMatchObject({ ok: true });
    // A message without a condition is sent whatever Prometheus answers.
    if (step.when === null) expect(fill(nothing)).toMatchObject({ ok: true });
  });
});

test("adds consumers to the present number, if it is unchanged", () => {
  const step = planOfShipped("scale-out-on-queue-depth").steps.find(({ id }) => id === "add-consumers")!;
  const facts: ConditionFacts = {
    params: planOfShipped("scale-out-on-queue-depth").params,
    labels: {},
    results: { consumers: { replicas: 4, ready: 4 } },
  };
  expect(fillArguments(RUNBOOK_ACTIONS.get(step.uses)!, step.with, facts)).toEqual({
    ok: true,
    input: { namespace: "shop", deployment: "order-worker", replicas: 6, from: 4 },
  });
});

test("never kills the process of a person's query", async () => {
  for (const { file } of runbooks)
    expect((await readFile(file, "utf8")).replace("Never `kill -9`", "")).not.toMatch(/kill -9|rm -rf/);
});
