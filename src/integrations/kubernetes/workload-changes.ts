import { z } from "zod";
import type {
  ClusterChange,
  ProbeResult,
  RestartIntent,
  RolloutState,
  ClusterWorkloads,
  DrainedPod,
  JobState,
  PinnedWorkload,
} from "#ports/cluster-workloads.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import type { ApiCaller } from "./client.ts";
import { formatStamp } from "./cluster-changes.ts";
import { describeGitopsOwner, findGitopsOwner } from "./gitops-owner.ts";
import { parseObject, RESTARTED_AT, RUN_ID, SomeObject, SomeObjects } from "./kubernetes-objects.ts";
import { objectPath } from "./object-reads.ts";
import { CHANGE_DONE, CHANGE_SO_ALREADY, refuseChange } from "./change-answers.ts";

type Raw = z.output<typeof SomeObject>;
const Count = z.number().catch(0);

const pathOf = ({ kind, namespace, name }: PinnedWorkload): readonly string[] => objectPath({ kind, namespace }, name);

/** Reads one object of any kind; null when there is none. */
export function objectReader(api: ApiCaller): (path: readonly string[], what: string) => Promise<Raw | null> {
  return async (path, what) => {
    const answer = await api({ method: "GET", path, what }, 404);
    return answer.ok ? parseObject(SomeObject, answer.text, what) : null;
  };
}

/** Restarts, removals, jobs, and the pods of a node. */
export function createWorkloadChanges(
  api: ApiCaller,
): Pick<
  ClusterWorkloads,
  "restartPinned" | "pinnedRollout" | "probePinnedRestart" | "remove" | "podsOn" | "runCronJob" | "job"
> {
  const read = objectReader(api);
  const show = (target: PinnedWorkload) =>
    read(pathOf(target), `show the ${target.kind} ${target.namespace}/${target.name}`);
  return {
    restartPinned: restartPinned(api, show),
    async pinnedRollout(target): Promise<RolloutState | PortRefusal<"not-found">> {
      const found = await show(target);
      return found === null
        ? { ok: false, refusal: "not-found", says: `there is no ${target.kind} ${target.namespace}/${target.name}` }
        : judgePinned(target.kind, found);
    },
    async probePinnedRestart(target, intent): Promise<ProbeResult> {
      const found = await show(target);
      if (found === null) return "unknown";
      const [at, own] = [restartedAt(found), Date.parse(formatStamp(intent.stamp))];
      if (at === own || found.metadata.annotations[RUN_ID] === intent.runId) return "yes";
      return at === null || at < own ? "no" : "unknown";
    },
    async remove(kind, { namespace, name }, { uid }): Promise<ClusterChange> {
      const body = { preconditions: { uid }, propagationPolicy: "Background" };
      const what = `delete the ${kind} ${namespace}/${name}`;
      // 409: another of the same name has come in its place, and stays.
      const path = objectPath({ kind, namespace }, name);
      const answer = await api({ method: "DELETE", path, body, what }, 404, 409);
      return answer.ok ? CHANGE_DONE : CHANGE_SO_ALREADY;
    },
    async podsOn(node): Promise<readonly DrainedPod[]> {
      const query = { fieldSelector: `spec.nodeName=${node}`, limit: "500" };
      const what = `list the pods on ${node}`;
      const answer = await api({ method: "GET", path: ["api", "v1", "pods"], query, what });
      return parseObject(SomeObjects, answer.ok ? answer.text : "", what)
        .items.filter(({ status }) => status["phase"] !== "Succeeded" && status["phase"] !== "Failed")
        .map(drainedPod);
    },
    runCronJob: runCronJob(api, read),
    async job({ namespace, name }): Promise<JobState | null> {
      const found = await read(objectPath({ kind: "job", namespace }, name), `show the job ${namespace}/${name}`);
      return found === null ? null : jobState(found);
    },
  };
}

type Show = (target: PinnedWorkload) => Promise<Raw | null>;

function restartPinned(api: ApiCaller, show: Show): ClusterWorkloads["restartPinned"] {
  return async (target, { stamp, runId }: RestartIntent) => {
    const { kind, namespace, name } = target;
    const missing = refuseChange("not-found", `there is no ${kind} ${namespace}/${name}`);
    const found = await show(target);
    if (found === null) return missing;
    const last = restartedAt(found);
    if (last !== null && last >= Date.parse(formatStamp(stamp))) return CHANGE_SO_ALREADY;
    const owner = findGitopsOwner(found);
    if (owner !== "")
      return refuseChange("gitops-owned", `${namespace}/${name}: ${describeGitopsOwner(owner, "restart")}`);
    const body = {
      metadata: { annotations: { [RUN_ID]: runId } },
      spec: { template: { metadata: { annotations: { [RESTARTED_AT]: formatStamp(stamp) } } } },
    };
    const type = "application/strategic-merge-patch+json";
    const what = `restart ${namespace}/${name}`;
    const answer = await api({ method: "PATCH", path: pathOf(target), type, body, what }, 404);
    return answer.ok ? CHANGE_DONE : missing;
  };
}

