import { z } from "zod";
import { AnswerDone, AnswerFails } from "#runbooks/actions/action-fake.ts";
import { fakeRemoval, probeRemoval } from "#runbooks/actions/cluster-object.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

export const k8sDeletePod = defineAction({
  name: "k8s.deletePod",
  summary: "Deletes one pod at once, so that its controller starts another.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.describe("the namespace"),
    pod: KubernetesName.describe("the pod"),
  }),
  output: z.object({ changed: z.boolean(), owner: z.string() }),
  texts: {},
  notes: [
    "Bound to the pod's uid: its successor of the same name is left alone.",
    "Refused when it has no controller. `k8s.evict` is kinder: it waits for disruption budgets.",
  ],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const found = await ports.cluster.object({ kind: "pod", namespace: input.namespace }, input.pod);
    if (found === null) return { ok: false, says: `there is no pod ${input.namespace}/${input.pod}` };
    if (found.owner === "")
      return {
        ok: false,
        says: `the pod ${input.namespace}/${input.pod} has no controller: nothing would start another`,
      };
    return { ok: true, intent: { ...input, uid: found.uid, owner: found.owner } };
  },
  run: ({ namespace, pod, uid, owner }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.remove("pod", { namespace, name: pod }, { uid }), { owner }),
    ),
  probe: ({ namespace, pod, uid }, { ports }) => probeRemoval(ports.cluster, { kind: "pod", namespace }, pod, uid),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, z.literal("gone"), AnswerFails]),
    says: "done, or gone when there is no such pod",
    ports: fakeRemoval("pod", { status: "Running", owner: "ReplicaSet/owner" }),
  },
});
