import { z } from "zod";
import { AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import {
  clusterPlace,
  describedObject,
  DescribedObject,
  kindFields,
  labelSelector,
  LabelValues,
  ObjectFields,
  objectFields,
} from "#runbooks/actions/cluster-object.ts";
import { withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

export const k8sList = defineAction({
  name: "k8s.list",
  summary: "Lists objects of a cluster, those that are not as they should be first.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    ...kindFields,
    labels: LabelValues.default({}).describe("only objects with these: `{ app: $service }`"),
    only: z.enum(["all", "not-ready"]).default("all").describe("`not-ready`: only what is not as it should be"),
    limit: z.int().min(1).max(100).default(20),
  }),
  output: z.object({
    items: z.array(ObjectFields),
    names: z.array(z.string()),
    count: z.number(),
    cut: z.boolean().describe("there are more than these"),
  }),
  texts: {},
  fixed: ["kind", "only"],
  notes: ["Without a namespace it lists all of them, which needs a ClusterRole."],
  run: ({ kind, namespace, labels, only, limit }, job) =>
    withCluster(job, async (cluster) => {
      const found = await cluster.objects(clusterPlace(kind, namespace), {
        ...(Object.keys(labels).length === 0 ? {} : { selector: labelSelector(labels) }),
        limit,
      });
      const items = found.items.filter(({ ready }) => only === "all" || !ready).map((object) => objectFields(object));
      return actionDone({ items, names: items.map(({ name }) => name), count: items.length, cut: found.cut });
    }),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([z.array(DescribedObject), AnswerFails]),
    says: "a list such as [{ name: checkout-1, status: CrashLoopBackOff, ready: false }]",
    ports: (script) => ({
      cluster: {
        async objects({ kind }) {
          const { answer } = await script.answer();
          return { items: answer.map((each) => describedObject(kind, each)), cut: false };
        },
      },
    }),
  },
});
