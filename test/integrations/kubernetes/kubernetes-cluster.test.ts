import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { DeploymentObject } from "#integrations/kubernetes/kubernetes-objects.ts";
import { judgeRollout } from "#integrations/kubernetes/rollout.ts";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { describe, expect, test } from "vitest";
import { createKubernetes } from "#integrations/kubernetes/kubernetes-cluster.ts";
import { CLUSTER_PERMISSIONS } from "#integrations/kubernetes/cluster-permissions.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import {
  clusterOf,
  rolloutPlanOf,
  RUN_KEY,
  shipImage,
  TARGET_DEPLOYMENT,
  useCluster,
  writeRequests,
} from "#test/support/doubles/kubernetes/cluster-before-each.ts";

const setup = useCluster();

describe("the plan of a rollout", () => {
  test("lists what runs, since when, and what ran well before", async () => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    setup.k8s.state.now += 10 * MINUTE;
    expect(await rolloutPlanOf(setup)).toMatchObject({
      uid: setup.checkout.metadata.uid,
      current: "2",
      good: "1",
      ageMinutes: 10,
      gitops: "",
      paused: false,
      replicas: 2,
      hpa: "",
    });
  });

  test("skips revisions that were soon replaced", async () => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    shipImage(setup, "shop/checkout:3", 5 * MINUTE);
    expect(await rolloutPlanOf(setup)).toMatchObject({ current: "3", good: "1" });
  });

  test("treats a restart as the version that it restarts", async () => {
    await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY });
    setup.k8s.state.settle();
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    setup.k8s.state.now += 5 * MINUTE;
    await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: setup.k8s.state.now, runId: "run-8/restart" });
    setup.k8s.state.settle();
    expect(await rolloutPlanOf(setup)).toMatchObject({ current: "4", good: "2", ageMinutes: 5 });
  });

  test("never returns to a revision that was rolled back, so that a repeated rollback is harmless", async () => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    setup.k8s.state.now += 90 * MINUTE;
    const first = await rolloutPlanOf(setup);
    expect(
      await setup.cluster.rollback(TARGET_DEPLOYMENT, {
        uid: first.uid,
        from: first.current,
        to: first.good,
        runId: RUN_KEY,
      }),
    ).toEqual({
      ok: true,
      changed: true,
    });
    setup.k8s.state.settle();
    expect(await rolloutPlanOf(setup)).toMatchObject({ current: "3", good: "" });
  });

  test("treats the target of a rollback as good when a later version is bad too", async () => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    shipImage(setup, "shop/checkout:1", 5 * MINUTE);
    shipImage(setup, "shop/checkout:3", 600 * MINUTE);
    expect(await rolloutPlanOf(setup)).toMatchObject({ current: "4", good: "3" });
    shipImage(setup, "shop/checkout:2", 5 * MINUTE);
    expect(await rolloutPlanOf(setup)).toMatchObject({ current: "5", good: "" });
  });

  test.each([
    ["argocd", { annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/checkout" } }],
    ["flux", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }],
    ["helm", { labels: { "app.kubernetes.io/managed-by": "Helm" } }],
    ["helm", { annotations: { "meta.helm.sh/release-name": "shop" } }],
    ["argo-rollouts", { annotations: { "rollout.argoproj.io/workload-generation": "2" } }],
    [
      "flagger",
      { ownerReferences: [{ apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "checkout", uid: "u" }] },
    ],
    ["", { labels: { "app.kubernetes.io/instance": "checkout" } }],
  ] as const)("recognizes the owner %s by its marks, and leaves its objects alone", async (owner, marks) => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    Object.assign(setup.checkout.metadata, structuredClone(marks), {
      annotations: { ...setup.checkout.metadata.annotations, ...("annotations" in marks && marks.annotations) },
    });
    const { uid, gitops } = await rolloutPlanOf(setup);
    expect(gitops).toBe(owner);
    const answers = [
      await setup.cluster.rollback(TARGET_DEPLOYMENT, { uid, from: "2", to: "1", runId: RUN_KEY }),
      await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: setup.k8s.state.now + 1_000, runId: "run-7/restart" }),
      await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 3 }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject(
        owner === ""
          ? { ok: true }
          : { refusal: "gitops-owned", says: expect.stringContaining("revert the commit") as string },
      );
    expect(writeRequests(setup)).toHaveLength(owner === "" ? 3 : 0);
  });
});

