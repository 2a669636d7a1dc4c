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
