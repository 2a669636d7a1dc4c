import type { Instant } from "#domain/values/language.ts";
import type { Cluster, ClusterWorkload } from "#ports/cluster.ts";
import { createClusterChanges } from "./cluster-changes.ts";
import { createChangeProbes } from "./change-probes.ts";
import { createLimitChanges, createRolloutCommands } from "./rollout-changes.ts";
import { createWorkloadChanges } from "./workload-changes.ts";
import { createObjectReads } from "./object-reads.ts";
import { createClusterReads, workloadName, podPath } from "./cluster-reads.ts";
import { connectCluster } from "./client.ts";
import { planRollback, judgeRollout } from "./rollout.ts";

/** Most of a log that the kubelet may send, in bytes; the end of it is kept. */
const LOG_BYTES = 1_048_576;

/** Kubernetes as the cluster. `kubeconfig`: a file, or "in-cluster". Connects when it is first asked. */
export function createKubernetes(settings: {
  readonly kubeconfig: string;
  readonly clock: () => Instant;
  readonly timeoutMs?: number;
}): Cluster {
  const api = connectCluster(settings.kubeconfig, settings.timeoutMs);
  const reading = createClusterReads(api);
  const missing = (target: ClusterWorkload) =>
    ({ ok: false, refusal: "not-found", says: `there is no deployment ${workloadName(target)}` }) as const;

  return {
    name: "kubernetes",
    async rolloutPlan(target, { healthyForMs }) {
      const deployment = await reading.deployment(target);
      if (deployment === null) return missing(target);
      const [sets, hpa] = await Promise.all([reading.replicaSets(target, deployment), reading.autoscaler(target)]);
      return { ok: true, ...planRollback(deployment, sets, hpa, healthyForMs, settings.clock()) };
    },
    async rolloutDone(target, since) {
      const deployment = await reading.deployment(target);
      return deployment === null ? missing(target) : judgeRollout(deployment, since);
    },
    pod: (pod) => reading.pod(pod),
    async pods(target) {
      const deployment = await reading.deployment(target);
      return deployment === null ? [] : reading.pods(target, deployment);
    },
    node: (node) => reading.node(node),
    async logs(pod, { lines, bytes, container, sinceMs, previous = false }) {
      const query = {
        tailLines: String(lines),
        // The kubelet stops after this many bytes from the beginning, and we need the last ones.
        limitBytes: String(Math.max(bytes, LOG_BYTES)),
        ...(sinceMs === undefined ? {} : { sinceSeconds: String(Math.max(1, Math.ceil(sinceMs / 1_000))) }),
        ...(container === undefined ? {} : { container }),
        ...(previous ? { previous: "true" } : {}),
      };
      const answer = await api(
        { method: "GET", path: [...podPath(pod), "log"], query, what: `show the log of ${pod.namespace}/${pod.pod}` },
        404,
      );
      return answer.ok ? lastBytes(answer.text, bytes) : null;
    },
    ...createObjectReads(api, settings.clock),
    ...createWorkloadChanges(api),
    ...createLimitChanges(api),
    ...createRolloutCommands(api),
    ...createClusterChanges(api, reading),
    ...createChangeProbes(reading),
  };
}

/**
 * The end of a text, from a whole line on: what is left of a secret that was cut at its beginning would not be
 * recognized as one.
 */
function lastBytes(text: string, bytes: number): { readonly text: string; readonly cut: boolean } {
  const whole = Buffer.from(text, "utf8");
  if (whole.byteLength <= bytes) return { text, cut: false };
  let start = whole.byteLength - bytes;
  const line = whole.indexOf("\n", start - 1);
  if (line >= 0) return { text: whole.subarray(line + 1).toString("utf8"), cut: true };
  while (start < whole.byteLength && (whole[start]! & 0xc0) === 0x80) start++;
  return { text: whole.subarray(start).toString("utf8"), cut: true };
}
