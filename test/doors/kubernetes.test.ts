import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { createKubernetes } from "#adapters/kubernetes/cluster.ts";
import { PERMISSIONS } from "#adapters/kubernetes/permissions.ts";
import type { Cluster } from "#ports/cluster.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE, NOW } from "#test/support/builders.ts";
import { startKubernetes, type KubernetesDouble } from "#test/support/kubernetes.ts";
import type { FakeDeployment } from "#test/support/kubernetes-state.ts";

const target = { namespace: "shop", deployment: "checkout" };
const runId = "run-7/rollback";
let k8s: KubernetesDouble;
let cluster: Cluster;
let checkout: FakeDeployment;
beforeEach(async () => {
  k8s = await startKubernetes(NOW);
  cluster = createKubernetes({ kubeconfig: k8s.kubeconfig, clock: () => k8s.state.now, timeoutMs: 400 });
  checkout = k8s.state.deploy("checkout", "shop/checkout:1");
  k8s.state.settle();
});
afterEach(async () => {
  expect(k8s.violations).toEqual([]);
  await k8s.close();
});

const ship = (image: string, after: number): void => {
  k8s.state.now += after;
  k8s.state.ship(checkout, image);
  k8s.state.settle();
};
const plan = async () => {
  const answer = await cluster.rolloutPlan(target, { healthyForMs: 30 * MINUTE });
  if (!answer.ok) throw new Error(answer.says);
  return answer;
};
const image = (): string => checkout.spec.template.spec.containers[0]!.image;
const writes = (): string[] => k8s.requests.filter((each) => !each.startsWith("GET"));
const failure = async (work: Promise<unknown>): Promise<PortError> => {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PortError);
  return error as PortError;
};

