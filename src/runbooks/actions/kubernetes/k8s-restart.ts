import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerStuck } from "#runbooks/actions/action-fake.ts";
import { actionRefused } from "#runbooks/actions/action-job.ts";
import { deploymentFields, ROLLOUT_LOOK_MS, rolloutResult, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange, fakeRollout } from "#runbooks/actions/fake-cluster.ts";

export const k8sRestart = defineAction({
  name: "k8s.restart",
  summary: "Restarts the pods of a deployment, one after another, as its strategy says.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject(deploymentFields),
  output: z.object({ restartedAt: z.string(), revision: z.string() }),
  texts: {},
  notes: [
    "The stamp is the journalled start of the step, so sending it again starts no second rollout.",
    "Refused when the deployment is paused.",
  ],
  plan: (input, { clock }) => Promise.resolve({ ok: true, intent: { ...input, stamp: clock() } }),
  run: ({ namespace, deployment, stamp }, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.restart({ namespace, deployment }, { stamp, runId: job.key });
      return change.ok ? { state: "underway", handle: "rollout", inMs: ROLLOUT_LOOK_MS } : actionRefused(change.says);
    }),
  follow: (intent, _, job) =>
    withCluster(job, (cluster) =>
      rolloutResult(cluster, job, intent, (revision) => ({ restartedAt: formatIso(intent.stamp), revision })),
    ),
  probe: async ({ namespace, deployment, stamp }, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeRestart({ namespace, deployment }, { stamp, runId: key }),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused, AnswerStuck]),
    says: "done, { refused: why } or { stuck: why }",
    ports: (script) => ({ cluster: { ...fakeRollout(script), restart: () => fakeChange(script) } }),
  },
});
