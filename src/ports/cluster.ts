import type { Instant } from "#domain/values/language.ts";
import type {
  AppliedChange,
  ClusterChange,
  ProbeResult,
  RestartIntent,
  RolloutState,
  ClusterWorkloads,
} from "./cluster-workloads.ts";
import type { ClusterReader } from "./cluster-objects.ts";
import type { PortRefusal } from "./port-refusal.ts";

export type ClusterWorkload = { readonly namespace: string; readonly deployment: string };
export type PodName = { readonly namespace: string; readonly pod: string };

/** Who writes the object from elsewhere, and so would undo what is changed in the cluster; "" when no one does. */
export type GitopsOwner = "" | "argocd" | "flux" | "helm" | "flagger" | "argo-rollouts";

/** What a deployment runs, since when, and what it ran before. Revisions are the cluster's own numbers, as text. */
export type RolloutPlan = {
  readonly uid: string;
  readonly current: string;
  /** The newest revision of another version that ran for long enough before it was replaced; "" when there is none. */
  readonly good: string;
  /** Since when this version runs. A mere restart makes no new version. */
  readonly ageMinutes: number;
  readonly gitops: GitopsOwner;
  readonly paused: boolean;
  /** The desired size. */
  readonly replicas: number;
  readonly ready: number;
  /** The autoscaler that decides the size; "" when there is none. */
  readonly hpa: string;
};

/** `ending`: it is being deleted, and takes its time. */
export type ClusterPod = {
  readonly uid: string;
  readonly phase: string;
  readonly node: string;
  readonly restarts: number;
  readonly ready: boolean;
  readonly ending: boolean;
};
export type ClusterNode = { readonly unschedulable: boolean; readonly ready: boolean };

/** Intents, as `RestartIntent` describes them. */
export type RollbackIntent = {
  readonly uid: string;
  readonly from: string;
  readonly to: string;
  readonly runId: string;
};
export type ScaleIntent = { readonly from: number; readonly to: number };
export type CordonIntent = { readonly on: boolean; readonly runId: string };
export type EvictIntent = { readonly uid: string };

/**
 * A cluster that runs workloads. Every method rejects with PortError and nothing else, answers in its own time, and none
 * retries by itself. Sending one intent twice is sending it once.
 */
export interface Cluster extends ClusterReader, ClusterWorkloads {
  readonly name: string;
  rolloutPlan(
    target: ClusterWorkload,
    wanted: { readonly healthyForMs: number },
  ): Promise<({ readonly ok: true } & RolloutPlan) | PortRefusal<"not-found">>;
  /**
   * Whether the latest change of the deployment is in all its pods. `since`: when that was made; conditions from before
   * it do not count.
   */
  rolloutDone(target: ClusterWorkload, since?: Instant): Promise<RolloutState | PortRefusal<"not-found">>;
  /** A pod as it is now; null when there is none. */
  pod(pod: PodName): Promise<ClusterPod | null>;
  /** The names of the pods that a deployment selects. */
  pods(target: ClusterWorkload): Promise<readonly (ClusterPod & { readonly name: string })[]>;
  node(node: string): Promise<ClusterNode | null>;
  /** The end of what a pod's container wrote; null without that pod. `previous`: of the container before the last restart. */
  logs(
    pod: PodName,
    limits: {
      readonly lines: number;
      readonly bytes: number;
      readonly container?: string;
      readonly sinceMs?: number;
      readonly previous?: boolean;
    },
  ): Promise<{ readonly text: string; readonly cut: boolean } | null>;

  /** Replaces every pod, step by step. A later restart by someone else stands for ours. */
  restart(target: ClusterWorkload, intent: RestartIntent): Promise<ClusterChange>;
  /** Brings back the pods of the revision `to`, only while `from` is current: compare and set, never "undo". */
  rollback(target: ClusterWorkload, intent: RollbackIntent): Promise<ClusterChange>;
  /** Sets the size, only while it is `from`. */
  scale(target: ClusterWorkload, intent: ScaleIntent): Promise<ClusterChange>;
  /** Keeps new pods off a node, or lets them back. */
  cordon(node: string, intent: CordonIntent): Promise<ClusterChange>;
  /** Ends one pod as disruption budgets allow; PortError "rate_limited" while they do not. That pod being gone is success. */
  evict(pod: PodName, intent: EvictIntent): Promise<AppliedChange>;

  probeRestart(target: ClusterWorkload, intent: RestartIntent): Promise<ProbeResult>;
  probeRollback(target: ClusterWorkload, intent: RollbackIntent): Promise<ProbeResult>;
  probeScale(target: ClusterWorkload, intent: ScaleIntent): Promise<ProbeResult>;
  probeCordon(node: string, intent: CordonIntent): Promise<ProbeResult>;
  probeEvict(pod: PodName, intent: EvictIntent): Promise<ProbeResult>;
}
