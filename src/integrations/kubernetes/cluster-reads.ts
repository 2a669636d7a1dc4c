import type { ClusterNode, ClusterPod, PodName, ClusterWorkload } from "#ports/cluster.ts";
import type { ApiCaller } from "./client.ts";
import {
  AutoscalerObjects,
  DeploymentObject,
  NodeObject,
  PodObject,
  PodObjects,
  parseObject,
  ReplicaSets,
  ScaleObject,
  type ReplicaSet,
} from "./kubernetes-objects.ts";

/** What the adapter looks at; null where there is no such object. */
export type ClusterReads = ReturnType<typeof createClusterReads>;

export const deploymentPath = ({ namespace, deployment }: ClusterWorkload): readonly string[] => [
  "apis",
  "apps",
  "v1",
  "namespaces",
  namespace,
  "deployments",
  deployment,
];
export const podPath = ({ namespace, pod }: PodName): readonly string[] => [
  "api",
  "v1",
  "namespaces",
  namespace,
  "pods",
  pod,
];
export const nodePath = (node: string): readonly string[] => ["api", "v1", "nodes", node];
export const workloadName = ({ namespace, deployment }: ClusterWorkload): string => `${namespace}/${deployment}`;

/** Most objects in one list: more ReplicaSets than that keeps no one, and more pods no one reads. */
const LIST = "500";

export function createClusterReads(api: ApiCaller) {
  const reader = createObjectReader(api);
  return { ...workloadReads(reader), ...podReads(reader), ...nodeReads(reader) };
}

/** Reads the text of one object, or of a list of them. */
function createObjectReader(api: ApiCaller) {
  const get = async (
    path: readonly string[],
    what: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<string | null> => {
    const answer = await api({ method: "GET", path, query, what }, 404);
    return answer.ok ? answer.text : null;
  };
  const listed = async (
    path: readonly string[],
    what: string,
    query: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const answer = await api({ method: "GET", path, query: { limit: LIST, ...query }, what });
    return answer.ok ? answer.text : "";
  };
  return { get, listed };
}

type ObjectReader = ReturnType<typeof createObjectReader>;

/** A deployment, and what belongs to it. */
function workloadReads({ get, listed }: ObjectReader) {
  return {
    async deployment(target: ClusterWorkload): Promise<DeploymentObject | null> {
      const what = `show the deployment ${workloadName(target)}`;
      const text = await get(deploymentPath(target), what);
      return text === null ? null : parseObject(DeploymentObject, text, what);
    },
    async replicaSets({ namespace }: ClusterWorkload, deployment: DeploymentObject): Promise<readonly ReplicaSet[]> {
      const what = `list the replica sets in ${namespace}`;
      const path = ["apis", "apps", "v1", "namespaces", namespace, "replicasets"];
      return parseObject(ReplicaSets, await listed(path, what, { labelSelector: selectorOf(deployment) }), what).items;
    },
    async scale(target: ClusterWorkload): Promise<{ readonly text: string; readonly replicas: number } | null> {
      const what = `show the size of ${workloadName(target)}`;
      const text = await get([...deploymentPath(target), "scale"], what);
      return text === null ? null : { text, replicas: parseObject(ScaleObject, text, what).spec.replicas };
    },
    /** The autoscaler of a deployment; "" without one. */
    async autoscaler({ namespace, deployment }: ClusterWorkload): Promise<string> {
      const what = `list the autoscalers in ${namespace}`;
      const path = ["apis", "autoscaling", "v2", "namespaces", namespace, "horizontalpodautoscalers"];
      for (let next = ""; ;) {
        const text = await listed(path, what, next === "" ? {} : { continue: next });
        const { items, metadata } = parseObject(AutoscalerObjects, text, what);
        const found = items.find(
          ({ spec: { scaleTargetRef: ref } }) => ref.kind === "Deployment" && ref.name === deployment,
        );
        if (found !== undefined) return found.metadata.name;
        next = metadata?.continue ?? "";
        if (next === "") return "";
      }
    },
  };
}

function podReads({ get, listed }: ObjectReader) {
  return {
    async pod(name: PodName): Promise<ClusterPod | null> {
      const what = `show the pod ${name.namespace}/${name.pod}`;
      const text = await get(podPath(name), what);
      return text === null ? null : podOf(parseObject(PodObject, text, what));
    },
    async pods(
      { namespace }: ClusterWorkload,
      deployment: DeploymentObject,
    ): Promise<readonly (ClusterPod & { readonly name: string })[]> {
      const what = `list the pods in ${namespace}`;
      const text = await listed(["api", "v1", "namespaces", namespace, "pods"], what, {
        labelSelector: selectorOf(deployment),
      });
      return parseObject(PodObjects, text, what).items.map((pod) => ({ name: pod.metadata.name, ...podOf(pod) }));
    },
  };
}

function nodeReads({ get }: ObjectReader) {
  return {
    async node(name: string): Promise<ClusterNode | null> {
      const what = `show the node ${name}`;
      const text = await get(nodePath(name), what);
      if (text === null) return null;
      const { spec, status } = parseObject(NodeObject, text, what);
      return {
        unschedulable: spec.unschedulable,
        ready: status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
      };
    },
  };
}

function podOf({ metadata, spec, status }: typeof PodObject._output): ClusterPod {
  return {
    uid: metadata.uid,
    phase: status.phase,
    node: spec.nodeName,
    ending: metadata.deletionTimestamp !== undefined,
    restarts: status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ready: status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
  };
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement */
function selectorOf({ spec: { selector } }: DeploymentObject): string {
  const equal = Object.entries(selector.matchLabels).map(([name, value]) => `${name}=${value}`);
  const sets = selector.matchExpressions.map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...equal, ...sets].join(",");
}
