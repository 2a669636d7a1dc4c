import { describe, expect, test } from "vitest";
import type { Cluster } from "#ports/cluster.ts";
import type { ClusterObject } from "#ports/cluster-objects.ts";
import type { DrainedPod } from "#ports/cluster-workloads.ts";
import { NO_PORTS } from "#ports/action-ports.ts";
import { toRichText } from "#domain/values/rich-text.ts";
import { PortError } from "#ports/port-error.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import { findRunner, type ActionJob, type StepIntent } from "#runbooks/index.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { scriptedCluster } from "#test/support/doubles/ports/scripted-cluster.ts";

function clusterJob(cluster: Partial<Cluster>): ActionJob {
  return {
    ports: { ...NO_PORTS, cluster: scriptedCluster(cluster) },
    people: {
      chat: dryRunChat(
        () => {},
        () => "id",
      ),
      paging: dryRunPaging(() => {}),
      tickets: dryRunTickets(() => {}),
    },
    incident: () => Promise.resolve(null),
    run: { number: 3, title: "Drain" },
    key: "RUN-3/0",
    mention: (to) => Promise.resolve(toRichText(to)),
    clock: () => NOW,
    startedAt: NOW,
    deadline: NOW + 10 * MINUTE,
    again: false,
  };
}

function anObject(more: Partial<ClusterObject> = {}): ClusterObject {
  return {
    kind: "pod",
    namespace: "shop",
    name: "checkout-1",
    uid: "u1",
    labels: {},
    ageMinutes: 5,
    status: "Running",
    ready: true,
    node: "node-a",
    restarts: 0,
    owner: "ReplicaSet/checkout",
    conditions: [],
    spec: {},
    state: {},
    ...more,
  };
}

describe("draining a node", () => {
  const pod = (name: string, more: Partial<DrainedPod> = {}): DrainedPod => ({
    namespace: "shop",
    name,
    uid: name,
    stays: "",
    lost: "",
    ...more,
  });
  const closed = { node: () => Promise.resolve({ unschedulable: false, ready: false }) };
  const drain = findRunner("k8s.drain");

  test("evicts what moves, waits for a budget that is used up, and is done when none is left", async () => {
    let pods = [pod("a"), pod("b"), pod("agent", { stays: "a DaemonSet keeps it there" })];
    let budget = 1;
    const evicted: string[] = [];
    const job = clusterJob({
      ...closed,
      cordon: () => Promise.resolve({ ok: true, changed: true }),
      podsOn: () => Promise.resolve(pods),
      evict({ pod: name }) {
        if (budget-- <= 0) return Promise.reject(new PortError("rate_limited", "budget", { retryable: true }));
        evicted.push(name);
        pods = pods.filter((each) => each.name !== name);
        return Promise.resolve({ ok: true, changed: true });
      },
    });
    const planned = await drain.plan!({ node: "node-a", emptyDir: "keep" }, job);
    expect(planned).toEqual({ ok: true, intent: { node: "node-a", emptyDir: "keep", was: false, pods: 2 } });
    const { intent } = planned as { readonly intent: StepIntent };
    expect(await drain.run(intent, job)).toMatchObject({ state: "underway", handle: "2 pods left" });
    expect(evicted).toEqual(["a"]);
    budget = 5;
    expect(await drain.follow!(intent, null, job)).toMatchObject({ state: "underway", handle: "1 pods left" });
    expect(await drain.follow!(intent, null, job)).toEqual({ state: "done", output: { evicted: 2, node: "node-a" } });
  });

  test.each([
    ["a pod that nothing would start again", { lost: "nothing would start it again" }, "keep", false],
    ["scratch space", { lost: "what it keeps in an emptyDir would be lost" }, "keep", false],
    ["scratch space that may go", { lost: "what it keeps in an emptyDir would be lost" }, "delete", true],
  ] as const)("looks for %s before it evicts anything", async (_, lost, emptyDir, ok) => {
    const job = clusterJob({ ...closed, podsOn: () => Promise.resolve([pod("a"), pod("b", lost)]) });
    expect(await drain.plan!({ node: "node-a", emptyDir }, job)).toMatchObject({ ok });
  });

  test("an eviction that is forbidden fails the step, and is not waited for", async () => {
    const job = clusterJob({
      podsOn: () => Promise.resolve([pod("a")]),
      evict: () => Promise.reject(new PortError("forbidden", "no", { retryable: false })),
    });
    await expect(drain.follow!({ node: "node-a", emptyDir: "keep", pods: 1 }, null, job)).rejects.toMatchObject({
      reason: "forbidden",
    });
  });

  test("is known to have happened when the node is closed and empty, and opens only what it closed", async () => {
    let opened = 0;
    const job = clusterJob({
      probeCordon: () => Promise.resolve("yes"),
      podsOn: () => Promise.resolve([pod("agent", { stays: "a DaemonSet keeps it there" })]),
      cordon: () => {
        opened += 1;
        return Promise.resolve({ ok: true, changed: true });
      },
    });
    expect(await drain.probe!({ node: "node-a" }, job)).toBe("yes");
    await drain.undo!({ node: "node-a", was: true }, job);
    expect(opened).toBe(0);
    await drain.undo!({ node: "node-a", was: false }, job);
    expect(opened).toBe(1);
  });
});

