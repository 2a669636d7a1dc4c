import type { ClusterChange, ClusterRefusal } from "#ports/cluster-workloads.ts";
import type { Cluster, PodName, ClusterWorkload } from "#ports/cluster.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import { PortError } from "#ports/port-error.ts";
import { findGitopsOwner, describeGitopsOwner } from "./gitops-owner.ts";
import {
  templateFingerprint,
  plainTemplate,
  RESTARTED_AT,
  REVISION_NUMBER,
  RUN_ID,
  type DeploymentObject,
} from "./kubernetes-objects.ts";
import { deploymentPath, workloadName, nodePath, podPath, type ClusterReads } from "./cluster-reads.ts";
import type { ApiCaller } from "./client.ts";
import { listRevisions } from "./rollout.ts";
import { CHANGE_DONE, CHANGE_SO_ALREADY, refuseChange } from "./change-answers.ts";

export const formatStamp = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
/** When a deployment's pods were last restarted by an annotation; null: never. */
export function lastRestartAt({ spec }: DeploymentObject): number | null {
  const at = Date.parse(spec.template.metadata?.annotations?.[RESTARTED_AT] ?? "");
  return Number.isNaN(at) ? null : at;
}

/** What changes a cluster. Each looks first, and then asks for exactly the change from what it saw. */
export function createClusterChanges(
  api: ApiCaller,
  reading: ClusterReads,
): Pick<Cluster, "restart" | "rollback" | "scale" | "cordon" | "evict"> {
  return {
    restart: restartDeployment(api, reading),
    rollback: rollBackDeployment(api, reading),
    scale: scaleDeployment(api, reading),
    cordon: cordonNode(api, reading),
    evict: evictPod(api, reading),
  };
}

function restartDeployment(api: ApiCaller, reading: ClusterReads): Cluster["restart"] {
  return async (target, { stamp, runId }) => {
    const deployment = await reading.deployment(target);
    if (deployment === null) return notFound(target);
    const last = lastRestartAt(deployment);
    if (last !== null && last >= Date.parse(formatStamp(stamp))) return CHANGE_SO_ALREADY;
    const refused = rolloutRefusal(deployment, target, "restart");
    if (refused !== null) return refused;
    const body = {
      metadata: { annotations: { [RUN_ID]: runId } },
      spec: { template: { metadata: { annotations: { [RESTARTED_AT]: formatStamp(stamp) } } } },
    };
    const type = "application/strategic-merge-patch+json";
    const answer = await api(
      { method: "PATCH", path: deploymentPath(target), type, body, what: `restart ${workloadName(target)}` },
      404,
    );
    return answer.ok ? CHANGE_DONE : notFound(target);
  };
}

function rollBackDeployment(api: ApiCaller, reading: ClusterReads): Cluster["rollback"] {
  return async (target, { uid, from, to, runId }) => {
    const deployment = await reading.deployment(target);
    if (deployment === null) return notFound(target);
    const { metadata, spec, status } = deployment;
    if (metadata.uid !== uid)
      return refuseChange("moved", `${workloadName(target)} was deleted and made again since the plan`);
    const wanted = listRevisions(deployment, await reading.replicaSets(target, deployment)).find(
      ({ number }) => String(number) === to,
    );
    if (metadata.annotations[RUN_ID] === runId) return CHANGE_SO_ALREADY;
    // Its revision is of the change before: what someone has just asked for would be overwritten unseen.
    if (status.observedGeneration < (metadata.generation ?? 0))
      throw new PortError("invalid", `the cluster has not seen the last change of ${workloadName(target)} yet`, {
        retryable: true,
        retryAfterMs: 1_000,
      });
    const current = metadata.annotations[REVISION_NUMBER] ?? "";
    if (current !== from)
      return refuseChange("moved", `${workloadName(target)} is at revision ${current}, no longer at ${from}`);
    if (wanted === undefined)
      return refuseChange("no-such-revision", `${workloadName(target)} no longer has the revision ${to}`);
    const refused = rolloutRefusal(deployment, target, "rollback");
    if (refused !== null) return refused;
    if (templateFingerprint(wanted.set.spec.template) === templateFingerprint(spec.template)) return CHANGE_SO_ALREADY;
    const body = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: `/metadata/annotations/${pointer(REVISION_NUMBER)}`, value: from },
      { op: "replace", path: "/spec/template", value: plainTemplate(wanted.set.spec.template) },
      { op: "add", path: `/metadata/annotations/${pointer(RUN_ID)}`, value: runId },
    ];
    const what = `roll ${workloadName(target)} back to revision ${to}`;
    const answer = await api(
      { method: "PATCH", path: deploymentPath(target), type: "application/json-patch+json", body, what },
      404,
      422,
    );
    if (answer.ok) return CHANGE_DONE;
    return answer.status === 404
      ? notFound(target)
      : refuseChange("moved", `${workloadName(target)} changed while it was rolled back: ${answer.says}`);
  };
}

