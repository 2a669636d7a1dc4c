import { z } from "zod";
import { AnswerDone, AnswerFails } from "#runbooks/actions/action-fake.ts";
import { DescribedObject, describedObject } from "#runbooks/actions/cluster-object.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { FAKE_UID, fakeChange } from "#runbooks/actions/fake-cluster.ts";

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
  probe: async ({ namespace, pod, uid }, { ports }) => {
    if (ports.cluster === null) return "unknown";
    const found = await ports.cluster.object({ kind: "pod", namespace }, pod);
    return found?.uid === uid && found.status !== "Terminating" ? "no" : "yes";
  },
  undo: null,
  fake: {
    answers: z.union([AnswerDone, z.literal("gone"), AnswerFails]),
    says: "done, or gone when there is no such pod",
    ports: (script) => ({
      cluster: {
        async object() {
          const request = await script.asker();
          if (request !== null && script.peek(request.key) === "gone" && script.take(request.key) === "gone")
            return null;
          return {
            ...describedObject(
              "pod",
              DescribedObject.parse({ name: "pod-1", status: "Running", ready: false, owner: "ReplicaSet/owner" }),
            ),
            uid: FAKE_UID,
          };
        },
        remove: () => fakeChange(script),
      },
    }),
  },
});
