import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { useCluster } from "#test/support/doubles/kubernetes/cluster-before-each.ts";

const setup = useCluster();
const JOBS = "/apis/batch/v1/jobs";
const shop = { namespace: "shop" };

describe("an object", () => {
  test("is shown as kubectl shows it, with its conditions and its owner", async () => {
    const { state } = setup.k8s;
    state.keep(JOBS, "backup-1", {
      meta: {
        ...shop,
        ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "backup", uid: "u", controller: true }],
      },
      status: {
        failed: 4,
        conditions: [
          { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "Job has reached the limit" },
        ],
      },
    });
    state.now += 20 * MINUTE;
    expect(await setup.cluster.object({ kind: "job", namespace: "shop" }, "backup-1")).toMatchObject({
      name: "backup-1",
      status: "Failed",
      ready: false,
      ageMinutes: 20,
      owner: "CronJob/backup",
      conditions: [
        { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "Job has reached the limit" },
      ],
      state: { failed: 4 },
    });
    expect(await setup.cluster.object({ kind: "job", namespace: "shop" }, "backup-2")).toBeNull();
  });

  test("shows the names of environment variables and none of their values", async () => {
    setup.k8s.state.keep("/apis/apps/v1/statefulsets", "cache", {
      meta: shop,
      spec: {
        replicas: 3,
        template: { spec: { containers: [{ name: "main", env: [{ name: "PASSWORD", value: "a-secret-value" }] }] } },
      },
      status: { readyReplicas: 2 },
    });
    const found = await setup.cluster.object({ kind: "statefulset", namespace: "shop" }, "cache");
    expect(found).toMatchObject({ status: "2/3", ready: false });
    expect(JSON.stringify(found)).not.toContain("a-secret-value");
    expect(JSON.stringify(found)).toContain("PASSWORD");
  });

  test.each([
    [
      "pod",
      "/api/v1/pods",
      {},
      {
        phase: "Running",
        containerStatuses: [{ restartCount: 7, ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } }],
      },
      "CrashLoopBackOff",
      false,
    ],
    ["pod", "/api/v1/pods", {}, { phase: "Succeeded" }, "Completed", true],
    ["pod", "/api/v1/pods", {}, { phase: "Failed", reason: "Evicted" }, "Evicted", false],
    ["job", JOBS, {}, { active: 1 }, "Running", true],
    ["job", JOBS, { suspend: true }, {}, "Suspended", true],
    ["daemonset", "/apis/apps/v1/daemonsets", {}, { desiredNumberScheduled: 4, numberReady: 3 }, "3/4", false],
    [
      "hpa",
      "/apis/autoscaling/v2/horizontalpodautoscalers",
      { minReplicas: 2, maxReplicas: 10 },
      { currentReplicas: 10 },
      "10 of 2-10",
      false,
    ],
    ["pvc", "/api/v1/persistentvolumeclaims", {}, { phase: "Pending" }, "Pending", false],
    [
      "rollout",
      "/apis/argoproj.io/v1alpha1/rollouts",
      { replicas: 2 },
      { phase: "Degraded", availableReplicas: 1 },
      "Degraded 1/2",
      false,
    ],
    [
      "certificate",
      "/apis/cert-manager.io/v1/certificates",
      {},
      { conditions: [{ type: "Ready", status: "False" }] },
      "NotReady",
      false,
    ],
    ["service", "/api/v1/services", { type: "LoadBalancer" }, {}, "LoadBalancer", true],
  ] as const)(
    "of the kind %s has the status that %s shows (%#)",
    async (kind, resource, spec, status, shown, ready) => {
      const { state } = setup.k8s;
      const object = state.keep(resource, "it", { meta: shop, spec, status });
      if (kind === "pod") state.pods.push({ ...object, log: "" } as never);
      expect(await setup.cluster.object({ kind, namespace: "shop" }, "it")).toMatchObject({ status: shown, ready });
    },
  );
});

describe("a list", () => {
  test("has what is not as it should be first, and shows when there is more", async () => {
    const { state } = setup.k8s;
    for (const i of [1, 2, 3, 4])
      state.keep(JOBS, `job-${i}`, {
        meta: { ...shop, labels: { app: i === 4 ? "other" : "backup" } },
        status: { conditions: i === 3 ? [{ type: "Failed", status: "True" }] : [{ type: "Complete", status: "True" }] },
      });
    const found = await setup.cluster.objects({ kind: "job", namespace: "shop" }, { selector: "app=backup", limit: 2 });
    expect(found.items.map(({ name, status }) => [name, status])).toEqual([
      ["job-3", "Failed"],
      ["job-1", "Complete"],
    ]);
    expect(found.cut).toBe(true);
    expect((await setup.cluster.objects({ kind: "job", namespace: null }, { limit: 10 })).items).toHaveLength(4);
  });

  test("of a name that climbs out of its place is refused", async () => {
    await expect(setup.cluster.object({ kind: "job", namespace: ".." }, "secrets")).rejects.toMatchObject({
      reason: "invalid",
    });
  });
});

test("events are the newest first, of one object, and only those of the time that is asked for", async () => {
  const { state } = setup.k8s;
  const event = (name: string, minutesAgo: number, reason: string, type = "Warning"): void =>
    void state.keep("/api/v1/events", `${name}-${reason}`, {
      meta: shop,
      involvedObject: { kind: "Pod", name },
      type,
      reason,
      message: `${reason} of ${name}`,
      count: 3,
      lastTimestamp: new Date(NOW - minutesAgo * MINUTE).toISOString(),
    });
  event("checkout-1", 30, "BackOff");
  event("checkout-1", 5, "Unhealthy");
  event("checkout-1", 4, "Pulled", "Normal");
  event("checkout-1", 90, "Old");
  event("checkout-2", 1, "Unhealthy");
  const wanted = { about: "Pod/checkout-1", sinceMs: HOUR, limit: 10 };
  const reasons = async (warningsOnly: boolean): Promise<readonly string[]> =>
    (await setup.cluster.events("shop", { ...wanted, warningsOnly })).map(({ reason }) => reason);
  expect(await reasons(true)).toEqual(["Unhealthy", "BackOff"]);
  expect(await reasons(false)).toEqual(["Pulled", "Unhealthy", "BackOff"]);
  expect((await setup.cluster.events("shop", { ...wanted, warningsOnly: true }))[0]).toEqual({
    minutesAgo: 5,
    type: "Warning",
    reason: "Unhealthy",
    message: "Unhealthy of checkout-1",
    count: 3,
    object: "Pod/checkout-1",
  });
});

test("what is wrong is found beyond the first page of a list, and the newest event too", async () => {
  const { state } = setup.k8s;
  for (let i = 0; i < 700; i++) {
    const failed = i === 650 ? [{ type: "Failed", status: "True" }] : [];
    state.keep(JOBS, `job-${i}`, { meta: shop, status: { conditions: failed } });
    const lastTimestamp = new Date(NOW - (i === 650 ? 1 : 30) * MINUTE).toISOString();
    const involvedObject = { kind: "Job", name: `job-${i}` };
    state.keep("/api/v1/events", `job-${i}`, { meta: shop, involvedObject, reason: "Failed", lastTimestamp });
  }
  const found = await setup.cluster.objects({ kind: "job", namespace: "shop" }, { limit: 5 });
  expect([found.items[0]!.name, found.cut]).toEqual(["job-650", true]);
  const events = await setup.cluster.events("shop", { warningsOnly: false, sinceMs: HOUR, limit: 1 });
  expect(events.map(({ object }) => object)).toEqual(["Job/job-650"]);
});
