import type { Instant } from "#domain/values/language.ts";
import type { PortRefusal } from "./port-refusal.ts";

export type RolloutState = { readonly state: "done" | "progressing" | "failed"; readonly says: string };

/** Whether a journalled intent took effect. "unknown" is for people to settle. */
export type ProbeResult = "yes" | "no" | "unknown";

/** `changed` is false when all was so already. */
export type AppliedChange = { readonly ok: true; readonly changed: boolean };
export type ClusterRefusal = "paused" | "gitops-owned" | "autoscaled" | "moved" | "no-such-revision" | "not-found";
export type ClusterChange = AppliedChange | PortRefusal<ClusterRefusal>;

/**
 * Intents, written down before they are sent. `runId` is the step's key, `<run>/<step>`: the cluster keeps it in the
 * annotation muster/run-id.
 */
export type RestartIntent = { readonly stamp: Instant; readonly runId: string };

/** A workload that keeps its pods by name or by node. */
export type PinnedWorkload = {
  readonly kind: "statefulset" | "daemonset";
  readonly namespace: string;
  readonly name: string;
};
export type NamedObject = { readonly namespace: string; readonly name: string };

/** A pod on a node that is drained. `stays`: why draining leaves it where it is; `lost`: why it would be lost. */
export type DrainedPod = NamedObject & { readonly uid: string; readonly stays: string; readonly lost: string };

export type ScaleLimits = { readonly min: number; readonly max: number };
/** The limits of an autoscaler as they are, and how many pods it has. */
export type AutoscalerState = ScaleLimits & {
  readonly uid: string;
  readonly replicas: number;
  readonly gitops: string;
};

export type JobState = { readonly state: "running" | "complete" | "failed"; readonly says: string };

/** What people do with a rollout of Argo Rollouts, https://argo-rollouts.readthedocs.io/en/stable/. */
export const ROLLOUT_COMMANDS = ["abort", "retry", "promote", "promote-full"] as const;
export type RolloutCommand = (typeof ROLLOUT_COMMANDS)[number];
/** A rollout as it is: whether it was stopped, waits to be promoted, and how far it is. */
export type ArgoRollout = {
  readonly uid: string;
  readonly phase: string;
  readonly aborted: boolean;
  /** It waits to be promoted, at a step of its or because it is held. */
  readonly paused: boolean;
  /** Someone paused it by its spec. */
  readonly held: boolean;
  /** The revision that is current, by its number. */
  readonly revision: string;
  readonly message: string;
};

/**
 * Changes of workloads beyond deployments. Every method rejects with PortError and nothing else, and none retries by
 * itself. Sending one intent twice is sending it once: objects are named by their uid, and what is made by its name.
 */
export interface ClusterWorkloads {
  /** Replaces every pod, step by step. */
  restartPinned(target: PinnedWorkload, intent: RestartIntent): Promise<ClusterChange>;
  pinnedRollout(target: PinnedWorkload): Promise<RolloutState | PortRefusal<"not-found">>;
  probePinnedRestart(target: PinnedWorkload, intent: RestartIntent): Promise<ProbeResult>;

  /** Deletes one object by its uid; that it is gone is success. */
  remove(kind: "pod" | "job", target: NamedObject, intent: { readonly uid: string }): Promise<ClusterChange>;

  /** Every pod on a node that has not ended. */
  podsOn(node: string): Promise<readonly DrainedPod[]>;

  /** null when there is none. */
  autoscaler(target: NamedObject): Promise<AutoscalerState | null>;
  /** Sets the limits, only while they are `from`. */
  setLimits(
    target: NamedObject,
    intent: { readonly uid: string; readonly from: ScaleLimits; readonly to: ScaleLimits },
  ): Promise<ClusterChange>;

  /** Makes a job of a cron job's template, now. `job`: its name, which is the same each time it is sent. */
  runCronJob(target: NamedObject, intent: { readonly job: string; readonly runId: string }): Promise<ClusterChange>;
  /** null when there is no such job. */
  job(target: NamedObject): Promise<JobState | null>;

  /** null when there is none. */
  argoRollout(target: NamedObject): Promise<ArgoRollout | null>;
  commandRollout(
    target: NamedObject,
    intent: { readonly uid: string; readonly command: RolloutCommand },
  ): Promise<ClusterChange>;
  /** Brings back the pods of the revision `to`, only while `from` is current. */
  undoRollout(
    target: NamedObject,
    intent: { readonly uid: string; readonly from: string; readonly to: string },
  ): Promise<ClusterChange>;
}
