import { z } from "zod";
import type {
  ClusterChange,
  ArgoRollout,
  ClusterWorkloads,
  NamedObject,
  RolloutCommand,
} from "#ports/cluster-workloads.ts";
import type { ApiCaller } from "./client.ts";
import { findGitopsOwner } from "./gitops-owner.ts";
import { SomeObjects } from "./kubernetes-objects.ts";
import { listPages, objectPath } from "./object-reads.ts";
import { objectReader } from "./workload-changes.ts";
import { CHANGE_DONE, CHANGE_SO_ALREADY, refuseChange } from "./change-answers.ts";

const Limits = z.looseObject({ minReplicas: z.number().default(1), maxReplicas: z.number() });
const Count = z.number().catch(0);
const Text = z.string().catch("");

/** Argo's own numbering of ReplicaSets, https://argo-rollouts.readthedocs.io/. */
const ARGO_REVISION = "rollout.argoproj.io/revision";

/** What `kubectl argo rollouts` sends, by its commands, https://github.com/argoproj/argo-rollouts. */
const COMMAND_PATCHES: Readonly<Record<RolloutCommand, object>> = {
  abort: { status: { abort: true } },
  retry: { status: { abort: false } },
  promote: { status: { pauseConditions: null } },
  "promote-full": { status: { promoteFull: true } },
};

/** The limits of autoscalers. */
export function createLimitChanges(api: ApiCaller): Pick<ClusterWorkloads, "autoscaler" | "setLimits"> {
  const read = objectReader(api);
  const show = ({ namespace, name }: NamedObject) =>
    read(objectPath({ kind: "hpa", namespace }, name), `show the autoscaler ${namespace}/${name}`);
  return {
    async autoscaler(target) {
      const found = await show(target);
      if (found === null) return null;
      const { minReplicas: min, maxReplicas: max } = Limits.parse(found.spec);
      const replicas = Count.parse(found.status["currentReplicas"]);
      return { uid: found.metadata.uid, min, max, replicas, gitops: findGitopsOwner(found) };
    },
    async setLimits(target, { uid, from, to }): Promise<ClusterChange> {
      const { namespace, name } = target;
      const missing = refuseChange("not-found", `there is no autoscaler ${namespace}/${name}`);
      const found = await show(target);
      if (found === null) return missing;
      const { minReplicas: min, maxReplicas: max } = Limits.parse(found.spec);
      if (min === to.min && max === to.max) return CHANGE_SO_ALREADY;
      if (found.metadata.uid !== uid || min !== from.min || max !== from.max)
        return refuseChange(
          "moved",
          `the autoscaler ${namespace}/${name} has the limits ${min} to ${max}, not ${from.min} to ${from.max}`,
        );
      const body = [
        { op: "test", path: "/metadata/uid", value: uid },
        { op: "test", path: "/spec/maxReplicas", value: from.max },
        { op: "add", path: "/spec/minReplicas", value: to.min },
        { op: "replace", path: "/spec/maxReplicas", value: to.max },
      ];
      const what = `set the limits of the autoscaler ${namespace}/${name}`;
      const path = objectPath({ kind: "hpa", namespace }, name);
      const answer = await api({ method: "PATCH", path, type: "application/json-patch+json", body, what }, 404, 422);
      if (answer.ok) return CHANGE_DONE;
      return answer.status === 404
        ? missing
        : refuseChange("moved", `the autoscaler changed meanwhile: ${answer.says}`);
    },
  };
}

/** Rollouts of Argo Rollouts. */
export function createRolloutCommands(
  api: ApiCaller,
): Pick<ClusterWorkloads, "argoRollout" | "commandRollout" | "undoRollout"> {
  const argoRollout = readRollout(api);
  return { argoRollout, commandRollout: commandRollout(api, argoRollout), undoRollout: undoRollout(api) };
}

