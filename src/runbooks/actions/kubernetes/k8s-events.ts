import { z } from "zod";
import { HOUR_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { KubernetesName, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const EventFields = z.object({
  minutesAgo: z.number(),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  count: z.number(),
  object: z.string().describe('"Pod/checkout-1"'),
});

export const k8sEvents = defineAction({
  name: "k8s.events",
  summary: "Lists the newest events of a namespace or of one object.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.optional(),
    kind: z
      .string()
      .regex(/^[A-Z][A-Za-z]{1,40}$/, "no kind of an object; write it as the cluster does: Pod")
      .optional()
      .describe("of objects of this kind, written as the cluster does: `Pod`"),
    name: KubernetesName.optional().describe("of this object; needs `kind`"),
    type: z.enum(["all", "warning"]).default("warning"),
    since: DurationText.default(HOUR_MS),
    limit: z.int().min(1).max(100).default(20),
  }),
  output: z.object({ events: z.array(EventFields), count: z.number() }),
  texts: {},
  fixed: ["kind", "type"],
  run: ({ namespace, kind, name, type, since, limit }, job) =>
    withCluster(job, async (cluster) => {
      const about = kind === undefined ? {} : { about: name === undefined ? kind : `${kind}/${name}` };
      const found = await cluster.events(namespace ?? null, {
        ...about,
        warningsOnly: type === "warning",
        sinceMs: since,
        limit,
      });
      const events = found.map((event) => ({ ...event }));
      return actionDone({ events, count: events.length });
    }),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([
      z.array(
        z.strictObject({
          reason: z.string(),
          message: z.string().default(""),
          object: z.string().default(""),
          type: z.string().default("Warning"),
          count: z.int().default(1),
          minutesAgo: z.number().default(1),
        }),
      ),
      AnswerFails,
    ]),
    says: "a list such as [{ reason: FailedScheduling, object: Pod/checkout-1 }]",
    ports: (script) => ({
      cluster: {
        async events() {
          const { answer } = await script.answer();
          return answer;
        },
      },
    }),
  },
});
