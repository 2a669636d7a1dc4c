import { describe, expect, test } from "vitest";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { useCluster, writeRequests } from "#test/support/doubles/kubernetes/cluster-before-each.ts";

const setup = useCluster();
const shop = { namespace: "shop" };
const HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers";
const JOBS = "/apis/batch/v1/jobs";
const ROLLOUTS = "/apis/argoproj.io/v1alpha1/rollouts";
const STATEFULSETS = "/apis/apps/v1/statefulsets";

describe("a restart of a StatefulSet", () => {
  const target = { kind: "statefulset", namespace: "shop", name: "cache" } as const;
  const intent = { stamp: NOW, runId: "RUN-1/restart" };
  const cache = (more: object = {}) =>
    setup.k8s.state.keep(STATEFULSETS, "cache", {
      meta: { ...shop, ...more },
      spec: { replicas: 3, template: {} },
      status: {},
    });

  test("is sent once, and known again by its stamp", async () => {
    cache();
    expect(await setup.cluster.probePinnedRestart(target, intent)).toBe("no");
    expect(await setup.cluster.restartPinned(target, intent)).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.restartPinned(target, intent)).toEqual({ ok: true, changed: false });
    expect(await setup.cluster.probePinnedRestart(target, intent)).toBe("yes");
    expect(await setup.cluster.probePinnedRestart(target, { stamp: NOW + MINUTE, runId: "RUN-2/restart" })).toBe("no");
    expect(writeRequests(setup)).toHaveLength(1);
  });

  test("is done when every pod is new and ready", async () => {
    const object = cache();
    const at = async (status: Readonly<Record<string, unknown>>): Promise<unknown> => {
      object.status = { observedGeneration: object.metadata.generation, ...status };
      return setup.cluster.pinnedRollout(target);
    };
    expect(await at({ observedGeneration: 0 })).toMatchObject({ state: "progressing" });
    expect(await at({ updatedReplicas: 2, readyReplicas: 3, updateRevision: "b", currentRevision: "a" })).toMatchObject(
      { state: "progressing" },
    );
    expect(await at({ updatedReplicas: 3, readyReplicas: 2, updateRevision: "b", currentRevision: "a" })).toMatchObject(
      { state: "progressing" },
    );
    expect(await at({ readyReplicas: 3, updateRevision: "b", currentRevision: "b" })).toMatchObject({ state: "done" });
  });

  test("is refused when the commit would put it back, and when there is none", async () => {
    cache({ labels: { "argocd.argoproj.io/instance": "shop" } });
    expect(await setup.cluster.restartPinned(target, intent)).toMatchObject({ ok: false, refusal: "gitops-owned" });
    expect(await setup.cluster.restartPinned({ ...target, name: "none" }, intent)).toMatchObject({
      refusal: "not-found",
    });
  });
});

test("a pod or job is deleted by its uid: one of the same name that came since is left alone", async () => {
  const old = setup.k8s.state.keep(JOBS, "backup-1", { meta: shop });
  const target = { namespace: "shop", name: "backup-1" };
  expect(await setup.cluster.remove("job", target, { uid: old.metadata.uid })).toEqual({ ok: true, changed: true });
  expect(await setup.cluster.remove("job", target, { uid: old.metadata.uid })).toEqual({ ok: true, changed: false });
  setup.k8s.state.keep(JOBS, "backup-1", { meta: shop });
  expect(await setup.cluster.remove("job", target, { uid: old.metadata.uid })).toEqual({ ok: true, changed: false });
  expect(await setup.cluster.job(target)).not.toBeNull();
});

test("the pods of a node are those that draining moves, with why the others stay or would be lost", async () => {
  const { state } = setup.k8s;
  state.pods = [];
  const pod = (
    name: string,
    owner: string | null,
    more: { readonly spec?: object; readonly annotations?: Record<string, string>; readonly phase?: string } = {},
  ): void =>
    void state.pods.push({
      metadata: state.meta(name, {
        ...shop,
        annotations: more.annotations ?? {},
        ...(owner !== null && {
          ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: "o", uid: "u", controller: true }],
        }),
      }),
      spec: { nodeName: "node-a", ...more.spec },
      status: { phase: more.phase ?? "Running", conditions: [], containerStatuses: [] },
      log: "",
    });
  pod("web", "ReplicaSet");
  pod("agent", "DaemonSet");
  pod("proxy", null, { annotations: { "kubernetes.io/config.mirror": "x" } });
  pod("alone", null);
  pod("scratch", "ReplicaSet", { spec: { volumes: [{ name: "tmp", emptyDir: {} }] } });
  pod("ended", "Job", { phase: "Succeeded" });
  expect((await setup.cluster.podsOn("node-a")).map(({ name, stays, lost }) => [name, stays, lost])).toEqual([
    ["web", "", ""],
    ["agent", "a DaemonSet keeps it there", ""],
    ["proxy", "the node itself runs it", "nothing would start it again"],
    ["alone", "", "nothing would start it again"],
    ["scratch", "", "what it keeps in an emptyDir would be lost"],
  ]);
  expect(await setup.cluster.podsOn("node-b")).toEqual([]);
});

