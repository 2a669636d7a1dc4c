import type { Node, Pod, PodName, Workload } from "#ports/cluster.ts";
import type { Api } from "./request.ts";
import { Autoscalers, Deployment, NodeObject, PodObject, PodObjects, read, ReplicaSets, Scale, type ReplicaSet } from "./objects.ts";

/** What the adapter looks at; null where there is no such object. */
export type Reading = ReturnType<typeof createReading>;

export const deploymentPath = ({ namespace, deployment }: Workload): readonly string[] => [
  "apis",
  "apps",
  "v1",
  "namespaces",
  namespace,
  "deployments",
  deployment,
];
export const podPath = ({ namespace, pod }: PodName): readonly string[] => ["api", "v1", "namespaces", namespace, "pods", pod];
export const nodePath = (node: string): readonly string[] => ["api", "v1", "nodes", node];
export const nameOf = ({ namespace, deployment }: Workload): string => `${namespace}/${deployment}`;

/** Most objects in one list: more ReplicaSets than that keeps nobody, and more pods nobody reads. */
const LIST = "500";

export function createReading(api: Api) {
  const get = async (path: readonly string[], what: string, query: Readonly<Record<string, string>> = {}): Promise<string | null> => {
    const answer = await api({ method: "GET", path, query, what }, 404);
    return answer.ok ? answer.text : null;
  };
  const listed = async (path: readonly string[], what: string, query: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await api({ method: "GET", path, query: { limit: LIST, ...query }, what });
    return answer.ok ? answer.text : "";
  };
  const podOf = ({ metadata, spec, status }: typeof PodObject._output): Pod => ({
    uid: metadata.uid,
    phase: status.phase,
    node: spec.nodeName,
    ending: metadata.deletionTimestamp !== undefined,
    restarts: status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ready: status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
  });

  return {
    async deployment(target: Workload): Promise<Deployment | null> {
      const what = `show the deployment ${nameOf(target)}`;
      const text = await get(deploymentPath(target), what);
      return text === null ? null : read(Deployment, text, what);
    },
    async replicaSets({ namespace }: Workload, deployment: Deployment): Promise<readonly ReplicaSet[]> {
      const what = `list the replica sets in ${namespace}`;
      const path = ["apis", "apps", "v1", "namespaces", namespace, "replicasets"];
      return read(ReplicaSets, await listed(path, what, { labelSelector: selectorOf(deployment) }), what).items;
    },
    async scale(target: Workload): Promise<{ readonly text: string; readonly replicas: number } | null> {
      const what = `show the size of ${nameOf(target)}`;
      const text = await get([...deploymentPath(target), "scale"], what);
      return text === null ? null : { text, replicas: read(Scale, text, what).spec.replicas };
    },
    /** The autoscaler of a deployment; "" without one. */
    async autoscaler({ namespace, deployment }: Workload): Promise<string> {
      const what = `list the autoscalers in ${namespace}`;
      const { items } = read(Autoscalers, await listed(["apis", "autoscaling", "v2", "namespaces", namespace, "horizontalpodautoscalers"], what, {}), what);
      return items.find(({ spec: { scaleTargetRef: ref } }) => ref.kind === "Deployment" && ref.name === deployment)?.metadata.name ?? "";
    },
    async pod(name: PodName): Promise<Pod | null> {
      const what = `show the pod ${name.namespace}/${name.pod}`;
      const text = await get(podPath(name), what);
      return text === null ? null : podOf(read(PodObject, text, what));
    },
    async pods({ namespace }: Workload, deployment: Deployment): Promise<readonly (Pod & { readonly name: string })[]> {
      const what = `list the pods in ${namespace}`;
      const text = await listed(["api", "v1", "namespaces", namespace, "pods"], what, { labelSelector: selectorOf(deployment) });
      return read(PodObjects, text, what).items.map((pod) => ({ name: pod.metadata.name, ...podOf(pod) }));
    },
    async node(name: string): Promise<Node | null> {
      const what = `show the node ${name}`;
      const text = await get(nodePath(name), what);
      if (text === null) return null;
      const { spec, status } = read(NodeObject, text, what);
      return { unschedulable: spec.unschedulable, ready: status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True") };
    },
  };
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement */
function selectorOf({ spec: { selector } }: Deployment): string {
  const equal = Object.entries(selector.matchLabels).map(([name, value]) => `${name}=${value}`);
  const sets = selector.matchExpressions.map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...equal, ...sets].join(",");
}
