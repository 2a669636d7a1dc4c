import { z } from "zod";
import type { Instant } from "#domain/values/language.ts";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerStuck } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused } from "#runbooks/actions/action-job.ts";
import { KubernetesName, ROLLOUT_LOOK_MS, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { fakeChange } from "#runbooks/actions/fake-cluster.ts";

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/: a job's name is a label of its pods. */
const LONGEST_JOB_NAME = 63;

export const k8sRunCronJob = defineAction({
  name: "k8s.runCronJob",
  summary: "Starts a job of a CronJob's template now, and waits until it has ended.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    namespace: KubernetesName.describe("the namespace"),
    cronjob: KubernetesName.describe("the CronJob"),
  }),
  output: z.object({ job: z.string() }),
  texts: {},
  notes: ["The job's name is in the journal before it is made, so sending it again starts no second job."],
  plan: (input, { run, clock }) =>
    Promise.resolve({ ok: true, intent: { ...input, job: jobName(input.cronjob, run.number, clock()) } }),
  run: ({ namespace, cronjob, job: name }, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.runCronJob({ namespace, name: cronjob }, { job: name, runId: job.key });
      return change.ok ? { state: "underway", handle: name, inMs: ROLLOUT_LOOK_MS } : actionRefused(change.says);
    }),
  follow: ({ namespace, job: name }, _, job) =>
    withCluster(job, async (cluster) => {
      const found = await cluster.job({ namespace, name });
      if (found === null) return actionRefused(`the job ${namespace}/${name} was deleted before it ended`);
      if (found.state === "running") return { state: "underway", handle: name, inMs: ROLLOUT_LOOK_MS };
      return found.state === "failed" ? actionRefused(`${name}: ${found.says}`) : actionDone({ job: name });
    }),
  probe: async ({ namespace, job: name }, { ports }) => {
    if (ports.cluster === null) return "unknown";
    return (await ports.cluster.job({ namespace, name })) === null ? "no" : "yes";
  },
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused, AnswerStuck]),
    says: "done, { refused: why } or { stuck: why it failed }",
    ports: (script) => ({
      cluster: {
        runCronJob: () => fakeChange(script),
        job: () =>
          Promise.resolve(
            script.cluster.stuck === null
              ? { state: "complete", says: "" }
              : { state: "failed", says: script.cluster.stuck },
          ),
      },
    }),
  },
});

/** Another for each time that the step is planned, so also after a restore of the database. */
function jobName(cronjob: string, run: number, now: Instant): string {
  const end = `-run-${run}-${now.toString(36)}`;
  return `${cronjob.slice(0, LONGEST_JOB_NAME - end.length)}${end}`;
}
