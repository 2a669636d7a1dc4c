import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { KubernetesName, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { FAKE_UID } from "#runbooks/actions/fake-cluster.ts";

const LOG_BYTES = 16_384;

export const k8sLogs = defineAction({
  name: "k8s.logs",
  summary: "Fetches the last lines of a pod's log, or of the pods of a deployment.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.describe("the namespace"),
    deployment: KubernetesName.optional().describe("the deployment whose pods are asked; this or `pod`"),
    pod: KubernetesName.optional(),
    container: KubernetesName.optional(),
    lines: z.int().min(1).max(1000).default(100),
    since: DurationText.default(10 * MINUTE_MS),
    previous: z.boolean().default(false).describe("of the container before its last restart"),
  }),
  output: z.object({ lines: z.array(z.string()), pods: z.array(z.string()) }),
  texts: {},
  notes: ["Secrets are masked, and at most 64 KiB are kept."],
  run: ({ namespace, deployment = "", pod, container, lines, since, previous }, job) =>
    withCluster(job, async (cluster) => {
      const names =
        pod === undefined ? (await cluster.pods({ namespace, deployment })).slice(0, 5).map(({ name }) => name) : [pod];
      const limits = {
        lines,
        bytes: LOG_BYTES,
        sinceMs: since,
        previous,
        ...(container === undefined ? {} : { container }),
      };
      const found = await Promise.all(names.map((name) => cluster.logs({ namespace, pod: name }, limits)));
      return actionDone({
        pods: names,
        lines: found.flatMap((each) => (each === null ? [] : each.text.split("\n").filter((line) => line !== ""))),
      });
    }),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([z.array(z.string()), AnswerFails]),
    says: "a list of lines",
    ports: (script) => ({
      cluster: {
        pods: () =>
          Promise.resolve([
            { name: "pod-1", uid: FAKE_UID, phase: "Running", node: "node-1", restarts: 0, ready: true, ending: false },
          ]),
        logs: async () => ({ text: (await script.answer()).answer.join("\n"), cut: false }),
      },
    }),
  },
});
