import { z } from "zod";
import type { ClusterChange } from "#ports/cluster-workloads.ts";
import type { Cluster, ClusterWorkload } from "#ports/cluster.ts";
import {
  actionDone,
  actionRefused,
  notSetUp,
  type ActionJob,
  type ActionOutput,
  type ActionResult,
} from "./action-job.ts";

/** How soon a rollout is looked at again. */
export const ROLLOUT_LOOK_MS = 5_000;

export const KubernetesName = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
    "no name of a Kubernetes object; write small letters, digits, dashes and dots",
  );

/** The fields of an input that name a deployment; a row of the inventory fills both. */
export const deploymentFields = {
  namespace: KubernetesName.describe("the namespace"),
  deployment: KubernetesName.describe("the deployment"),
};

export const GITOPS_NOTE =
  "Refused when Argo CD, Flux or Helm owns the deployment: they would put it back. Revert the commit instead.";

export const NO_CLUSTER = { ok: false, says: "the cluster is not set up: set KUBECONFIG" } as const;

export async function withCluster<O>(
  { ports }: ActionJob,
  act: (cluster: Cluster) => Promise<ActionResult<O>>,
): Promise<ActionResult<O>> {
  return ports.cluster === null ? notSetUp("the cluster", "KUBECONFIG") : act(ports.cluster);
}

/** What came of a change that is done at once. */
export function changeResult<O extends ActionOutput>(
  change: ClusterChange,
  output: O,
): ActionResult<O & { readonly changed: boolean }> {
  return change.ok ? actionDone({ ...output, changed: change.changed }) : actionRefused(change.says);
}

/** A change of a deployment is done when it is in all its pods. */
export async function rolloutResult<O extends ActionOutput>(
  cluster: Cluster,
  { startedAt }: ActionJob,
  { namespace, deployment }: ClusterWorkload,
  output: (revision: string) => O,
): Promise<ActionResult<O>> {
  const target = { namespace, deployment };
  const state = await cluster.rolloutDone(target, startedAt);
  if (!("state" in state) || state.state === "failed") return actionRefused(state.says);
  if (state.state === "progressing") return { state: "underway", handle: "rollout", inMs: ROLLOUT_LOOK_MS };
  const plan = await cluster.rolloutPlan(target, { healthyForMs: 0 });
  return actionDone(output(plan.ok ? plan.current : ""));
}
