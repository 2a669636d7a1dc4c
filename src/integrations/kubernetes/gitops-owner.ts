import type { GitopsOwner } from "#ports/cluster.ts";
import type { DeploymentObject } from "./kubernetes-objects.ts";

/** By label or annotation, as each tool marks what it writes; the first that fits. */
const MARKS: readonly (readonly [GitopsOwner, RegExp])[] = [
  ["argo-rollouts", /^rollout\.argoproj\.io\//],
  ["argocd", /^argocd\.argoproj\.io\/(?:instance|tracking-id)$/],
  ["flux", /^(?:kustomize|helm)\.toolkit\.fluxcd\.io\//],
  ["helm", /^meta\.helm\.sh\/release-name$/],
];

/** Who would write the deployment again, and so undo what is changed here. */
export function findGitopsOwner({ metadata }: Pick<DeploymentObject, "metadata">): GitopsOwner {
  const { labels, annotations, ownerReferences } = metadata;
  if (ownerReferences.some(({ apiVersion }) => apiVersion.startsWith("flagger.app/"))) return "flagger";
  if (ownerReferences.some(({ apiVersion, kind }) => apiVersion.startsWith("argoproj.io/") && kind === "Rollout"))
    return "argo-rollouts";
  const names = [...Object.keys(labels), ...Object.keys(annotations)];
  for (const [owner, mark] of MARKS) if (names.some((name) => mark.test(name))) return owner;
  return labels["app.kubernetes.io/managed-by"] === "Helm" ? "helm" : "";
}

/** What people read when their tool owns the object to change. */
export function describeGitopsOwner(owner: GitopsOwner, what: string): string {
  const instead: Readonly<Record<Exclude<GitopsOwner, "">, string>> = {
    argocd: "Argo CD owns it: revert the commit",
    flux: "Flux owns it: revert the commit",
    helm: "Helm owns it: revert the commit, or roll the release back",
    flagger: "Flagger owns it: open its rollback gate, or revert the commit",
    "argo-rollouts": "Argo Rollouts owns it: abort the rollout, or revert the commit",
  };
  return owner === ""
    ? ""
    : `${instead[owner]}. A ${what} in the cluster would be undone, or undo what the commit says.`;
}
