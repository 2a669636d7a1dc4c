import { z } from "zod";
import { parseObject } from "./kubernetes-objects.ts";
import { connectCluster } from "./client.ts";
import { KIND_PATHS } from "./object-reads.ts";

/** `named`: of one deployment, which the role can name. Without a namespace: of the whole cluster. */
export type ClusterPermission = {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly scope: "named" | "namespace" | "cluster";
  /** Only for these actions: it is asked about where a runbook uses one. Absent: always. */
  readonly actions?: readonly string[];
  /** What does not work without it. */
  readonly without: string;
};

/** What every runbook of deployments needs. */
const CORE_PERMISSIONS: readonly ClusterPermission[] = [
  {
    verb: "get",
    group: "apps",
    resource: "deployments",
    scope: "named",
    without: "no rollout can be looked at, so none restarted or rolled back",
  },
  {
    verb: "patch",
    group: "apps",
    resource: "deployments",
    scope: "named",
    without: "k8s.restart and k8s.rollback fail",
  },
  {
    verb: "list",
    group: "apps",
    resource: "replicasets",
    scope: "namespace",
    without: "no revision to roll back to is found",
  },
  {
    verb: "get",
    group: "apps",
    resource: "deployments",
    subresource: "scale",
    scope: "named",
    without: "k8s.scale fails",
  },
  {
    verb: "update",
    group: "apps",
    resource: "deployments",
    subresource: "scale",
    scope: "named",
    without: "k8s.scale fails",
  },
  {
    verb: "list",
    group: "autoscaling",
    resource: "horizontalpodautoscalers",
    scope: "namespace",
    without: "k8s.rolloutPlan and k8s.scale fail: no one knows whose the size is",
  },
  {
    verb: "get",
    group: "",
    resource: "pods",
    scope: "namespace",
    without: "k8s.evict cannot tell a pod from its successor",
  },
  { verb: "list", group: "", resource: "pods", scope: "namespace", without: "the pods of a deployment are not found" },
  { verb: "get", group: "", resource: "pods", subresource: "log", scope: "namespace", without: "k8s.logs fails" },
  {
    verb: "create",
    group: "",
    resource: "pods",
    subresource: "eviction",
    scope: "namespace",
    without: "k8s.evict fails",
  },
  { verb: "get", group: "", resource: "nodes", scope: "cluster", without: "k8s.cordon fails" },
  { verb: "patch", group: "", resource: "nodes", scope: "cluster", without: "k8s.cordon fails" },
];

/** Besides reading: which actions look at a kind before they change it. */
const CHANGED_KINDS: Readonly<Record<string, readonly string[]>> = {
  pods: ["k8s.deletePod"],
  jobs: ["k8s.deleteJob", "k8s.runCronJob"],
  cronjobs: ["k8s.runCronJob"],
  statefulsets: ["k8s.restart"],
  daemonsets: ["k8s.restart"],
  horizontalpodautoscalers: ["k8s.autoscaler"],
  rollouts: ["k8s.rollout"],
};

const READING = ["k8s.get", "k8s.list", "k8s.describe"];

/** What only some runbooks need: one that looks at or changes more than deployments. */
const FURTHER_PERMISSIONS: readonly ClusterPermission[] = [
  ...Object.values(KIND_PATHS).flatMap(({ api, plural, inNamespace }) =>
    ["get", "list"]
      .map((verb): ClusterPermission => ({
        verb,
        group: api[0] === "api" ? "" : api[1]!,
        resource: plural,
        scope: inNamespace ? "namespace" : "cluster",
        actions: [...READING, ...(CHANGED_KINDS[plural] ?? [])],
        without: `no runbook can look at ${plural}`,
      }))
      .filter((each) => !CORE_PERMISSIONS.some((core) => isSamePermission(core, each))),
  ),
  further("list", "", "events", ["k8s.events", "k8s.describe"]),
  further("patch", "apps", "statefulsets", ["k8s.restart"]),
  further("patch", "apps", "daemonsets", ["k8s.restart"]),
  further("delete", "", "pods", ["k8s.deletePod"]),
  further("delete", "batch", "jobs", ["k8s.deleteJob"]),
  further("create", "batch", "jobs", ["k8s.runCronJob"]),
  further("patch", "autoscaling", "horizontalpodautoscalers", ["k8s.autoscaler"]),
  further("patch", "argoproj.io", "rollouts", ["k8s.rollout"]),
  { ...further("patch", "argoproj.io", "rollouts", ["k8s.rollout"]), subresource: "status" },
  // The pods of a node are of all namespaces.
  { ...further("list", "", "pods", ["k8s.drain"]), scope: "cluster" },
  { ...further("create", "", "pods", ["k8s.drain"]), subresource: "eviction", scope: "cluster" },
];

function further(verb: string, group: string, resource: string, actions: readonly string[]): ClusterPermission {
  return { verb, group, resource, scope: "namespace", actions, without: `${actions.join(" and ")} fails` };
}

function isSamePermission(a: ClusterPermission, b: ClusterPermission): boolean {
  const [left, right] = [a, b].map(({ verb, group, resource, subresource, scope }) =>
    JSON.stringify([verb, group, resource, subresource, scope]),
  );
  return left === right;
}

/** All that the adapter asks of a cluster. deploy/kubernetes-rbac.yaml grants it; a test holds the two together. */
export const CLUSTER_PERMISSIONS: readonly ClusterPermission[] = [...CORE_PERMISSIONS, ...FURTHER_PERMISSIONS];

/** Where permissions are needed; without a deployment, those that name one are asked for all of them. */
export type PermissionScope = { readonly namespace: string; readonly deployment?: string };
export type MissingPermission = { readonly words: string; readonly without: string };

const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Asks the cluster about each permission that these actions need, and answers those that we do not have. Rejects with PortError and nothing else. */
export async function missingPermissions(
  kubeconfig: string,
  reaches: readonly PermissionScope[],
  actions: ReadonlySet<string> = new Set(),
): Promise<readonly MissingPermission[]> {
  const api = connectCluster(kubeconfig);
  const missing: MissingPermission[] = [];
  const askedRules = new Set<string>();
  const needed = CLUSTER_PERMISSIONS.filter((each) => each.actions?.some((name) => actions.has(name)) ?? true);
  for (const reach of reaches)
    for (const { verb, group, resource, subresource, scope, without } of needed) {
      const name = scope === "named" ? reach.deployment : undefined;
      const place =
        scope === "cluster" ? null : { namespace: reach.namespace, ...(name === undefined ? {} : { name }) };
      const attributes = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }), ...place };
      const key = JSON.stringify(attributes);
      if (askedRules.has(key)) continue;
      askedRules.add(key);
      const words = `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
      const answer = await api({
        method: "POST",
        path: ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"],
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes: attributes },
        },
        what: `say whether we may ${words}`,
      });
      if (answer.ok && !parseObject(Review, answer.text, "SelfSubjectAccessReview").status.allowed)
        missing.push({
          words:
            place === null
              ? words
              : `${words} in ${[reach.namespace, ...(name === undefined ? [] : [name])].join("/")}`,
          without,
        });
    }
  return missing;
}
