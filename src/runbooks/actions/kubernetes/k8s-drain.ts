import { z } from "zod";
import type { Cluster } from "#ports/cluster.ts";
import type { DrainedPod } from "#ports/cluster-workloads.ts";
import { PortError } from "#ports/port-error.ts";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerStuck } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused, type ActionResult } from "#runbooks/actions/action-job.ts";
import {
  changeResult,
  KubernetesName,
  NO_CLUSTER,
  ROLLOUT_LOOK_MS,
  withCluster,
} from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange } from "#runbooks/actions/fake-cluster.ts";

/** Most pods whose eviction is asked for at one look. */
const EVICTED_AT_ONCE = 10;

export const k8sDrain = defineAction({
  name: "k8s.drain",
  summary: "Cordons a node and evicts its pods, within their disruption budgets, until none is left.",
  effect: "idempotent",
  touches: "systems",
  risk: "high",
  input: z.strictObject({
    node: KubernetesName.describe("the node"),
    emptyDir: z
      .enum(["keep", "delete"])
      .default("keep")
      .describe("`delete`: pods whose scratch space would be lost are evicted, too"),
  }),
  output: z.object({ evicted: z.number(), node: z.string() }),
  texts: {},
  fixed: ["emptyDir"],
  notes: [
    "As `kubectl drain --ignore-daemonsets`: pods of DaemonSets and of the node itself stay.",
    "Refused before anything is evicted when a pod has no controller, for nothing would start it again.",
    "A disruption budget that says no is waited for until the timeout. Undoing opens the node again; evicted pods stay where they went.",
  ],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const found = await ports.cluster.node(input.node);
    if (found === null) return { ok: false, says: `there is no node ${input.node}` };
    const pods = movablePods(await ports.cluster.podsOn(input.node));
    const lost = pods.find((pod) => isLost(pod, input.emptyDir));
    if (lost !== undefined) return { ok: false, says: `the pod ${lost.namespace}/${lost.name} stays: ${lost.lost}` };
    return { ok: true, intent: { ...input, was: found.unschedulable, pods: pods.length } };
  },
  run: ({ node, emptyDir, pods }, job) =>
    withCluster(job, async (cluster) => {
      const closed = await cluster.cordon(node, { on: true, runId: job.key });
      return closed.ok ? evictNext(cluster, node, emptyDir, pods) : actionRefused(closed.says);
    }),
  follow: ({ node, emptyDir, pods }, _, job) => withCluster(job, (cluster) => evictNext(cluster, node, emptyDir, pods)),
  probe: async ({ node }, { ports, key }) => {
    if (ports.cluster === null) return "unknown";
    if ((await ports.cluster.probeCordon(node, { on: true, runId: key })) !== "yes") return "no";
    return movablePods(await ports.cluster.podsOn(node)).length === 0 ? "yes" : "no";
  },
  undo: ({ node, was: previous }, job) =>
    withCluster(job, async (cluster) =>
      previous
        ? actionDone({ changed: false })
        : changeResult(await cluster.cordon(node, { on: false, runId: job.key }), {}),
    ),
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused, AnswerStuck]),
    says: "done, { refused: why } or { stuck: why }",
    ports: (script) => ({
      cluster: {
        node: () => Promise.resolve({ unschedulable: false, ready: false }),
        podsOn: () =>
          script.cluster.stuck === null
            ? Promise.resolve([])
            : Promise.reject(new PortError("rate_limited", script.cluster.stuck, { retryable: true })),
        cordon: () => fakeChange(script),
      },
    }),
  },
});

function movablePods(pods: readonly DrainedPod[]): readonly DrainedPod[] {
  return pods.filter(({ stays }) => stays === "");
}

function isLost({ lost }: DrainedPod, emptyDir: "keep" | "delete"): boolean {
  return lost !== "" && (emptyDir === "keep" || !lost.includes("emptyDir"));
}

/** Asks for the evictions that are left; a disruption budget holds back its own pods only. */
async function evictNext(
  cluster: Cluster,
  node: string,
  emptyDir: "keep" | "delete",
  atFirst: number,
): Promise<ActionResult<{ readonly evicted: number; readonly node: string }>> {
  const pods = movablePods(await cluster.podsOn(node));
  if (pods.length === 0) return actionDone({ evicted: atFirst, node });
  const lost = pods.find((pod) => isLost(pod, emptyDir));
  if (lost !== undefined) return actionRefused(`the pod ${lost.namespace}/${lost.name} stays: ${lost.lost}`);
  const asked = await Promise.allSettled(
    pods.slice(0, EVICTED_AT_ONCE).map(({ namespace, name, uid }) => cluster.evict({ namespace, pod: name }, { uid })),
  );
  const failed = asked.find(
    (each) => each.status === "rejected" && !(each.reason instanceof PortError && each.reason.retryable),
  );
  if (failed?.status === "rejected") throw failed.reason;
  return { state: "underway", handle: `${pods.length} pods left`, inMs: ROLLOUT_LOOK_MS };
}