describe("deleting", () => {
  test("a pod without a controller is refused, for nothing would start another", async () => {
    const plan = (owner: string) =>
      findRunner("k8s.deletePod").plan!(
        { namespace: "shop", pod: "checkout-1" },
        clusterJob({ object: () => Promise.resolve(anObject({ owner })) }),
      );
    expect(await plan("")).toMatchObject({ ok: false, says: expect.stringContaining("no controller") });
    expect(await plan("ReplicaSet/checkout")).toMatchObject({ ok: true, intent: { uid: "u1" } });
  });

  test("a job that runs is refused, unless its author wrote that it may be ended", async () => {
    const plan = (running: boolean) =>
      findRunner("k8s.deleteJob").plan!(
        { namespace: "shop", job: "backup", running },
        clusterJob({ object: () => Promise.resolve(anObject({ kind: "job", status: "Running" })) }),
      );
    expect(await plan(false)).toMatchObject({ ok: false, says: expect.stringContaining("running: true") });
    expect(await plan(true)).toMatchObject({ ok: true });
  });

  test.each([
    [anObject({ uid: "u1" }), "no"],
    [anObject({ uid: "u1", status: "Terminating" }), "yes"],
    [anObject({ uid: "u2" }), "yes"],
    [null, "yes"],
  ])("a pod is known to be gone (%#)", async (found, answer) => {
    const job = clusterJob({ object: () => Promise.resolve(found) });
    const probe = findRunner("k8s.deletePod").probe!;
    expect(await probe({ namespace: "shop", pod: "checkout-1", uid: "u1" }, job)).toBe(answer);
  });
});

test("a restart goes to the workload that is named, and is followed there", async () => {
  const restarted: string[] = [];
  const job = clusterJob({
    restart: ({ deployment }) => {
      restarted.push(`deployment ${deployment}`);
      return Promise.resolve({ ok: true, changed: true });
    },
    restartPinned: ({ kind, name }) => {
      restarted.push(`${kind} ${name}`);
      return Promise.resolve({ ok: true, changed: true });
    },
    pinnedRollout: () => Promise.resolve({ state: "done", says: "" }),
  });
  const { run, follow } = findRunner("k8s.restart");
  for (const target of [{ deployment: "a" }, { statefulset: "b" }, { daemonset: "c" }])
    await run({ namespace: "shop", stamp: NOW, ...target }, job);
  expect(restarted).toEqual(["deployment a", "statefulset b", "daemonset c"]);
  expect(await follow!({ namespace: "shop", stamp: NOW, daemonset: "c" }, "rollout", job)).toMatchObject({
    state: "done",
  });
});

test("a CronJob's job has a name that fits, is planned once, and ends the step as it ends", async () => {
  const { plan, follow } = findRunner("k8s.runCronJob");
  const states = ["running", "failed", "complete"] as const;
  let at = 0;
  const job = clusterJob({ job: () => Promise.resolve({ state: states[at++]!, says: "out of memory" }) });
  const planned = await plan!({ namespace: "shop", cronjob: "b".repeat(60) }, job);
  const { intent } = planned as { readonly intent: StepIntent };
  expect(String(intent["job"])).toMatch(/^[a-z0-9-]{1,63}$/);
  expect(await follow!(intent, null, job)).toMatchObject({ state: "underway" });
  expect(await follow!(intent, null, job)).toMatchObject({ state: "refused" });
  expect(await follow!(intent, null, job)).toMatchObject({ state: "done" });
});

test("limits of an autoscaler that are left out stay as they are, and are put back", async () => {
  const { plan, undo } = findRunner("k8s.autoscaler");
  const changed: object[] = [];
  const job = clusterJob({
    autoscaler: () => Promise.resolve({ uid: "u", min: 2, max: 5, replicas: 5, gitops: "" }),
    setLimits: (_, intent) => {
      changed.push(intent);
      return Promise.resolve({ ok: true, changed: true });
    },
  });
  const planned = await plan!({ namespace: "shop", autoscaler: "checkout", max: 8 }, job);
  expect(planned).toMatchObject({ intent: { from: { min: 2, max: 5 }, to: { min: 2, max: 8 }, replicas: 5 } });
  await undo!((planned as { readonly intent: StepIntent }).intent, job);
  expect(changed).toEqual([{ uid: "u", from: { min: 2, max: 8 }, to: { min: 2, max: 5 } }]);
  expect(await plan!({ namespace: "shop", autoscaler: "checkout", max: 1 }, job)).toMatchObject({ ok: false });
});

test("what is read has names to go on with", async () => {
  const job = clusterJob({
    objects: () =>
      Promise.resolve({ items: [anObject({ name: "a", ready: false }), anObject({ name: "b" })], cut: true }),
    object: () => Promise.resolve(anObject({ status: "CrashLoopBackOff", restarts: 2 })),
    events: () =>
      Promise.resolve([
        {
          minutesAgo: 1,
          type: "Warning",
          reason: "BackOff",
          message: "restarting",
          count: 3,
          object: "Pod/checkout-1",
        },
      ]),
  });
  const runs = (name: string, intent: StepIntent) => findRunner(name).run(intent, job);
  const where = { kind: "pod", namespace: "shop" };
  expect(await runs("k8s.list", { ...where, labels: {}, only: "not-ready", limit: 20 })).toMatchObject({
    output: { names: ["a"], count: 1, cut: true },
  });
  expect(await runs("k8s.describe", { ...where, name: "checkout-1" })).toMatchObject({
    output: {
      status: "CrashLoopBackOff",
      lines: [
        "pod checkout-1: CrashLoopBackOff, on node-a, 2 restarts, of ReplicaSet/checkout",
        "Warning BackOff ×3: restarting",
      ],
    },
  });
  expect(await runs("k8s.get", { ...where, name: "checkout-1" })).toMatchObject({ output: { found: true } });
  expect(await runs("k8s.events", { namespace: "shop", type: "warning", since: MINUTE, limit: 5 })).toMatchObject({
    output: { count: 1 },
  });
});
