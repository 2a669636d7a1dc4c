import { z } from "zod";
import { AnswerDone, AnswerFails } from "#runbooks/actions/action-fake.ts";
import { fakeRemoval, probeRemoval } from "#runbooks/actions/cluster-object.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

export const k8sDeleteJob = defineAction({
  name: "k8s.deleteJob",
  summary: "Deletes a job and its pods.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.describe("the namespace"),
    job: KubernetesName.describe("the job"),
    running: z.boolean().default(false).describe("whether one that still runs is deleted, too"),
  }),
  output: z.object({ changed: z.boolean(), owner: z.string() }),
  texts: {},
  notes: [
    "Bound to the job's uid: a job of the same name that was made since is left alone.",
    "Refused while it runs, unless `running: true`. A job of a CronJob is made again at its next time; `k8s.runCronJob` makes it now.",
  ],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const found = await ports.cluster.object({ kind: "job", namespace: input.namespace }, input.job);
    if (found === null) return { ok: false, says: `there is no job ${input.namespace}/${input.job}` };
    if (found.status === "Running" && !input.running)
      return { ok: false, says: `the job ${input.namespace}/${input.job} still runs: write running: true to end it` };
    return { ok: true, intent: { ...input, uid: found.uid, owner: found.owner } };
  },
  run: ({ namespace, job: name, uid, owner }, job) =>
    withCluster(job, async (cluster) =>
      changeResult(await cluster.remove("job", { namespace, name }, { uid }), { owner }),
    ),
  probe: ({ namespace, job, uid }, { ports }) => probeRemoval(ports.cluster, { kind: "job", namespace }, job, uid),
  undo: null,
  fake: {
    answers: z.union([AnswerDone, z.literal("gone"), AnswerFails]),
    says: "done, or gone when there is no such job",
    ports: fakeRemoval("job", { status: "Failed", owner: "CronJob/owner" }),
  },
});
