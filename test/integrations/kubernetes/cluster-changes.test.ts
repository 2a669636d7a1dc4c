import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import {
  rolloutPlanOf,
  RUN_KEY,
  shipImage,
  TARGET_DEPLOYMENT,
  useCluster,
  writeRequests,
} from "#test/support/doubles/kubernetes/cluster-before-each.ts";

const setup = useCluster();
const image = (): string => setup.checkout.spec.template.spec.containers[0]!.image;

describe("a restart", () => {
  test("sent twice is one rollout: its stamp is the journal's, not the clock's", async () => {
    const intent = { stamp: NOW + 1_234, runId: RUN_KEY };
    expect(await setup.cluster.restart(TARGET_DEPLOYMENT, intent)).toEqual({ ok: true, changed: true });
    setup.k8s.state.now += MINUTE;
    setup.k8s.state.settle();
    const { generation } = setup.checkout.metadata;
    expect(await setup.cluster.restart(TARGET_DEPLOYMENT, intent)).toEqual({ ok: true, changed: false });
    expect(setup.checkout.metadata.generation).toBe(generation);
    expect(setup.checkout.metadata.annotations["muster/run-id"]).toBe(RUN_KEY);
    expect(setup.checkout.spec.template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"]).toBe(
      new Date(NOW + 1_000).toISOString().replace(".000Z", "Z"),
    );
  });

  test("counts as done after a later restart by another", async () => {
    await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW + 60_000, runId: "somebody" });
    expect(await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toEqual({
      ok: true,
      changed: false,
    });
    expect(await setup.cluster.probeRestart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toBe("unknown");
  });

  test("of a paused or missing deployment is refused", async () => {
    setup.checkout.spec.paused = true;
    expect(await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toMatchObject({
      ok: false,
      refusal: "paused",
    });
    expect(
      await setup.cluster.restart({ ...TARGET_DEPLOYMENT, deployment: "nowhere" }, { stamp: NOW, runId: RUN_KEY }),
    ).toMatchObject({
      ok: false,
      refusal: "not-found",
    });
  });

  test("can be asked about afterwards", async () => {
    expect(await setup.cluster.probeRestart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toBe("no");
    setup.k8s.fault({ status: 500 });
    await portErrorOf(setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY }));
    expect(await setup.cluster.probeRestart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toBe("no");
    await setup.cluster.restart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY });
    expect(await setup.cluster.probeRestart(TARGET_DEPLOYMENT, { stamp: NOW, runId: RUN_KEY })).toBe("yes");
  });
});

describe("a rollback", () => {
  test("waits until the cluster has observed the latest change, and then leaves it alone", async () => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    const { uid } = await rolloutPlanOf(setup);
    const intent = { uid, from: "2", to: "1", runId: RUN_KEY };
    setup.k8s.state.ship(setup.checkout, "shop/checkout:3");
    expect(await portErrorOf(setup.cluster.rollback(TARGET_DEPLOYMENT, intent))).toMatchObject({
      retryable: true,
      message: expect.stringContaining("not seen") as string,
    });
    expect(image()).toBe("shop/checkout:3");
    setup.k8s.state.settle();
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toMatchObject({ ok: false, refusal: "moved" });
  });

  let intent: { uid: string; from: string; to: string; runId: string };
  beforeEach(() => {
    shipImage(setup, "shop/checkout:2", 60 * MINUTE);
    intent = { uid: setup.checkout.metadata.uid, from: "2", to: "1", runId: RUN_KEY };
  });

  test("restores the whole old pod template, even unknown fields, as a new revision", async () => {
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toEqual({ ok: true, changed: true });
    expect(setup.checkout.spec.template).toMatchObject({
      metadata: { labels: { app: "checkout" } },
      spec: { containers: [{ image: "shop/checkout:1", futureField: "kept" }] },
    });
    expect(setup.checkout.spec.template.metadata?.labels).not.toHaveProperty("pod-template-hash");
    setup.k8s.state.settle();
    expect(setup.k8s.state.setsOf(setup.checkout)).toHaveLength(2);
    expect(setup.checkout.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("3");
  });

  test("sent twice does it once, before and after the cluster saw it", async () => {
    await setup.cluster.rollback(TARGET_DEPLOYMENT, intent);
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toEqual({ ok: true, changed: false });
    setup.k8s.state.settle();
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toEqual({ ok: true, changed: false });
    expect(image()).toBe("shop/checkout:1");
  });

  test.each<[string, () => void, string]>([
    ["another version was shipped", () => shipImage(setup, "shop/checkout:3", MINUTE), "moved"],
    ["it was made anew", () => (setup.checkout.metadata.uid = "another"), "moved"],
    ["the old revision is gone", () => void setup.k8s.state.sets.splice(0, 1), "no-such-revision"],
    ["it is paused", () => (setup.checkout.spec.paused = true), "paused"],
  ])("is refused when %s", async (_, happens, refusal) => {
    happens();
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toMatchObject({ ok: false, refusal });
    expect(writeRequests(setup)).toEqual([]);
  });

  test("loses a conflict, and does not retry", async () => {
    setup.k8s.before(() => shipImage(setup, "shop/checkout:3", MINUTE));
    expect(await setup.cluster.rollback(TARGET_DEPLOYMENT, intent)).toMatchObject({ ok: false, refusal: "moved" });
    expect([image(), writeRequests(setup).length]).toEqual(["shop/checkout:3", 1]);
  });

  test.each<[string, () => unknown, string]>([
    ["nothing was sent", () => {}, "no"],
    [
      "the answer was lost",
      () => (setup.k8s.fault("pass", "pass", "lost"), portErrorOf(setup.cluster.rollback(TARGET_DEPLOYMENT, intent))),
      "yes",
    ],
    [
      "it is through",
      async () => (await setup.cluster.rollback(TARGET_DEPLOYMENT, intent), setup.k8s.state.settle()),
      "yes",
    ],
    ["another version was shipped", () => shipImage(setup, "shop/checkout:3", MINUTE), "unknown"],
    ["somebody else asked for the same", () => setup.k8s.state.ship(setup.checkout, "shop/checkout:1"), "unknown"],
    ["it was made anew", () => (setup.checkout.metadata.uid = "another"), "unknown"],
  ])("when %s, asked whether it happened", async (_, happens, answer) => {
    await happens();
    expect(await setup.cluster.probeRollback(TARGET_DEPLOYMENT, intent)).toBe(answer);
  });
});