test("limits of an autoscaler are set from what was seen, and only then", async () => {
  const object = setup.k8s.state.keep(HPAS, "checkout", {
    meta: shop,
    spec: { minReplicas: 2, maxReplicas: 5 },
    status: { currentReplicas: 5 },
  });
  const target = { namespace: "shop", name: "checkout" };
  const { uid } = object.metadata;
  const change = (from: object, to: object) => setup.cluster.setLimits(target, { uid, from, to } as never);
  expect(await setup.cluster.autoscaler(target)).toEqual({ uid, min: 2, max: 5, replicas: 5, gitops: "" });
  expect(await change({ min: 2, max: 4 }, { min: 2, max: 8 })).toMatchObject({ ok: false, refusal: "moved" });
  expect(await change({ min: 2, max: 5 }, { min: 2, max: 8 })).toEqual({ ok: true, changed: true });
  expect(await change({ min: 2, max: 5 }, { min: 2, max: 8 })).toEqual({ ok: true, changed: false });
  expect(object.spec).toMatchObject({ minReplicas: 2, maxReplicas: 8 });
  setup.k8s.before(() => void (object.spec["maxReplicas"] = 9));
  expect(await change({ min: 2, max: 8 }, { min: 2, max: 5 })).toMatchObject({ ok: false, refusal: "moved" });
});

test("a CronJob starts one job, however often its intent is sent", async () => {
  const { state } = setup.k8s;
  state.keep("/apis/batch/v1/cronjobs", "backup", {
    meta: shop,
    spec: { jobTemplate: { metadata: { labels: { app: "backup" } }, spec: { backoffLimit: 1, template: {} } } },
  });
  const [target, intent] = [
    { namespace: "shop", name: "backup" },
    { job: "backup-run-1-x", runId: "RUN-1/backup" },
  ];
  expect(await setup.cluster.runCronJob(target, intent)).toEqual({ ok: true, changed: true });
  expect(await setup.cluster.runCronJob(target, intent)).toEqual({ ok: true, changed: false });
  const made = state.objects.get(JOBS)!;
  expect(made).toMatchObject([{ metadata: { labels: { app: "backup" } }, spec: { backoffLimit: 1 } }]);
  expect(made).toHaveLength(1);
  const job = { namespace: "shop", name: intent.job };
  expect(await setup.cluster.job(job)).toMatchObject({ state: "running" });
  made[0]!.status = { conditions: [{ type: "Failed", status: "True", message: "out of memory" }] };
  expect(await setup.cluster.job(job)).toEqual({ state: "failed", says: "out of memory" });
  expect(await setup.cluster.runCronJob({ ...target, name: "none" }, intent)).toMatchObject({ refusal: "not-found" });
});

describe("a rollout of Argo", () => {
  const target = { namespace: "shop", name: "checkout" };
  const rollout = (status: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) =>
    setup.k8s.state.keep(ROLLOUTS, "checkout", {
      meta: { ...shop, annotations: { "rollout.argoproj.io/revision": "7" } },
      spec,
      status: { phase: "Progressing", ...status },
    });

  test("is aborted and retried by its status, each once", async () => {
    const { metadata } = rollout();
    const sends = (command: "abort" | "retry") => setup.cluster.commandRollout(target, { uid: metadata.uid, command });
    expect(await sends("abort")).toEqual({ ok: true, changed: true });
    expect(await sends("abort")).toEqual({ ok: true, changed: false });
    expect(await setup.cluster.argoRollout(target)).toMatchObject({ aborted: true, revision: "7" });
    expect(await sends("retry")).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.argoRollout(target)).toMatchObject({ aborted: false });
  });

  test("is promoted from a pause of its steps and from one by its spec", async () => {
    const object = rollout({ pauseConditions: [{ reason: "CanaryPauseStep" }] }, { paused: true });
    const intent = { uid: object.metadata.uid, command: "promote" } as const;
    expect(await setup.cluster.argoRollout(target)).toMatchObject({ paused: true, held: true });
    expect(await setup.cluster.commandRollout(target, intent)).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.argoRollout(target)).toMatchObject({ paused: false, held: false });
    expect(await setup.cluster.commandRollout(target, { ...intent, uid: "another" })).toMatchObject({
      refusal: "moved",
    });
  });

  test("goes back to a revision that is named, only from the one that was seen", async () => {
    const object = rollout();
    const { uid } = object.metadata;
    setup.k8s.state.sets.push({
      metadata: setup.k8s.state.meta("checkout-6", {
        ...shop,
        annotations: { "rollout.argoproj.io/revision": "6" },
        ownerReferences: [
          { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "checkout", uid, controller: true },
        ],
      }),
      spec: {
        replicas: 0,
        template: {
          metadata: { labels: { app: "checkout", "rollouts-pod-template-hash": "x" } },
          spec: { containers: [{ name: "main", image: "shop/checkout:6" }] },
        },
      },
      status: { availableReplicas: 0 },
    });
    expect(await setup.cluster.undoRollout(target, { uid, from: "7", to: "5" })).toMatchObject({
      refusal: "no-such-revision",
    });
    expect(await setup.cluster.undoRollout(target, { uid, from: "8", to: "6" })).toMatchObject({ refusal: "moved" });
    object.spec = { template: { metadata: { labels: { app: "checkout" } } } };
    expect(await setup.cluster.undoRollout(target, { uid, from: "7", to: "6" })).toEqual({ ok: true, changed: true });
    expect(object.spec["template"]).toMatchObject({ spec: { containers: [{ image: "shop/checkout:6" }] } });
    expect(JSON.stringify(object.spec)).not.toContain("rollouts-pod-template-hash");
  });
});
