import type { Cluster } from "#ports/cluster.ts";
import { lastRestartAt, formatStamp } from "./cluster-changes.ts";
import { templateFingerprint, REVISION_NUMBER, RUN_ID } from "./kubernetes-objects.ts";
import type { ClusterReads } from "./cluster-reads.ts";
import { listRevisions } from "./rollout.ts";

/**
 * Whether a change that the journal has as begun took effect. The step's key is written in the same request as the
 * change, so a key that is there proves it; another's later change may have covered ours, and then it is unknown.
 */
export function createChangeProbes(
  reading: ClusterReads,
): Pick<Cluster, "probeRestart" | "probeRollback" | "probeScale" | "probeCordon" | "probeEvict"> {
  return {
    async probeRestart(target, { stamp, runId }) {
      const deployment = await reading.deployment(target);
      if (deployment === null) return "unknown";
      const [at, ownTimestamp] = [lastRestartAt(deployment), Date.parse(formatStamp(stamp))];
      if (at === ownTimestamp || deployment.metadata.annotations[RUN_ID] === runId) return "yes";
      return at === null || at < ownTimestamp ? "no" : "unknown";
    },
    async probeRollback(target, { uid, from, to, runId }) {
      const deployment = await reading.deployment(target);
      if (deployment === null || deployment.metadata.uid !== uid) return "unknown";
      if (deployment.metadata.annotations[RUN_ID] === runId) return "yes";
      if (deployment.metadata.annotations[REVISION_NUMBER] !== from) return "unknown";
      const wanted = listRevisions(deployment, await reading.replicaSets(target, deployment)).find(
        ({ number }) => String(number) === to,
      );
      // Someone else may just have asked for the same.
      return wanted !== undefined &&
        templateFingerprint(wanted.set.spec.template) === templateFingerprint(deployment.spec.template)
        ? "unknown"
        : "no";
    },
    async probeScale(target, { from, to }) {
      const now = await reading.scale(target);
      return now?.replicas === to ? "yes" : now?.replicas === from ? "no" : "unknown";
    },
    async probeCordon(node, { on }) {
      const now = await reading.node(node);
      return now === null ? "unknown" : now.unschedulable === on ? "yes" : "no";
    },
    async probeEvict(pod, { uid }) {
      const now = await reading.pod(pod);
      return now?.uid === uid && !now.ending ? "no" : "yes";
    },
  };
}