describe("a size", () => {
  test("is set from its previous value, to zero and back", async () => {
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 0 })).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.probeScale(TARGET_DEPLOYMENT, { from: 2, to: 0 })).toBe("yes");
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 0 })).toEqual({ ok: true, changed: false });
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 0, to: 2 })).toEqual({ ok: true, changed: true });
    expect([
      await setup.cluster.probeScale(TARGET_DEPLOYMENT, { from: 2, to: 0 }),
      await setup.cluster.probeScale(TARGET_DEPLOYMENT, { from: 7, to: 8 }),
    ]).toEqual(["no", "unknown"]);
  });

  test("is left alone when it is another, or an autoscaler's", async () => {
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 5, to: 9 })).toMatchObject({ refusal: "moved" });
    setup.k8s.state.autoscalers.push({
      metadata: setup.k8s.state.meta("checkout-hpa", { namespace: "shop" }),
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" } },
    });
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 4 })).toMatchObject({
      refusal: "autoscaled",
      says: expect.stringContaining("checkout-hpa") as string,
    });
    expect((await rolloutPlanOf(setup)).hpa).toBe("checkout-hpa");
    expect(writeRequests(setup)).toEqual([]);
  });

  test("is left alone when it is that of an autoscaler behind 500 others", async () => {
    for (const name of [...Array.from({ length: 500 }, (_, i) => `other-${i}`), "checkout"])
      setup.k8s.state.autoscalers.push({
        metadata: setup.k8s.state.meta(`${name}-hpa`, { namespace: "shop" }),
        spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name } },
      });
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 4 })).toMatchObject({
      refusal: "autoscaled",
      says: expect.stringContaining("checkout-hpa") as string,
    });
  });

  test("that another changes meanwhile is not overwritten", async () => {
    setup.k8s.before(() => {
      setup.checkout.spec.replicas = 7;
      setup.k8s.state.touch(setup.checkout, true);
    });
    expect(await portErrorOf(setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 4 }))).toMatchObject({
      retryable: true,
      mayHaveHappened: false,
    });
    expect(await setup.cluster.scale(TARGET_DEPLOYMENT, { from: 2, to: 4 })).toMatchObject({ refusal: "moved" });
    expect(setup.checkout.spec.replicas).toBe(7);
  });
});

describe("a node and a pod", () => {
  test("a node is closed and opened, once each", async () => {
    setup.k8s.state.nodes.push({
      metadata: setup.k8s.state.meta("node-a"),
      spec: {},
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    const intent = { on: true, runId: RUN_KEY };
    expect(await setup.cluster.probeCordon("node-a", intent)).toBe("no");
    expect(await setup.cluster.cordon("node-a", intent)).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.cordon("node-a", intent)).toEqual({ ok: true, changed: false });
    expect(await setup.cluster.node("node-a")).toEqual({ unschedulable: true, ready: true });
    expect(await setup.cluster.probeCordon("node-a", intent)).toBe("yes");
    expect(await setup.cluster.cordon("node-a", { on: false, runId: RUN_KEY })).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.cordon("node-z", intent)).toMatchObject({ refusal: "not-found" });
  });

  test("evicts one pod, when its disruption budget allows it", async () => {
    const [first] = await setup.cluster.pods(TARGET_DEPLOYMENT);
    const pod = { namespace: "shop", pod: first!.name };
    setup.k8s.state.budgets.set("checkout", 0);
    expect(await portErrorOf(setup.cluster.evict(pod, first!))).toMatchObject({
      reason: "rate_limited",
      retryable: true,
      retryAfterMs: 10_000,
    });
    setup.k8s.state.budgets.set("checkout", 1);
    expect(await setup.cluster.evict(pod, { uid: "its predecessor" })).toEqual({ ok: true, changed: false });
    expect(await setup.cluster.probeEvict(pod, first!)).toBe("no");
    expect(await setup.cluster.evict(pod, first!)).toEqual({ ok: true, changed: true });
    expect(await setup.cluster.evict(pod, first!)).toEqual({ ok: true, changed: false });
    expect([await setup.cluster.probeEvict(pod, first!), await setup.cluster.pod(pod)]).toEqual(["yes", null]);
  });

  test("a log is its last lines, and at most the bytes that were asked for", async () => {
    const fake = setup.k8s.state.pods[0]!;
    fake.log = `${"x".repeat(50)}\nööö\nlast`;
    const pod = { namespace: "shop", pod: fake.metadata.name };
    expect(await setup.cluster.logs(pod, { lines: 2, bytes: 1_000 })).toEqual({ text: "ööö\nlast", cut: false });
    expect(
      await setup.cluster.logs(pod, { lines: 2, bytes: 8, sinceMs: 60_000, previous: true, container: "main" }),
    ).toEqual({
      // Half a line could be half a secret, which would not be recognized as one.
      text: "last",
      cut: true,
    });
    expect(await setup.cluster.logs({ ...pod, pod: "gone" }, { lines: 1, bytes: 1 })).toBeNull();
  });
});