describe("a rollout", () => {
  test("is done when every pod is new and available", async () => {
    expect(await setup.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({ state: "done" });
    setup.k8s.state.ship(setup.checkout, "shop/checkout:2");
    expect(await setup.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({
      state: "progressing",
      says: expect.stringContaining("not seen") as string,
    });
    const states = new Set<string>();
    while (setup.k8s.state.step())
      states.add(((await setup.cluster.rolloutDone(TARGET_DEPLOYMENT)) as { state: string }).state);
    expect([...states]).toEqual(["progressing", "done"]);
  });

  test("has failed when its time is up", async () => {
    setup.k8s.state.broken.add("shop/checkout:2");
    shipImage(setup, "shop/checkout:2", MINUTE);
    expect(await setup.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({ state: "progressing" });
    setup.k8s.state.now += 11 * MINUTE;
    setup.k8s.state.settle();
    expect(await setup.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({
      state: "failed",
      says: expect.stringContaining("timed out") as string,
    });
  });
});

test("a rollout that puts a bad one right has not failed because the bad one did", () => {
  const late = {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: "timed out",
    lastUpdateTime: "2026-01-01T00:00:00Z",
  };
  const deployment = DeploymentObject.parse({
    metadata: { name: "checkout", uid: "u", creationTimestamp: "2025-01-01T00:00:00Z", generation: 3 },
    spec: { replicas: 2, selector: {}, template: {} },
    status: { observedGeneration: 3, replicas: 3, updatedReplicas: 1, availableReplicas: 2, conditions: [late] },
  });
  const at = Date.parse(late.lastUpdateTime);
  expect(judgeRollout(deployment)).toMatchObject({ state: "failed" });
  expect(judgeRollout(deployment, at - MINUTE), "it is of this one").toMatchObject({ state: "failed" });
  expect(judgeRollout(deployment, at + 999), "the cluster has whole seconds").toMatchObject({ state: "failed" });
  expect(judgeRollout(deployment, at + MINUTE)).toMatchObject({ state: "progressing" });
});

describe("when the cluster", () => {
  test.each([
    ["is gone", "cut", { reason: "unreachable", retryable: true }],
    ["is silent", "silence", { reason: "timeout", retryable: true }],
    ["has a fault", { status: 500 }, { reason: "server_error", retryable: true }],
    ["asks to wait", { status: 429, headers: { "retry-after": "3" } }, { reason: "rate_limited", retryAfterMs: 3_000 }],
    [
      "does not know us",
      { status: 401 },
      { reason: "unauthorized", message: expect.stringContaining("KUBECONFIG") as string },
    ],
    [
      "forbids it",
      { status: 403, message: "no patch" },
      { reason: "forbidden", retryable: false, message: expect.stringContaining("kubernetes-rbac.yaml") as string },
    ],
  ] as const)("%s, it is reported at once and not retried", async (_, fault, expected) => {
    const before = setup.k8s.requests.length;
    setup.k8s.fault(fault);
    const cluster = expected.reason === "timeout" ? clusterOf(setup.k8s, 1_000) : setup.cluster;
    expect(await portErrorOf(cluster.node("node-a"))).toMatchObject({ ...expected, mayHaveHappened: false });
    expect(setup.k8s.requests.length).toBe(before + 1);
  });

  test("loses the answer to a change, the outcome is unknown", async () => {
    const intent = { on: true, runId: RUN_KEY };
    setup.k8s.state.nodes.push({ metadata: setup.k8s.state.meta("node-a"), spec: {}, status: { conditions: [] } });
    setup.k8s.before(() => {});
    setup.k8s.fault({ status: 404 });
    expect(await setup.cluster.cordon("node-a", intent)).toMatchObject({ refusal: "not-found" });
    const pod = setup.k8s.state.pods[0]!;
    setup.k8s.fault("lost");
    expect(
      await portErrorOf(setup.cluster.evict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata)),
    ).toMatchObject({ mayHaveHappened: true });
    expect(await setup.cluster.probeEvict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata)).toBe("yes");
  });

  test.each([["../../../api/v1/nodes/x"], [".."], ["a/b?c=d"]])(
    "is named things by labels, %s reaches nothing else",
    async (name) => {
      await setup.cluster
        .pod({ namespace: "shop", pod: name })
        .catch((error: unknown) => expect(error).toBeInstanceOf(PortError));
      expect(setup.k8s.requests.filter((each) => each.includes("/api/v1/nodes") || each.endsWith("/pods/"))).toEqual(
        [],
      );
      setup.k8s.violations.length = 0;
    },
  );

  test("is not configured, a plain message explains it", async () => {
    const unassigned = createKubernetes({ kubeconfig: "/nowhere/kubeconfig", clock: () => NOW });
    expect(await portErrorOf(unassigned.node("n"))).toMatchObject({
      reason: "unauthorized",
      message: "KUBECONFIG (/nowhere/kubeconfig) cannot be used: no such file",
    });
  });
});

test("deploy/kubernetes-rbac.yaml grants exactly what the actions need, each deployment by name", () => {
  type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };
  const objects = parseAllDocuments(readFileSync("deploy/kubernetes-rbac.yaml", "utf8")).map(
    (document) => document.toJS() as { kind: string; rules?: Rule[] },
  );
  const granted = objects
    .flatMap(({ kind, rules = [] }) => rules.map((rule) => ({ kind, ...rule })))
    .flatMap(({ resources, ...rule }) => resources.map((resource) => ({ ...rule, resource })))
    .flatMap(({ kind, apiGroups: [group], resource, resourceNames, verbs }) =>
      verbs.map((verb) =>
        [
          kind === "ClusterRole" ? "cluster" : resourceNames === undefined ? "namespace" : "named",
          verb,
          group,
          resource,
        ].join(" "),
      ),
    );
  const needed = CLUSTER_PERMISSIONS.map(({ scope, verb, group, resource, subresource }) =>
    [scope, verb, group, subresource === undefined ? resource : `${resource}/${subresource}`].join(" "),
  );
  expect(granted.toSorted((a, b) => a.localeCompare(b))).toEqual(needed.toSorted((a, b) => a.localeCompare(b)));
  expect(objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy")).toHaveLength(2);
});
