import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import type { PinnedWorkload } from "#ports/cluster-workloads.ts";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerStuck } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused, type ActionJob, type ActionResult } from "#runbooks/actions/action-job.ts";
import {
  deploymentFields,
  KubernetesName,
  ROLLOUT_LOOK_MS,
  rolloutResult,
  withCluster,
} from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange, fakeRollout } from "#runbooks/actions/fake-cluster.ts";

type Restarted = { readonly restartedAt: string; readonly revision: string };

export const k8sRestart = defineAction({
  name: "k8s.restart",
  summary: "Restarts the pods of a workload, one after another, as its strategy says.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z
    .strictObject({
      namespace: deploymentFields.namespace,
      deployment: KubernetesName.optional().describe("the deployment; this, `statefulset` or `daemonset`"),
      statefulset: KubernetesName.optional(),
      daemonset: KubernetesName.optional(),
    })
    .refine(
      ({ deployment, statefulset, daemonset }) =>
        [deployment, statefulset, daemonset].filter((name) => name !== undefined).length === 1,
      { error: "name one workload: deployment, statefulset or daemonset" },
    ),
  output: z.object({ restartedAt: z.string(), revision: z.string().describe('of a deployment, else ""') }),
  texts: {},
  notes: [
    "The stamp is the journalled start of the step, so sending it again starts no second rollout.",
    "Refused when the deployment is paused.",
  ],
  plan: (input, { clock }) => Promise.resolve({ ok: true, intent: { ...input, stamp: clock() } }),
  run: ({ stamp, ...target }, job) =>
    withCluster(job, async (cluster) => {
      const pinned = pinnedWorkload(target);
      const intent = { stamp, runId: job.key };
      const change =
        pinned === null
          ? await cluster.restart(asDeployment(target), intent)
          : await cluster.restartPinned(pinned, intent);
      return change.ok ? { state: "underway", handle: "rollout", inMs: ROLLOUT_LOOK_MS } : actionRefused(change.says);
    }),
  follow: ({ stamp, ...target }, _, job) => {
    const restartedAt = formatIso(stamp);
    const pinned = pinnedWorkload(target);
    return pinned === null
      ? withCluster(job, (cluster) =>
          rolloutResult(cluster, job, asDeployment(target), (revision) => ({ restartedAt, revision })),
        )
      : followPinned(pinned, restartedAt, job);
  },
  probe: async ({ stamp, ...target }, { ports, key }) => {
    if (ports.cluster === null) return "unknown";
    const pinned = pinnedWorkload(target);
    const intent = { stamp, runId: key };
    return pinned === null
      ? ports.cluster.probeRestart(asDeployment(target), intent)
      : ports.cluster.probePinnedRestart(pinned, intent);
  },
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused, AnswerStuck]),
    says: "done, { refused: why } or { stuck: why }",
    ports: (script) => ({
      cluster: {
        ...fakeRollout(script),
        pinnedRollout: fakeRollout(script).rolloutDone,
        restart: () => fakeChange(script),
        restartPinned: () => fakeChange(script),
      },
    }),
  },
});

type Target = {
  readonly namespace: string;
  readonly deployment?: string | undefined;
  readonly statefulset?: string | undefined;
  readonly daemonset?: string | undefined;
};

const asDeployment = ({ namespace, deployment = "" }: Target) => ({ namespace, deployment });

function pinnedWorkload({ namespace, statefulset, daemonset }: Target): PinnedWorkload | null {
  if (statefulset !== undefined) return { kind: "statefulset", namespace, name: statefulset };
  return daemonset === undefined ? null : { kind: "daemonset", namespace, name: daemonset };
}

function followPinned(target: PinnedWorkload, restartedAt: string, job: ActionJob): Promise<ActionResult<Restarted>> {
  return withCluster(job, async (cluster) => {
    const state = await cluster.pinnedRollout(target);
    if (!("state" in state) || state.state === "failed") return actionRefused(state.says);
    return state.state === "progressing"
      ? { state: "underway", handle: "rollout", inMs: ROLLOUT_LOOK_MS }
      : actionDone({ restartedAt, revision: "" });
  });
}
