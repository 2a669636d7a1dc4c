/** What runbooks read of a cluster, by the names that kubectl takes. Secrets and config maps are not among them. */
export const CLUSTER_KINDS = [
  "pod",
  "node",
  "job",
  "cronjob",
  "deployment",
  "statefulset",
  "daemonset",
  "replicaset",
  "hpa",
  "pvc",
  "service",
  "ingress",
  "rollout",
  "certificate",
] as const;
export type ClusterKind = (typeof CLUSTER_KINDS)[number];

/** `namespace`: null for what has none (nodes), or for all of them in a list. */
export type ClusterPlace = { readonly kind: ClusterKind; readonly namespace: string | null };

export type ObjectCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

/** One object of a cluster, as far as people look at it. */
export type ClusterObject = {
  readonly kind: ClusterKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ageMinutes: number;
  /** As kubectl shows it: "CrashLoopBackOff", "NotReady", "Failed", "2/3". */
  readonly status: string;
  /** Whether it is as it is meant to be. */
  readonly ready: boolean;
  /** The node of a pod, else "". */
  readonly node: string;
  readonly restarts: number;
  /** "ReplicaSet/checkout-7d9f", its controller; "" without one. */
  readonly owner: string;
  readonly conditions: readonly ObjectCondition[];
  /** Its `spec` and `status` as the cluster has them, without values of environment variables. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
};

/** `cut`: there are more than were asked for. */
export type ClusterObjects = { readonly items: readonly ClusterObject[]; readonly cut: boolean };

export type ClusterEvent = {
  /** Since it was seen last. */
  readonly minutesAgo: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** "Pod/checkout-1" */
  readonly object: string;
};

/** Reads what is in a cluster. Rejects with PortError and nothing else; changes nothing. */
export interface ClusterReader {
  /** One object; null when there is none. */
  object(place: ClusterPlace, name: string): Promise<ClusterObject | null>;
  /** At most `limit` objects that a label selector picks, those that are not as they should be first. */
  objects(place: ClusterPlace, wanted: { readonly selector?: string; readonly limit: number }): Promise<ClusterObjects>;
  /** The newest events, newest first; `about`: of one object, as "Pod/checkout-1". */
  events(
    namespace: string | null,
    wanted: {
      readonly about?: string;
      readonly warningsOnly: boolean;
      readonly sinceMs: number;
      readonly limit: number;
    },
  ): Promise<readonly ClusterEvent[]>;
}
