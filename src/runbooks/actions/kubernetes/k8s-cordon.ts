import { z } from "zod";
import { AnswerDone, AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange } from "#runbooks/actions/fake-cluster.ts";

export const k8sCordon = defineAction({
  name: "k8s.cordon",
  summary: "Marks a node so that no new pods are placed on it.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({ node: KubernetesName.describe("the node") }),
  output: z.object({ changed: z.boolean() }),
  texts: {},
  notes: ["Pods that run there go on running."],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const found = await ports.cluster.node(input.node);
    return found === null
      ? { ok: false, says: `there is no node ${input.node}` }
      : { ok: true, intent: { ...input, was: found.unschedulable } };
  },
  run: ({ node }, job) =>
    withCluster(job, async (cluster) => changeResult(await cluster.cordon(node, { on: true, runId: job.key }), {})),
  probe: async ({ node }, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeCordon(node, { on: true, runId: key }),
  undo: ({ node, was: previous }, job) =>
    // Someone else had closed it before us, and it stays closed.
    withCluster(job, async (cluster) =>
      previous
        ? actionDone({ changed: false })
        : changeResult(await cluster.cordon(node, { on: false, runId: job.key }), {}),
    ),
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused]),
    says: "done or { refused: why }",
    ports: (script) => ({
      cluster: { node: () => Promise.resolve({ unschedulable: false, ready: true }), cordon: () => fakeChange(script) },
    }),
  },
});