function scaleDeployment(api: ApiCaller, reading: ClusterReads): Cluster["scale"] {
  return async (target, { from, to }) => {
    const [deployment, now] = await Promise.all([reading.deployment(target), reading.scale(target)]);
    if (deployment === null || now === null) return notFound(target);
    const hpa = await reading.autoscaler(target);
    if (hpa !== "")
      return refuseChange(
        "autoscaled",
        `the autoscaler ${hpa} decides the size of ${workloadName(target)}: change its limits`,
      );
    if (now.replicas === to) return CHANGE_SO_ALREADY;
    const owner = findGitopsOwner(deployment);
    if (owner !== "")
      return refuseChange("gitops-owned", `${workloadName(target)}: ${describeGitopsOwner(owner, "size")}`);
    if (now.replicas !== from)
      return refuseChange("moved", `${workloadName(target)} has the size ${now.replicas}, not ${from}`);
    // With the version that was read, so that no one's size is overwritten; a test of the size cannot see a 0, which is left out.
    const body = JSON.parse(now.text) as { spec?: object };
    body.spec = { ...body.spec, replicas: to };
    const answer = await api(
      {
        method: "PUT",
        path: [...deploymentPath(target), "scale"],
        body,
        what: `scale ${workloadName(target)} to ${to}`,
      },
      404,
    );
    return answer.ok ? CHANGE_DONE : notFound(target);
  };
}

function cordonNode(api: ApiCaller, reading: ClusterReads): Cluster["cordon"] {
  return async (node, { on, runId }): Promise<ClusterChange> => {
    const missing = refuseChange("not-found", `there is no node ${node}`);
    const now = await reading.node(node);
    if (now === null) return missing;
    if (now.unschedulable === on) return CHANGE_SO_ALREADY;
    const body = { metadata: { annotations: { [RUN_ID]: runId } }, spec: { unschedulable: on } };
    const what = `${on ? "cordon" : "uncordon"} the node ${node}`;
    const answer = await api(
      { method: "PATCH", path: nodePath(node), type: "application/merge-patch+json", body, what },
      404,
    );
    return answer.ok ? CHANGE_DONE : missing;
  };
}

function evictPod(api: ApiCaller, reading: ClusterReads): Cluster["evict"] {
  return async (pod: PodName, { uid }) => {
    const what = `evict the pod ${pod.namespace}/${pod.pod}`;
    const body = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod.pod, namespace: pod.namespace },
      deleteOptions: { preconditions: { uid } },
    };
    const answer = await api({ method: "POST", path: [...podPath(pod), "eviction"], body, what }, 404, 409);
    if (answer.ok) return CHANGE_DONE;
    if (answer.status === 404 || (await reading.pod(pod))?.uid !== uid) return CHANGE_SO_ALREADY;
    throw new PortError("invalid", `the cluster did not ${what}: ${answer.says}`, {
      retryable: true,
      retryAfterMs: answer.retryAfterMs ?? 500,
    });
  };
}

function rolloutRefusal(
  deployment: DeploymentObject,
  target: ClusterWorkload,
  what: string,
): PortRefusal<ClusterRefusal> | null {
  if (deployment.spec.paused)
    return refuseChange("paused", `${workloadName(target)} is paused: nothing would roll out. Resume it first.`);
  const owner = findGitopsOwner(deployment);
  return owner === ""
    ? null
    : refuseChange("gitops-owned", `${workloadName(target)}: ${describeGitopsOwner(owner, what)}`);
}

function notFound(target: ClusterWorkload): PortRefusal<ClusterRefusal> {
  return refuseChange("not-found", `there is no deployment ${workloadName(target)}`);
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3 */
const pointer = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
