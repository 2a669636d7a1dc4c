import { z } from "zod";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerStuck } from "#runbooks/actions/action-fake.ts";
import { actionRefused } from "#runbooks/actions/action-job.ts";
import {
  deploymentFields,
  GITOPS_NOTE,
  NO_CLUSTER,
  ROLLOUT_LOOK_MS,
  rolloutResult,
  withCluster,
} from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange, fakeRollout } from "#runbooks/actions/fake-cluster.ts";

export const k8sRollback = defineAction({
  name: "k8s.rollback",
  summary: "Puts a deployment back to a revision that is named, if it still is at the revision it was seen at.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    ...deploymentFields,
    from: z.string().min(1).describe("the revision that must be running: usually `steps.<id>.current`"),
    to: z.string().min(1).describe("the revision to go to: usually `steps.<id>.good`"),
  }),
  output: z.object({ from: z.string(), to: z.string(), changed: z.boolean() }),
  texts: {},
  notes: [
    'Never "undo": undoing twice brings the bad version back.',
    GITOPS_NOTE,
    "Refused when the deployment is paused or has moved since.",
  ],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const { namespace, deployment, from } = input;
    const plan = await ports.cluster.rolloutPlan({ namespace, deployment }, { healthyForMs: 0 });
    if (!plan.ok) return plan;
    if (plan.current !== from)
      return { ok: false, says: `the deployment is at revision ${plan.current}, no longer at ${from}` };
    return { ok: true, intent: { ...input, uid: plan.uid } };
  },
  run: ({ namespace, deployment, uid, from, to }, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.rollback({ namespace, deployment }, { uid, from, to, runId: job.key });
      return change.ok
        ? { state: "underway", handle: { changed: change.changed }, inMs: ROLLOUT_LOOK_MS }
        : actionRefused(change.says);
    }),
  follow: (intent, handle, job) =>
    withCluster(job, (cluster) =>
      rolloutResult(cluster, job, intent, () => ({
        from: intent.from,
        to: intent.to,
        changed: (handle as { changed?: boolean } | null)?.changed ?? true,
      })),
    ),
  probe: async ({ namespace, deployment, uid, from, to }, { ports, key }) =>
    ports.cluster === null
      ? "unknown"
      : ports.cluster.probeRollback({ namespace, deployment }, { uid, from, to, runId: key }),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused, AnswerStuck, z.strictObject({ moved: z.string() })]),
    says: "done, { refused: why }, { stuck: why } or { moved: the revision that somebody else rolled out }",
    ports: (script) => ({ cluster: { ...fakeRollout(script), rollback: () => fakeChange(script) } }),
  },
});
