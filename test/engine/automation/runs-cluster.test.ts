import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createKubernetes } from "#integrations/kubernetes/kubernetes-cluster.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import type { Cluster } from "#ports/cluster.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { startKubernetes, type KubernetesDouble } from "#test/support/doubles/kubernetes/kubernetes-double.ts";
import type { FakeDeployment } from "#test/support/doubles/kubernetes/fake-objects.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { scriptedCluster } from "#test/support/doubles/ports/scripted-cluster.ts";

const RESTART_RUNBOOK = readFileSync("runbooks/restart-on-connection-leak.md", "utf8");
const POLICY = {
  ...STAFFED_POLICY,
  inventory: {
    services: {
      "order-service": { namespace: "shop", deployment: "order-service", oncall: "@orders-oncall" },
      "payment-service": { namespace: "shop", deployment: "payment-service", oncall: "@orders-oncall" },
    },
  },
};
const LEAK = { alertname: "ConnectionPoolExhausted", service: "order-service", severity: "P1" };
const RESTARTED_ANNOTATION = "kubectl.kubernetes.io/restartedAt";

let rig: EngineHarness;
let k8s: KubernetesDouble;
let automation: EngineHarness["automation"];
let shop: FakeDeployment;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy(POLICY);
  rig.chat.groups.set("@orders-oncall", [ALICE.id, BOB.id]);
  k8s = await startKubernetes(NOW);
  shop = k8s.state.deploy("order-service", "shop/order-service:1");
  k8s.state.settle();
  automation.metrics.values.clear();
  for (const [part, value] of [
    ["db_client_connections_usage", 0.97],
    ["offset 1h", 1.1],
    ["duration_seconds_sum", 8.5],
    ["5..", 0.15],
    ["http_requests_total", 40],
  ] as const)
    automation.metrics.values.set(part, value);
});
afterEach(async () => {
  await k8s.close();
  expect(k8s.violations).toEqual([]);
  expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

/** These are the runbooks now, and act on the cluster. */
function shelve(...texts: readonly string[]): Promise<void> {
  const cluster = createKubernetes({ kubeconfig: k8s.kubeconfig, clock: () => rig.now, timeoutMs: 30_000 });
  return automation.shelve(texts, { cluster });
}
const leakFires = (labels = LEAK): Promise<void> => automation.fires(labels);
const leakResolves = (labels = LEAK): Promise<void> => automation.resolves(labels);
/** Lets time go by in the cluster too. */
async function clusterPasses(ms: number): Promise<void> {
  k8s.state.now = rig.now + ms;
  k8s.state.settle();
  await rig.passes(ms);
}
const patches = (): string[] => k8s.requests.filter((each) => !each.startsWith("GET"));

describe("the reference incident", () => {
  test("is helped by restart-on-connection-leak: asked, approved, rolled out, verified", async () => {
    await shelve(RESTART_RUNBOOK);
    await leakFires();
    expect(await automation.run()).toMatchObject({
      runbook: "restart-on-connection-leak",
      state: "waiting-approval",
      asked: { from: ["@orders-oncall"] },
    });
    expect(patches(), "it only looked").toEqual([]);
    await clusterPasses(30 * SECOND);

    expect(await automation.asks({ do: "approve", run: 1, hash: null })).toMatchObject({ ok: true });
    expect(patches()).toEqual(["PATCH /apis/apps/v1/namespaces/shop/deployments/order-service"]);
    expect(shop.spec.template.metadata?.annotations?.[RESTARTED_ANNOTATION]).toBe("2026-11-21T14:32:30Z");
    await clusterPasses(30 * SECOND);
    automation.metrics.values.set("duration_seconds_sum", 0.5).set("5..", 0.002);
    await clusterPasses(MINUTE);
    await leakResolves();
    await clusterPasses(3 * MINUTE);

    expect(await automation.run()).toMatchObject({ state: "succeeded" });
    const events = await rig.events();
    expect(events.find(({ type }) => type === "step.finished")).toMatchObject({
      data: { step: "restart", effect: "helped", before: [8.5, 0.15], after: [0.5, 0.002] },
    });
    expect(events.find(({ type }) => type === "run.started")).toMatchObject({ data: { approvedBy: ["Alice"] } });
    expect(patches(), "once").toHaveLength(1);
    const journal = await automation.journal();
    expect(journal.find(({ intent }) => "stamp" in intent)).toMatchObject({
      intent: { namespace: "shop", deployment: "order-service", stamp: NOW + 30 * SECOND },
    });
  });

  test("is restarted once, even when the worker dies right after the request to the cluster", async () => {
    await shelve(RESTART_RUNBOOK);
    await leakFires();
    await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, ALICE, await rig.incident());
    rig.onStep = ({ step }) => {
      if (step === "run.acted") throw new Error("killed");
    };
    await rig.laneWorkers.run();
    rig.log.lines.length = 0;
    rig.onStep = () => {};
    rig.restart();
    await clusterPasses(2 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    const stamps = patches();
    expect(stamps, "the same stamp again is no second restart").toHaveLength(1);
  });

  test("is left alone when a reading does not bear it out", async () => {
    automation.metrics.values.set("offset 1h", 3);
    await shelve(RESTART_RUNBOOK);
    await leakFires();
    await clusterPasses(10 * SECOND);
    expect(await automation.run()).toMatchObject({ state: "suggested" });
    expect(patches()).toEqual([]);
    expect(rig.chat.messages.some(({ text }) => text.includes("overloaded rather than leaking"))).toBe(true);
  });

  test("is not restarted when metrics are unavailable", async () => {
    automation.metrics.values.clear();
    await shelve(RESTART_RUNBOOK);
    await leakFires();
    expect(await automation.run()).toMatchObject({ state: "suggested" });
    expect(patches()).toEqual([]);
  });

  test.each([
    ["argocd.argoproj.io/instance", "shop", "Argo CD owns it: revert the commit"],
    ["kustomize.toolkit.fluxcd.io/name", "shop", "Flux owns it: revert the commit"],
    ["app.kubernetes.io/managed-by", "Helm", "Helm owns it: revert the commit, or roll the release back"],
    ["rollout.argoproj.io/workload-generation", "2", "Argo Rollouts owns it: abort the rollout, or revert the commit"],
  ])("is not changed against GitOps (%s): the step fails and explains what to do", async (label, value, says) => {
    shop.metadata.labels[label] = value;
    await shelve(RESTART_RUNBOOK);
    await leakFires();
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(await automation.run()).toMatchObject({ state: "failed", reason: expect.stringContaining(says) });
    expect(patches()).toEqual([]);
  });
});

/** Scales down, then restarts; both are put back or left as the text asks. */
function twoSteps(undo: string): string {
  return RESTART_RUNBOOK.replace("id: restart-on-connection-leak", "id: two-steps").replace(
    "```yaml step\nid: restart\n",
    `\`\`\`yaml step\nid: pause\nuses: k8s.scale\nwith: { target: $service, replicas: 0 }\napprove: { from: [$service.oncall], count: 1, expires: 10m }\nundo: { on: [${undo}] }\n\`\`\`\n\n\`\`\`yaml step\nid: restart\n`,
  );
}

describe("a node", () => {
  const undone = async (unschedulable: boolean): Promise<boolean> => {
    const node = { unschedulable, ready: true };
    const cordon: Cluster["cordon"] = (_, { on }) => {
      const changed = node.unschedulable !== on;
      node.unschedulable = on;
      return Promise.resolve({ ok: true, changed });
    };
    const text = aRunbookText({ undo: "undo: { on: [run-ended] }" })
      .replace('alertname="HighLatency"', 'alertname="ConnectionPoolExhausted"')
      .replace(/uses: sql.call[\s\S]*?approve:/, "uses: k8s.cordon\nwith: { node: node-1 }\napprove:");
    automation.metrics.values.set("latency", 8.5);
    rig.chat.groups.set("@oncall", [ALICE.id]);
    await automation.shelve([text], {
      cluster: scriptedCluster({ node: () => Promise.resolve({ ...node }), cordon }),
    });
    await leakFires();
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(node.unschedulable).toBe(true);
    await automation.asks({ do: "cancel", run: 1 }, BOB);
    expect(await automation.run()).toMatchObject({ state: "canceled" });
    return node.unschedulable;
  };
  test("that was open is opened again", async () => expect(await undone(false)).toBe(false));
  test("that was already cordoned stays cordoned", async () => expect(await undone(true)).toBe(true));
});

describe("the rollback", () => {
  test("restores the previous size after a failure, and pages its people", async () => {
    await shelve(twoSteps("verify-failed"));
    await leakFires();
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(shop.spec.replicas).toBe(0);
    await automation.asks({ do: "approve", run: 1, hash: null });
    await clusterPasses(15 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed" });
    expect(shop.spec.replicas).toBe(2);
    expect((await rig.events()).find(({ type }) => type === "run.overdue")).toMatchObject({
      data: { page: "@orders-oncall" },
    });
  });

  test("also runs when a person stops the run between two steps", async () => {
    await shelve(twoSteps("run-ended"));
    await leakFires();
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(shop.spec.replicas).toBe(0);
    await automation.asks({ do: "cancel", run: 1 }, BOB);
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
    expect(shop.spec.replicas).toBe(2);
    expect(shop.spec.template.metadata?.annotations?.[RESTARTED_ANNOTATION]).toBeUndefined();
  });

  const pausedByAlert = async (): Promise<void> => {
    await shelve(twoSteps("run-ended"));
    await leakFires();
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(shop.spec.replicas).toBe(0);
  };
  const isRestarted = (): boolean => shop.spec.template.metadata?.annotations?.[RESTARTED_ANNOTATION] !== undefined;

  test("also runs while people have switched automation off, and nothing else does", async () => {
    await pausedByAlert();
    const { text } = await automation.asks({ do: "switch", scope: "all", name: "", on: false }, BOB);
    expect(text).toContain("what runs are to put back at their end is put back");
    await automation.asks({ do: "approve", run: 1, hash: null });
    expect(isRestarted(), "the switch counts between two steps").toBe(false);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("automation is off for everything, says Bob"),
    });
    expect(shop.spec.replicas).toBe(2);
  });

  test("also runs when a person stops the run after switching automation off", async () => {
    await pausedByAlert();
    await automation.asks({ do: "switch", scope: "service", name: "shop", on: false }, BOB);
    await automation.asks({ do: "cancel", run: 1 }, BOB);
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
    expect(shop.spec.replicas).toBe(2);
  });

  test("is not tried by a process that may not act: the channel shows it, and a person is paged", async () => {
    await pausedByAlert();
    rig.automationOff = true;
    rig.restart();
    await automation.asks({ do: "cancel", run: 1 }, BOB);
    expect(shop.spec.replicas).toBe(0);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("could not be put back: pause"),
    });
    expect((await rig.events()).findLast(({ type }) => type === "run.failed")).toMatchObject({
      data: { page: "@orders-oncall", reason: expect.stringContaining("could not be put back: pause") },
    });
  });
});
