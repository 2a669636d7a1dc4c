import { z } from "zod";
import { AnswerDone, AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { FAKE_UID } from "#runbooks/actions/fake-cluster.ts";

export const k8sEvict = defineAction({
  name: "k8s.evict",
  summary: "Evicts one pod, within its disruption budget.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.describe("the namespace"),
    pod: KubernetesName.describe("the pod"),
  }),
  output: z.object({ evicted: z.boolean(), node: z.string() }),
  texts: {},
  notes: [
    "Bound to the pod's uid: its successor of the same name is left alone.",
    "A disruption budget that says no is waited for until the timeout.",
  ],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const found = await ports.cluster.pod({ namespace: input.namespace, pod: input.pod });
    return found === null
      ? { ok: false, says: `there is no pod ${input.namespace}/${input.pod}` }
      : { ok: true, intent: { ...input, uid: found.uid, node: found.node } };
  },
  run: ({ namespace, pod, uid, node }, job) =>
    withCluster(job, async (cluster) => {
      const { changed } = await cluster.evict({ namespace, pod }, { uid });
      return actionDone({ evicted: changed, node });
    }),
  probe: async ({ namespace, pod, uid }, { ports }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeEvict({ namespace, pod }, { uid }),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, z.literal("gone"), AnswerFails]),
    says: "done, or gone when there is no such pod",
    ports: (script) => ({
      cluster: {
        async pod() {
          const request = await script.asker();
          return request !== null && script.peek(request.key) === "gone" && script.take(request.key) === "gone"
            ? null
            : { uid: FAKE_UID, phase: "Running", node: "node-1", restarts: 0, ready: true, ending: false };
        },
        async evict() {
          await script.answer();
          return { ok: true, changed: true };
        },
      },
    }),
  },
});