const rolloutPath = ({ namespace, name }: NamedObject): readonly string[] =>
  objectPath({ kind: "rollout", namespace }, name);

function readRollout(api: ApiCaller): ClusterWorkloads["argoRollout"] {
  const read = objectReader(api);
  return async (target): Promise<ArgoRollout | null> => {
    const found = await read(rolloutPath(target), `show the rollout ${target.namespace}/${target.name}`);
    if (found === null) return null;
    const { metadata, spec, status } = found;
    const held = spec["paused"] === true;
    return {
      uid: metadata.uid,
      phase: Text.parse(status["phase"]),
      aborted: status["abort"] === true,
      held,
      paused: held || z.array(z.unknown()).catch([]).parse(status["pauseConditions"]).length > 0,
      revision: metadata.annotations[ARGO_REVISION] ?? "",
      message: Text.parse(status["message"]),
    };
  };
}

function commandRollout(
  api: ApiCaller,
  argoRollout: ClusterWorkloads["argoRollout"],
): ClusterWorkloads["commandRollout"] {
  return async (target, { uid, command }): Promise<ClusterChange> => {
    const { namespace, name } = target;
    const found = await argoRollout(target);
    if (found === null) return refuseChange("not-found", `there is no rollout ${namespace}/${name}`);
    if (found.uid !== uid)
      return refuseChange("moved", `${namespace}/${name} was deleted and made again since the plan`);
    if (isSoAlready(found, command)) return CHANGE_SO_ALREADY;
    const type = "application/merge-patch+json";
    const request = { method: "PATCH", type, what: `${command} ${namespace}/${name}` } as const;
    const path = rolloutPath(target);
    if (command === "promote" && found.held) await api({ ...request, path, body: { spec: { paused: false } } });
    const body = COMMAND_PATCHES[command];
    const answer = await api({ ...request, path: [...path, "status"], body }, 404);
    // Argo's definition without the status subresource takes it in the object itself.
    if (!answer.ok) await api({ ...request, path, body });
    return CHANGE_DONE;
  };
}

function undoRollout(api: ApiCaller): ClusterWorkloads["undoRollout"] {
  return async (target, { uid, from, to }): Promise<ClusterChange> => {
    const { namespace, name } = target;
    const what = `roll ${namespace}/${name} back to revision ${to}`;
    const path = objectPath({ kind: "replicaset", namespace });
    const wanted = (await listPages(api, path, {}, SomeObjects, what)).items.find(
      ({ metadata }) =>
        metadata.annotations[ARGO_REVISION] === to && metadata.ownerReferences.some((owner) => owner.uid === uid),
    );
    if (wanted === undefined)
      return refuseChange("no-such-revision", `${namespace}/${name} no longer has the revision ${to}`);
    const body = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: `/metadata/annotations/${ARGO_REVISION.replace("/", "~1")}`, value: from },
      { op: "replace", path: "/spec/template", value: withoutHash(wanted.spec["template"]) },
    ];
    const type = "application/json-patch+json";
    const answer = await api({ method: "PATCH", path: rolloutPath(target), type, body, what }, 404, 422);
    if (answer.ok) return CHANGE_DONE;
    return answer.status === 404
      ? refuseChange("not-found", `there is no rollout ${namespace}/${name}`)
      : refuseChange("moved", `${namespace}/${name} changed while it was rolled back: ${answer.says}`);
  };
}

function isSoAlready({ aborted, paused }: ArgoRollout, command: RolloutCommand): boolean {
  if (command === "abort") return aborted;
  if (command === "retry") return !aborted;
  return command === "promote" && !paused;
}

const Template = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

/** The label that Argo itself writes into each ReplicaSet's template. */
function withoutHash(template: unknown): unknown {
  const { metadata, ...rest } = Template.parse(template);
  const { "rollouts-pod-template-hash": _, ...labels } = metadata.labels;
  return { ...rest, metadata: { ...metadata, labels } };
}
