import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused } from "#runbooks/actions/action-job.ts";
import { deploymentFields, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { describedDeployment, findDeployment } from "#runbooks/actions/fake-cluster.ts";

const DescribedDeployment = z.strictObject({
  current: z.string(),
  good: z.string().default(""),
  ageMinutes: z.number(),
  gitops: z.enum(["", "argocd", "flux", "helm", "flagger", "argo-rollouts"]).default(""),
  paused: z.boolean().default(false),
  replicas: z.int(),
  ready: z.int(),
  hpa: z.string().default(""),
});

export const k8sRolloutPlan = defineAction({
  name: "k8s.rolloutPlan",
  summary: "Says what a rollback would do: revisions, age of the rollout, who owns the deployment.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    ...deploymentFields,
    healthyFor: DurationText.default(30 * MINUTE_MS).describe("a good revision ran healthy for so long"),
  }),
  output: z.object({
    current: z.string().describe("the revision that runs"),
    good: z.string().describe('the last revision that was healthy for long enough; "" when there is none'),
    ageMinutes: z.number().describe("since the rollout of the current revision began"),
    gitops: z.string().describe('who owns the deployment, such as "argocd"; "" when nobody does'),
    paused: z.boolean(),
    replicas: z.number().describe("wanted"),
    ready: z.number(),
  }),
  texts: {},
  run: ({ namespace, deployment, healthyFor }, job) =>
    withCluster(job, async (cluster) => {
      const plan = await cluster.rolloutPlan({ namespace, deployment }, { healthyForMs: healthyFor });
      if (!plan.ok) return actionRefused(plan.says);
      const { current, good, ageMinutes, gitops, paused, replicas, ready } = plan;
      return actionDone({ current, good, ageMinutes, gitops, paused, replicas, ready });
    }),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([DescribedDeployment, AnswerFails, AnswerRefused]),
    says: "{ current: '7', good: '6', ageMinutes: 12, replicas: 3, ready: 3 }, also gitops, paused and hpa",
    ports: (script) => ({
      cluster: {
        async rolloutPlan() {
          const request = await script.asker();
          // Steps that change the deployment look at it before, and a restart at its revision when its rollout has ended.
          if (request !== null && request.key === request.step.id && request.step.uses !== "k8s.rolloutPlan")
            return request.step.uses === "k8s.restart"
              ? describedDeployment(script.cluster.seen)
              : findDeployment(script, request);
          const { answer } = await script.answer();
          if ("refused" in answer) return { ok: false, refusal: "not-found", says: answer.refused };
          script.cluster.seen = answer;
          return describedDeployment(answer);
        },
      },
    }),
  },
});
