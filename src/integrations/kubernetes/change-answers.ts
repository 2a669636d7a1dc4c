import type { AppliedChange, ClusterRefusal } from "#ports/cluster-workloads.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";

export const CHANGE_DONE: AppliedChange = { ok: true, changed: true };
/** All was so already: nothing was sent, or what was sent changed nothing. */
export const CHANGE_SO_ALREADY: AppliedChange = { ok: true, changed: false };

/** A change that the cluster, or what is seen of it, does not allow. */
export function refuseChange(refusal: ClusterRefusal, detail: string): PortRefusal<ClusterRefusal> {
  return { ok: false, refusal, says: detail };
}
