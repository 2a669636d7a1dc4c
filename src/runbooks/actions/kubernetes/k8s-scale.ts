import { z } from "zod";
import { AnswerDone, AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import {
  changeResult,
  deploymentFields,
  GITOPS_NOTE,
  NO_CLUSTER,
  withCluster,
} from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange } from "#runbooks/actions/fake-cluster.ts";

export const k8sScale = defineAction({
  name: "k8s.scale",
  summary: "Sets the number of replicas of a deployment.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    ...deploymentFields,
    replicas: z.int().min(0).max(500).describe("the number afterwards, not the difference"),
    from: z.int().min(0).max(500).optional().describe("the number that must be there before"),
  }),
  output: z.object({ before: z.number(), after: z.number() }),
  texts: {},
  notes: ["Refused when a HorizontalPodAutoscaler owns the number.", GITOPS_NOTE],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const { namespace, deployment, from } = input;
    const plan = await ports.cluster.rolloutPlan({ namespace, deployment }, { healthyForMs: 0 });
    if (!plan.ok) return plan;
    if (plan.hpa !== "") return { ok: false, says: `the autoscaler ${plan.hpa} decides the size: change its limits` };
    if (from !== undefined && from !== plan.replicas)
      return { ok: false, says: `the size is ${plan.replicas}, not ${from}` };
    return { ok: true, intent: { ...input, from: plan.replicas } };
  },
  run: ({ namespace, deployment, from, replicas }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.scale({ namespace, deployment }, { from, to: replicas }), {
        before: from,
        after: replicas,
      }),
    ),
  probe: async ({ namespace, deployment, from, replicas }, { ports }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeScale({ namespace, deployment }, { from, to: replicas }),
  undo: ({ namespace, deployment, from, replicas }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.scale({ namespace, deployment }, { from: replicas, to: from }), {}),
    ),
  fake: {
    answers: z.union([
      z.strictObject({ size: z.int(), hpa: z.string().default("") }),
      AnswerDone,
      AnswerFails,
      AnswerRefused,
    ]),
    says: "{ size: the number that is there before }, or done after a k8s.rolloutPlan of it",
    ports: (script) => ({ cluster: { scale: () => fakeChange(script) } }),
  },
});
