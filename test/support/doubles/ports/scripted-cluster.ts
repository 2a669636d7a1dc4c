import type { Cluster } from "#ports/cluster.ts";

/** A cluster that answers the methods that a test gives it; it rejects every other call by the method's name. */
export function scriptedCluster(methods: Partial<Cluster>): Cluster {
  const missing = (method: keyof Cluster) => (): Promise<never> =>
    Promise.reject(new Error(`the test's cluster does not answer ${method}`));
  return {
    name: "scripted",
    rolloutPlan: missing("rolloutPlan"),
    rolloutDone: missing("rolloutDone"),
    pod: missing("pod"),
    pods: missing("pods"),
    node: missing("node"),
    logs: missing("logs"),
    object: missing("object"),
    objects: missing("objects"),
    events: missing("events"),
    restart: missing("restart"),
    rollback: missing("rollback"),
    scale: missing("scale"),
    cordon: missing("cordon"),
    evict: missing("evict"),
    probeRestart: missing("probeRestart"),
    probeRollback: missing("probeRollback"),
    probeScale: missing("probeScale"),
    probeCordon: missing("probeCordon"),
    probeEvict: missing("probeEvict"),
    restartPinned: missing("restartPinned"),
    pinnedRollout: missing("pinnedRollout"),
    probePinnedRestart: missing("probePinnedRestart"),
    remove: missing("remove"),
    podsOn: missing("podsOn"),
    autoscaler: missing("autoscaler"),
    setLimits: missing("setLimits"),
    runCronJob: missing("runCronJob"),
    job: missing("job"),
    argoRollout: missing("argoRollout"),
    commandRollout: missing("commandRollout"),
    undoRollout: missing("undoRollout"),
    ...methods,
  };
}
