import { z } from "zod";
import type { AutoscalerState, ScaleLimits } from "#ports/cluster-workloads.ts";
import { AnswerDone, AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange, FAKE_UID } from "#runbooks/actions/fake-cluster.ts";

const Limit = z.int().min(1).max(1_000);

export const k8sAutoscaler = defineAction({
  name: "k8s.autoscaler",
  summary: "Sets the limits of a HorizontalPodAutoscaler.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z
    .strictObject({
      namespace: KubernetesName.describe("the namespace"),
      autoscaler: KubernetesName.describe("the autoscaler"),
      min: Limit.optional().describe("the fewest pods; as it is when left out"),
      max: Limit.optional().describe("the most pods; as it is when left out"),
    })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { error: "write min, max or both" })
    .refine(({ min = 1, max = Infinity }) => min <= max, { error: "min is above max", path: ["min"] }),
  output: z.object({ changed: z.boolean(), min: z.number(), max: z.number(), replicas: z.number() }),
  texts: {},
  notes: ["Refused when Argo CD, Flux or Helm owns it: they would put it back. Change the commit instead."],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const { namespace, autoscaler } = input;
    const found = await ports.cluster.autoscaler({ namespace, name: autoscaler });
    if (found === null) return { ok: false, says: `there is no autoscaler ${namespace}/${autoscaler}` };
    if (found.gitops !== "")
      return { ok: false, says: `${found.gitops} owns the autoscaler ${namespace}/${autoscaler}: change the commit` };
    const { uid, min, max, replicas } = found;
    const to = { min: input.min ?? min, max: input.max ?? max };
    if (to.min > to.max) return { ok: false, says: `the limits would be ${to.min} to ${to.max}` };
    return { ok: true, intent: { namespace, autoscaler, uid, from: { min, max }, to, replicas } };
  },
  run: ({ namespace, autoscaler, uid, from, to, replicas }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.setLimits({ namespace, name: autoscaler }, { uid, from, to }), { ...to, replicas }),
    ),
  probe: async ({ namespace, autoscaler, from, to }, { ports }) => {
    const found = (await ports.cluster?.autoscaler({ namespace, name: autoscaler })) ?? null;
    if (hasLimits(found, to)) return "yes";
    return hasLimits(found, from) ? "no" : "unknown";
  },
  undo: ({ namespace, autoscaler, uid, from, to }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.setLimits({ namespace, name: autoscaler }, { uid, from: to, to: from }), {}),
    ),
  fake: {
    answers: z.union([
      z.strictObject({ min: z.int().default(1), max: z.int(), replicas: z.int().default(1) }),
      AnswerDone,
      AnswerFails,
      AnswerRefused,
    ]),
    says: "{ min: 2, max: 10, replicas: 10 }, the limits that are there before, or done",
    ports: (script) => ({
      cluster: {
        async autoscaler() {
          const request = await script.asker();
          const answer = request === null ? null : script.peek(request.key);
          const has = (name: string, otherwise: number): number => {
            const value = (answer as Readonly<Record<string, unknown>> | null)?.[name];
            return typeof value === "number" ? value : otherwise;
          };
          if (request !== null) script.looked(request.key);
          return { uid: FAKE_UID, min: has("min", 1), max: has("max", 10), replicas: has("replicas", 1), gitops: "" };
        },
        setLimits: () => fakeChange(script),
      },
    }),
  },
});

function hasLimits(found: AutoscalerState | null, { min, max }: ScaleLimits): boolean {
  return found !== null && found.min === min && found.max === max;
}
