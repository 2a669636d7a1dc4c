import { z } from "zod";
import { AnswerDone, AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import { changeResult, KubernetesName, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange } from "#runbooks/actions/fake-cluster.ts";

export const k8sUncordon = defineAction({
  name: "k8s.uncordon",
  summary: "Lets new pods be placed on a node again.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({ node: KubernetesName.describe("the node") }),
  output: z.object({ changed: z.boolean() }),
  texts: {},
  run: ({ node }, job) =>
    withCluster(job, async (cluster) => changeResult(await cluster.cordon(node, { on: false, runId: job.key }), {})),
  probe: async ({ node }, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeCordon(node, { on: false, runId: key }),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused]),
    says: "done or { refused: why }",
    ports: (script) => ({ cluster: { cordon: () => fakeChange(script) } }),
  },
});
