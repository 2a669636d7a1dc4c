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
  portErrorOf,
  rolloutPlanOf,
  RUN_KEY,
  shipImage,
  TARGET_DEPLOYMENT,
  useCluster,
  writeRequests,
} from "#test/support/doubles/kubernetes/cluster-before-each.ts";

const rig = useCluster();

describe("the plan of a rollout", () => {
  test("says what runs, since when, and what ran well before", async () => {
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    rig.k8s.state.now += 10 * MINUTE;
    expect(await rolloutPlanOf(rig)).toMatchObject({
      uid: rig.checkout.metadata.uid,
      current: "2",
      good: "1",
      ageMinutes: 10,
      gitops: "",
      paused: false,
      replicas: 2,
      hpa: "",
    });
  });

  test("passes over what was soon replaced", async () => {
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    shipImage(rig, "shop/checkout:3", 5 * MINUTE);
    expect(await rolloutPlanOf(rig)).toMatchObject({ current: "3", good: "1" });
  });

  test("takes a restart for the version that it restarts", async () => {
    await rig.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY });
    rig.k8s.state.settle();
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    rig.k8s.state.now += 5 * MINUTE;
    await rig.cluster.restart(TARGET_DEPLOYMENT, { stamp: rig.k8s.state.now, runId: "run-8/restart" });
    rig.k8s.state.settle();
    expect(await rolloutPlanOf(rig)).toMatchObject({ current: "4", good: "2", ageMinutes: 5 });
  });

  test("never goes back to what was left by going back, so that a rollback done twice is none", async () => {
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    rig.k8s.state.now += 90 * MINUTE;
    const first = await rolloutPlanOf(rig);
    expect(
      await rig.cluster.rollback(TARGET_DEPLOYMENT, {
        uid: first.uid,
        from: first.current,
        to: first.good,
        runId: RUN_KEY,
      }),
    ).toEqual({
      ok: true,
      changed: true,
    });
    rig.k8s.state.settle();
    expect(await rolloutPlanOf(rig)).toMatchObject({ current: "3", good: "" });
  });

  test("knows that what was gone back to was good, when a later version is bad too", async () => {
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    shipImage(rig, "shop/checkout:1", 5 * MINUTE);
    shipImage(rig, "shop/checkout:3", 600 * MINUTE);
    expect(await rolloutPlanOf(rig)).toMatchObject({ current: "4", good: "3" });
    shipImage(rig, "shop/checkout:2", 5 * MINUTE);
    expect(await rolloutPlanOf(rig)).toMatchObject({ current: "5", good: "" });
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
  ] as const)("knows the owner %s by its marks, and leaves its work to it", async (owner, marks) => {
    shipImage(rig, "shop/checkout:2", 60 * MINUTE);
    Object.assign(rig.checkout.metadata, structuredClone(marks), {
      annotations: { ...rig.checkout.metadata.annotations, ...("annotations" in marks && marks.annotations) },
    });
    const { uid, gitops } = await rolloutPlanOf(rig);
    expect(gitops).toBe(owner);
    const answers = [
      await rig.cluster.rollback(TARGET_DEPLOYMENT, { uid, from: "2", to: "1", runId: RUN_KEY }),
      await rig.cluster.restart(TARGET_DEPLOYMENT, { stamp: rig.k8s.state.now + 1_000, runId: "run-7/restart" }),
      await rig.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 3 }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject(
        owner === ""
          ? { ok: true }
          : { refusal: "gitops-owned", says: expect.stringContaining("revert the commit") as string },
      );
    expect(writeRequests(rig)).toHaveLength(owner === "" ? 3 : 0);
  });
});

describe("a rollout", () => {
  test("is done when every pod is new and available", async () => {
    expect(await rig.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({ state: "done" });
    rig.k8s.state.ship(rig.checkout, "shop/checkout:2");
    expect(await rig.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({
      state: "progressing",
      says: expect.stringContaining("not seen") as string,
    });
    const states = new Set<string>();
    while (rig.k8s.state.step())
      states.add(((await rig.cluster.rolloutDone(TARGET_DEPLOYMENT)) as { state: string }).state);
    expect([...states]).toEqual(["progressing", "done"]);
  });

  test("has failed when its time is up", async () => {
    rig.k8s.state.broken.add("shop/checkout:2");
    shipImage(rig, "shop/checkout:2", MINUTE);
    expect(await rig.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({ state: "progressing" });
    rig.k8s.state.now += 11 * MINUTE;
    rig.k8s.state.settle();
    expect(await rig.cluster.rolloutDone(TARGET_DEPLOYMENT)).toMatchObject({
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
  ] as const)("%s, it is told at once and tried by nobody else", async (_, fault, expected) => {
    const before = rig.k8s.requests.length;
    rig.k8s.fault(fault);
    expect(await portErrorOf(rig.cluster.node("node-a"))).toMatchObject({ ...expected, mayHaveHappened: false });
    expect(rig.k8s.requests.length).toBe(before + 1);
  });

  test("takes a change and its answer is lost, nobody claims to know", async () => {
    const intent = { on: true, runId: RUN_KEY };
    rig.k8s.state.nodes.push({ metadata: rig.k8s.state.meta("node-a"), spec: {}, status: { conditions: [] } });
    rig.k8s.before(() => {});
    rig.k8s.fault({ status: 404 });
    expect(await rig.cluster.cordon("node-a", intent)).toMatchObject({ refusal: "not-found" });
    const pod = rig.k8s.state.pods[0]!;
    rig.k8s.fault("lost");
    expect(
      await portErrorOf(rig.cluster.evict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata)),
    ).toMatchObject({ mayHaveHappened: true });
    expect(await rig.cluster.probeEvict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata)).toBe("yes");
  });

  test.each([["../../../api/v1/nodes/x"], [".."], ["a/b?c=d"]])(
    "is named things by labels, %s reaches nothing else",
    async (name) => {
      await rig.cluster
        .pod({ namespace: "shop", pod: name })
        .catch((error: unknown) => expect(error).toBeInstanceOf(PortError));
      expect(rig.k8s.requests.filter((each) => each.includes("/api/v1/nodes") || each.endsWith("/pods/"))).toEqual([]);
      rig.k8s.violations.length = 0;
    },
  );

  test("is not set up, that is said in plain words", async () => {
    const nowhere = createKubernetes({ kubeconfig: "/nowhere/kubeconfig", clock: () => NOW });
    expect(await portErrorOf(nowhere.node("n"))).toMatchObject({
      reason: "unauthorized",
      message: "KUBECONFIG (/nowhere/kubeconfig) cannot be used: no such file",
    });
  });
});

test("deploy/kubernetes-rbac.yaml grants what the actions need, each deployment by its name, and nothing else", () => {
  type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };
  const objects = parseAllDocuments(readFileSync("deploy/kubernetes-rbac.yaml", "utf8")).map(
    (document) => document.toJS() as { kind: string; rules?: Rule[] },
  );
  const granted = objects
    .flatMap(({ kind, rules = [] }) => rules.map((rule) => ({ kind, ...rule })))
    .flatMap(({ kind, apiGroups: [group], resources: [resource], resourceNames, verbs }) =>
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