function runCronJob(
  api: ApiCaller,
  read: (path: readonly string[], what: string) => Promise<Raw | null>,
): ClusterWorkloads["runCronJob"] {
  return async ({ namespace, name }, { job, runId }) => {
    const path = objectPath({ kind: "cronjob", namespace }, name);
    const found = await read(path, `show the cron job ${namespace}/${name}`);
    if (found === null) return refuseChange("not-found", `there is no cron job ${namespace}/${name}`);
    const template = JobTemplate.parse(found.spec["jobTemplate"]);
    // As `kubectl create job --from=cronjob/…` makes it.
    const body = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: job,
        namespace,
        labels: template.metadata.labels,
        annotations: {
          ...template.metadata.annotations,
          "cronjob.kubernetes.io/instantiate": "manual",
          [RUN_ID]: runId,
        },
        ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid: found.metadata.uid, controller: true }],
      },
      spec: template.spec,
    };
    const what = `start the cron job ${namespace}/${name}`;
    const answer = await api({ method: "POST", path: objectPath({ kind: "job", namespace }), body, what }, 409);
    return answer.ok ? CHANGE_DONE : CHANGE_SO_ALREADY;
  };
}

const JobTemplate = z.looseObject({
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  spec: z.record(z.string(), z.unknown()),
});

const Template = z.looseObject({
  metadata: z
    .looseObject({ annotations: z.record(z.string(), z.string()).optional() })
    .optional()
    .catch(undefined),
});

function restartedAt({ spec }: Raw): number | null {
  const template = Template.safeParse(spec["template"]);
  const at = Date.parse(template.data?.metadata?.annotations?.[RESTARTED_AT] ?? "");
  return Number.isNaN(at) ? null : at;
}

/** As `kubectl rollout status` judges a StatefulSet and a DaemonSet. */
function judgePinned(kind: PinnedWorkload["kind"], { metadata, spec, status }: Raw): RolloutState {
  if (Count.parse(status["observedGeneration"]) < (metadata.generation ?? 0))
    return { state: "progressing", says: "the cluster has not seen the change yet" };
  const [wanted, updated, ready] =
    kind === "daemonset"
      ? [status["desiredNumberScheduled"], status["updatedNumberScheduled"], status["numberAvailable"]].map((each) =>
          Count.parse(each),
        )
      : [
          z.number().catch(1).parse(spec["replicas"]),
          Count.parse(status["updatedReplicas"]),
          Count.parse(status["readyReplicas"]),
        ];
  // A StatefulSet counts no updated pods once its new revision is the current one.
  const isCurrent = kind === "statefulset" && status["updateRevision"] === status["currentRevision"];
  const done = (isCurrent || updated! >= wanted!) && ready! >= wanted!;
  return {
    state: done ? "done" : "progressing",
    says: `${isCurrent ? wanted : updated} of ${wanted} pods are new, ${ready} ready`,
  };
}

const PodOnNode = z.looseObject({
  volumes: z.array(z.looseObject({ emptyDir: z.unknown().optional() })).catch([]),
});

/** What `kubectl drain` leaves, and what it refuses to touch without being forced. */
function drainedPod({ metadata, spec }: Raw): DrainedPod {
  const owner = metadata.ownerReferences.find(({ controller }) => controller === true);
  const isMirror = metadata.annotations["kubernetes.io/config.mirror"] !== undefined;
  const stays = isMirror ? "the node itself runs it" : owner?.kind === "DaemonSet" ? "a DaemonSet keeps it there" : "";
  const hasScratch = PodOnNode.parse(spec).volumes.some(({ emptyDir }) => emptyDir !== undefined);
  const lost =
    owner === undefined
      ? "nothing would start it again"
      : hasScratch
        ? "what it keeps in an emptyDir would be lost"
        : "";
  return { namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid, stays, lost };
}

const Conditions = z
  .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().catch("") }))
  .catch([]);

function jobState({ status }: Raw): JobState {
  const ended = (type: string) =>
    Conditions.parse(status["conditions"]).find((each) => each.type === type && each.status === "True");
  const failed = ended("Failed");
  if (failed !== undefined) return { state: "failed", says: failed.message || "the job failed" };
  if (ended("Complete") !== undefined) return { state: "complete", says: "the job is complete" };
  return { state: "running", says: `${Count.parse(status["active"])} pods run` };
}