describe("the plan of a rollout", () => {
  test("says what runs, since when, and what ran well before", async () => {
    ship("shop/checkout:2", 60 * MINUTE);
    k8s.state.now += 10 * MINUTE;
    expect(await plan()).toMatchObject({
      uid: checkout.metadata.uid,
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
    ship("shop/checkout:2", 60 * MINUTE);
    ship("shop/checkout:3", 5 * MINUTE);
    expect(await plan()).toMatchObject({ current: "3", good: "1" });
  });

  test("takes a restart for the version that it restarts", async () => {
    await cluster.restart(target, { stamp: NOW, runId });
    k8s.state.settle();
    ship("shop/checkout:2", 60 * MINUTE);
    k8s.state.now += 5 * MINUTE;
    await cluster.restart(target, { stamp: k8s.state.now, runId: "run-8/restart" });
    k8s.state.settle();
    expect(await plan()).toMatchObject({ current: "4", good: "2", ageMinutes: 5 });
  });

  test("never goes back to what was left by going back, so that a rollback done twice is none", async () => {
    ship("shop/checkout:2", 60 * MINUTE);
    k8s.state.now += 90 * MINUTE;
    const first = await plan();
    expect(await cluster.rollback(target, { uid: first.uid, from: first.current, to: first.good, runId })).toEqual({ ok: true, changed: true });
    k8s.state.settle();
    expect(await plan()).toMatchObject({ current: "3", good: "" });
  });

  test.each([
    ["argocd", { annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/checkout" } }],
    ["flux", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }],
    ["helm", { labels: { "app.kubernetes.io/managed-by": "Helm" } }],
    ["helm", { annotations: { "meta.helm.sh/release-name": "shop" } }],
    ["argo-rollouts", { annotations: { "rollout.argoproj.io/workload-generation": "2" } }],
    ["flagger", { ownerReferences: [{ apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "checkout", uid: "u" }] }],
    ["", { labels: { "app.kubernetes.io/instance": "checkout" } }],
  ] as const)("knows the owner %s by its marks, and leaves its work to it", async (owner, marks) => {
    ship("shop/checkout:2", 60 * MINUTE);
    Object.assign(checkout.metadata, structuredClone(marks), {
      annotations: { ...checkout.metadata.annotations, ...("annotations" in marks && marks.annotations) },
    });
    const { uid, gitops } = await plan();
    expect(gitops).toBe(owner);
    const answers = [
      await cluster.rollback(target, { uid, from: "2", to: "1", runId }),
      await cluster.restart(target, { stamp: k8s.state.now + 1_000, runId: "run-7/restart" }),
      await cluster.scale(target, { from: 2, to: 3 }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject(owner === "" ? { ok: true } : { refusal: "gitops-owned", says: expect.stringContaining("revert the commit") as string });
    expect(writes()).toHaveLength(owner === "" ? 3 : 0);
  });
});

describe("a restart", () => {
  test("sent twice is one rollout: its stamp is the journal's, not the clock's", async () => {
    const intent = { stamp: NOW + 1_234, runId };
    expect(await cluster.restart(target, intent)).toEqual({ ok: true, changed: true });
    k8s.state.now += MINUTE;
    k8s.state.settle();
    const { generation } = checkout.metadata;
    expect(await cluster.restart(target, intent)).toEqual({ ok: true, changed: false });
    expect(checkout.metadata.generation).toBe(generation);
    expect(checkout.metadata.annotations["muster/run-id"]).toBe(runId);
    expect(checkout.spec.template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"]).toBe(new Date(NOW + 1_000).toISOString().replace(".000Z", "Z"));
  });

  test("is done by a later one of somebody else", async () => {
    await cluster.restart(target, { stamp: NOW + 60_000, runId: "somebody" });
    expect(await cluster.restart(target, { stamp: NOW, runId })).toEqual({ ok: true, changed: false });
    expect(await cluster.probeRestart(target, { stamp: NOW, runId })).toBe("unknown");
  });

  test("of what is paused, or not there, is refused", async () => {
    checkout.spec.paused = true;
    expect(await cluster.restart(target, { stamp: NOW, runId })).toMatchObject({ ok: false, refusal: "paused" });
    expect(await cluster.restart({ ...target, deployment: "nowhere" }, { stamp: NOW, runId })).toMatchObject({ ok: false, refusal: "not-found" });
  });

  test("can be asked about afterwards", async () => {
    expect(await cluster.probeRestart(target, { stamp: NOW, runId })).toBe("no");
    k8s.fault({ status: 500 });
    await failure(cluster.restart(target, { stamp: NOW, runId }));
    expect(await cluster.probeRestart(target, { stamp: NOW, runId })).toBe("no");
    await cluster.restart(target, { stamp: NOW, runId });
    expect(await cluster.probeRestart(target, { stamp: NOW, runId })).toBe("yes");
  });
});

describe("a rollback", () => {
  let intent: { uid: string; from: string; to: string; runId: string };
  beforeEach(() => {
    ship("shop/checkout:2", 60 * MINUTE);
    intent = { uid: checkout.metadata.uid, from: "2", to: "1", runId };
  });

  test("brings back the old pods whole, also fields that the client does not know, and is a revision of its own", async () => {
    expect(await cluster.rollback(target, intent)).toEqual({ ok: true, changed: true });
    expect(checkout.spec.template).toMatchObject({
      metadata: { labels: { app: "checkout" } },
      spec: { containers: [{ image: "shop/checkout:1", futureField: "kept" }] },
    });
    expect(checkout.spec.template.metadata?.labels).not.toHaveProperty("pod-template-hash");
    k8s.state.settle();
    expect(k8s.state.setsOf(checkout)).toHaveLength(2);
    expect(checkout.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("3");
  });

  test("sent twice does it once, before and after the cluster saw it", async () => {
    await cluster.rollback(target, intent);
    expect(await cluster.rollback(target, intent)).toEqual({ ok: true, changed: false });
    k8s.state.settle();
    expect(await cluster.rollback(target, intent)).toEqual({ ok: true, changed: false });
    expect(image()).toBe("shop/checkout:1");
  });

  test.each<[string, () => void, string]>([
    ["another version was shipped", () => ship("shop/checkout:3", MINUTE), "moved"],
    ["it was made anew", () => (checkout.metadata.uid = "another"), "moved"],
    ["the old revision is gone", () => void k8s.state.sets.splice(0, 1), "no-such-revision"],
    ["it is paused", () => (checkout.spec.paused = true), "paused"],
  ])("is refused when %s", async (_, happens, refusal) => {
    happens();
    expect(await cluster.rollback(target, intent)).toMatchObject({ ok: false, refusal });
    expect(writes()).toEqual([]);
  });

  test("loses to whoever is quicker, and does not try again", async () => {
    k8s.before(() => ship("shop/checkout:3", MINUTE));
    expect(await cluster.rollback(target, intent)).toMatchObject({ ok: false, refusal: "moved" });
    expect([image(), writes().length]).toEqual(["shop/checkout:3", 1]);
  });

  test.each<[string, () => unknown, string]>([
    ["nothing was sent", () => {}, "no"],
    ["the answer was lost", () => (k8s.fault("pass", "pass", "lost"), failure(cluster.rollback(target, intent))), "yes"],
    ["it is through", async () => (await cluster.rollback(target, intent), k8s.state.settle()), "yes"],
    ["another version was shipped", () => ship("shop/checkout:3", MINUTE), "unknown"],
    ["somebody else asked for the same", () => k8s.state.ship(checkout, "shop/checkout:1"), "unknown"],
    ["it was made anew", () => (checkout.metadata.uid = "another"), "unknown"],
  ])("when %s, asked whether it happened", async (_, happens, answer) => {
    await happens();
    expect(await cluster.probeRollback(target, intent)).toBe(answer);
  });
});

describe("a size", () => {
  test("is set from what it was, to nothing and back", async () => {
    expect(await cluster.scale(target, { from: 2, to: 0 })).toEqual({ ok: true, changed: true });
    expect(await cluster.probeScale(target, { from: 2, to: 0 })).toBe("yes");
    expect(await cluster.scale(target, { from: 2, to: 0 })).toEqual({ ok: true, changed: false });
    expect(await cluster.scale(target, { from: 0, to: 2 })).toEqual({ ok: true, changed: true });
    expect([await cluster.probeScale(target, { from: 2, to: 0 }), await cluster.probeScale(target, { from: 7, to: 8 })]).toEqual(["no", "unknown"]);
  });

  test("is left alone when it is another, or an autoscaler's", async () => {
    expect(await cluster.scale(target, { from: 5, to: 9 })).toMatchObject({ refusal: "moved" });
    k8s.state.autoscalers.push({
      metadata: k8s.state.meta("checkout-hpa", { namespace: "shop" }),
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" } },
    });
    expect(await cluster.scale(target, { from: 2, to: 4 })).toMatchObject({ refusal: "autoscaled", says: expect.stringContaining("checkout-hpa") as string });
    expect((await plan()).hpa).toBe("checkout-hpa");
    expect(writes()).toEqual([]);
  });

  test("that somebody changes meanwhile is not overwritten", async () => {
    k8s.before(() => {
      checkout.spec.replicas = 7;
      k8s.state.touch(checkout, true);
    });
    expect(await failure(cluster.scale(target, { from: 2, to: 4 }))).toMatchObject({ retryable: true, mayHaveHappened: false });
    expect(await cluster.scale(target, { from: 2, to: 4 })).toMatchObject({ refusal: "moved" });
    expect(checkout.spec.replicas).toBe(7);
  });
});

describe("a node and a pod", () => {
  test("a node is closed and opened, once each", async () => {
    k8s.state.nodes.push({ metadata: k8s.state.meta("node-a"), spec: {}, status: { conditions: [{ type: "Ready", status: "True" }] } });
    const intent = { on: true, runId };
    expect(await cluster.probeCordon("node-a", intent)).toBe("no");
    expect(await cluster.cordon("node-a", intent)).toEqual({ ok: true, changed: true });
    expect(await cluster.cordon("node-a", intent)).toEqual({ ok: true, changed: false });
    expect(await cluster.node("node-a")).toEqual({ unschedulable: true, ready: true });
    expect(await cluster.probeCordon("node-a", intent)).toBe("yes");
    expect(await cluster.cordon("node-a", { on: false, runId })).toEqual({ ok: true, changed: true });
    expect(await cluster.cordon("node-z", intent)).toMatchObject({ refusal: "not-found" });
  });

  test("a pod goes when its budget lets it, and only that pod", async () => {
    const [first] = await cluster.pods(target);
    const pod = { namespace: "shop", pod: first!.name };
    k8s.state.budgets.set("checkout", 0);
    expect(await failure(cluster.evict(pod, first!))).toMatchObject({ reason: "rate_limited", retryable: true, retryAfterMs: 10_000 });
    k8s.state.budgets.set("checkout", 1);
    expect(await cluster.evict(pod, { uid: "its predecessor" })).toEqual({ ok: true, changed: false });
    expect(await cluster.probeEvict(pod, first!)).toBe("no");
    expect(await cluster.evict(pod, first!)).toEqual({ ok: true, changed: true });
    expect(await cluster.evict(pod, first!)).toEqual({ ok: true, changed: false });
    expect([await cluster.probeEvict(pod, first!), await cluster.pod(pod)]).toEqual(["yes", null]);
  });

  test("a log is its last lines, and no more bytes than asked for", async () => {
    const fake = k8s.state.pods[0]!;
    fake.log = `${"x".repeat(50)}\nööö\nlast`;
    const pod = { namespace: "shop", pod: fake.metadata.name };
    expect(await cluster.logs(pod, { lines: 2, bytes: 1_000 })).toEqual({ text: "ööö\nlast", cut: false });
    expect(await cluster.logs(pod, { lines: 2, bytes: 8, sinceMs: 60_000, previous: true, container: "main" })).toEqual({ text: "ö\nlast", cut: true });
    expect(await cluster.logs({ ...pod, pod: "gone" }, { lines: 1, bytes: 1 })).toBeNull();
  });
});

describe("a rollout", () => {
  test("is done when every pod is new and available", async () => {
    expect(await cluster.rolloutDone(target)).toMatchObject({ state: "done" });
    k8s.state.ship(checkout, "shop/checkout:2");
    expect(await cluster.rolloutDone(target)).toMatchObject({ state: "progressing", says: expect.stringContaining("not seen") as string });
    const states = new Set<string>();
    while (k8s.state.step()) states.add(((await cluster.rolloutDone(target)) as { state: string }).state);
    expect([...states]).toEqual(["progressing", "done"]);
  });

  test("has failed when its time is up", async () => {
    k8s.state.broken.add("shop/checkout:2");
    ship("shop/checkout:2", MINUTE);
    expect(await cluster.rolloutDone(target)).toMatchObject({ state: "progressing" });
    k8s.state.now += 11 * MINUTE;
    k8s.state.settle();
    expect(await cluster.rolloutDone(target)).toMatchObject({ state: "failed", says: expect.stringContaining("timed out") as string });
  });
});

describe("when the cluster", () => {
  test.each([
    ["is gone", "cut", { reason: "unreachable", retryable: true }],
    ["is silent", "silence", { reason: "timeout", retryable: true }],
    ["has a fault", { status: 500 }, { reason: "server_error", retryable: true }],
    ["asks to wait", { status: 429, headers: { "retry-after": "3" } }, { reason: "rate_limited", retryAfterMs: 3_000 }],
    ["does not know us", { status: 401 }, { reason: "unauthorized", message: expect.stringContaining("KUBECONFIG") as string }],
    [
      "forbids it",
      { status: 403, message: "no patch" },
      { reason: "forbidden", retryable: false, message: expect.stringContaining("kubernetes-rbac.yaml") as string },
    ],
  ] as const)("%s, it is told at once and tried by nobody else", async (_, fault, expected) => {
    const before = k8s.requests.length;
    k8s.fault(fault);
    expect(await failure(cluster.node("node-a"))).toMatchObject({ ...expected, mayHaveHappened: false });
    expect(k8s.requests.length).toBe(before + 1);
  });

  test("takes a change and its answer is lost, nobody claims to know", async () => {
    const intent = { on: true, runId };
    k8s.state.nodes.push({ metadata: k8s.state.meta("node-a"), spec: {}, status: { conditions: [] } });
    k8s.before(() => {});
    k8s.fault({ status: 404 });
    expect(await cluster.cordon("node-a", intent)).toMatchObject({ refusal: "not-found" });
    const pod = k8s.state.pods[0]!;
    k8s.fault("lost");
    expect(await failure(cluster.evict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata))).toMatchObject({ mayHaveHappened: true });
    expect(await cluster.probeEvict({ namespace: "shop", pod: pod.metadata.name }, pod.metadata)).toBe("yes");
  });

  test.each([["../../../api/v1/nodes/x"], [".."], ["a/b?c=d"]])("is named things by labels, %s reaches nothing else", async (name) => {
    await cluster.pod({ namespace: "shop", pod: name }).catch((error: unknown) => expect(error).toBeInstanceOf(PortError));
    expect(k8s.requests.filter((each) => each.includes("/api/v1/nodes") || each.endsWith("/pods/"))).toEqual([]);
    k8s.violations.length = 0;
  });

  test("is not set up, that is said in plain words", async () => {
    const nowhere = createKubernetes({ kubeconfig: "/nowhere/kubeconfig", clock: () => NOW });
    expect(await failure(nowhere.node("n"))).toMatchObject({
      reason: "unauthorized",
      message: "KUBECONFIG (/nowhere/kubeconfig) cannot be used: no such file",
    });
  });
});

test("deploy/kubernetes-rbac.yaml grants what the actions need, each deployment by its name, and nothing else", () => {
  type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };
  const objects = parseAllDocuments(readFileSync("deploy/kubernetes-rbac.yaml", "utf8")).map((document) => document.toJS() as { kind: string; rules?: Rule[] });
  const granted = objects
    .flatMap(({ kind, rules = [] }) => rules.map((rule) => ({ kind, ...rule })))
    .flatMap(({ kind, apiGroups: [group], resources: [resource], resourceNames, verbs }) =>
      verbs.map((verb) => [kind === "ClusterRole" ? "cluster" : resourceNames === undefined ? "namespace" : "named", verb, group, resource].join(" ")),
    );
  const needed = PERMISSIONS.map(({ scope, verb, group, resource, subresource }) =>
    [scope, verb, group, subresource === undefined ? resource : `${resource}/${subresource}`].join(" "),
  );
  expect(granted.toSorted((a, b) => a.localeCompare(b))).toEqual(needed.toSorted((a, b) => a.localeCompare(b)));
  expect(objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy")).toHaveLength(2);
});
