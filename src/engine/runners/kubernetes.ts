import type { Change, Cluster, Workload } from "#ports/cluster.ts";
import { done, notSetUp, refused, type Intent, type Output, type Ran, type RunJob, text, type Runner } from "./runner.ts";

const LOOK_MS = 5_000;
const LOG_BYTES = 16_384;
const number = (intent: Intent, name: string): number => Number(intent[name]);
const target = (intent: Intent): Workload => ({ namespace: text(intent, "namespace"), deployment: text(intent, "deployment") });
const pod = (intent: Intent): { namespace: string; pod: string } => ({ namespace: text(intent, "namespace"), pod: text(intent, "pod") });

async function withCluster(job: RunJob, act: (cluster: Cluster) => Promise<Ran>): Promise<Ran> {
  return job.ports.cluster === null ? notSetUp("the cluster", "KUBECONFIG") : act(job.ports.cluster);
}

const noCluster = { ok: false, says: "the cluster is not set up: set KUBECONFIG" } as const;

function changed(change: Change, output: Output): Ran {
  return change.ok ? done({ ...output, changed: change.changed }) : refused(change.says);
}

/** A change of a deployment is done when it is in all its pods. */
async function rolledOut(cluster: Cluster, { startedAt }: RunJob, intent: Intent, output: (revision: string) => Output): Promise<Ran> {
  const state = await cluster.rolloutDone(target(intent), startedAt);
  if (!("state" in state)) return refused(state.says);
  if (state.state === "failed") return refused(state.says);
  if (state.state === "progressing") return { state: "underway", handle: "rollout", inMs: LOOK_MS };
  const plan = await cluster.rolloutPlan(target(intent), { healthyForMs: 0 });
  return done(output(plan.ok ? plan.current : ""));
}

const restart: Runner = {
  intend: (input, { engine }) => Promise.resolve({ ok: true, intent: { ...input, stamp: engine.clock() } }),
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.restart(target(intent), { stamp: number(intent, "stamp"), runId: job.key });
      return change.ok ? { state: "underway", handle: "rollout", inMs: LOOK_MS } : refused(change.says);
    }),
  follow: (intent, _, job) =>
    withCluster(job, (cluster) => rolledOut(cluster, job, intent, (revision) => ({ restartedAt: new Date(number(intent, "stamp")).toISOString(), revision }))),
  probe: async (intent, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeRestart(target(intent), { stamp: number(intent, "stamp"), runId: key }),
};

const rollback: Runner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const plan = await ports.cluster.rolloutPlan(target(input), { healthyForMs: 0 });
    if (!plan.ok) return plan;
    if (plan.current !== input["from"]) return { ok: false, says: `the deployment is at revision ${plan.current}, no longer at ${text(input, "from")}` };
    return { ok: true, intent: { ...input, uid: plan.uid } };
  },
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.rollback(target(intent), rollbackIntent(intent, job.key));
      return change.ok ? { state: "underway", handle: { changed: change.changed }, inMs: LOOK_MS } : refused(change.says);
    }),
  follow: (intent, handle, job) =>
    withCluster(job, (cluster) =>
      rolledOut(cluster, job, intent, () => ({
        from: intent["from"],
        to: intent["to"],
        changed: (handle as { changed?: boolean } | null)?.changed ?? true,
      })),
    ),
  probe: async (intent, { ports, key }) => (ports.cluster === null ? "unknown" : ports.cluster.probeRollback(target(intent), rollbackIntent(intent, key))),
};

function rollbackIntent(intent: Intent, runId: string): { uid: string; from: string; to: string; runId: string } {
  return { uid: text(intent, "uid"), from: text(intent, "from"), to: text(intent, "to"), runId };
}

const scale: Runner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const plan = await ports.cluster.rolloutPlan(target(input), { healthyForMs: 0 });
    if (!plan.ok) return plan;
    if (plan.hpa !== "") return { ok: false, says: `the autoscaler ${plan.hpa} decides the size: change its limits` };
    if (input["from"] !== undefined && input["from"] !== plan.replicas)
      return { ok: false, says: `the size is ${plan.replicas}, not ${number(input, "from")}` };
    return { ok: true, intent: { ...input, from: plan.replicas } };
  },
  run: (intent, job) => withCluster(job, async (cluster) => changed(await cluster.scale(target(intent), sizes(intent)), sized(intent))),
  probe: async (intent, { ports }) => (ports.cluster === null ? "unknown" : ports.cluster.probeScale(target(intent), sizes(intent))),
  undo: (intent, job) =>
    withCluster(job, async (cluster) => changed(await cluster.scale(target(intent), { from: sizes(intent).to, to: sizes(intent).from }), {})),
};

const sizes = (intent: Intent): { from: number; to: number } => ({ from: number(intent, "from"), to: number(intent, "replicas") });
const sized = (intent: Intent): Output => ({ before: number(intent, "from"), after: number(intent, "replicas") });

const evict: Runner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const found = await ports.cluster.pod(pod(input));
    return found === null
      ? { ok: false, says: `there is no pod ${text(input, "namespace")}/${text(input, "pod")}` }
      : { ok: true, intent: { ...input, uid: found.uid, node: found.node } };
  },
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const { changed: evicted } = await cluster.evict(pod(intent), { uid: text(intent, "uid") });
      return done({ evicted, node: text(intent, "node") });
    }),
  probe: async (intent, { ports }) => (ports.cluster === null ? "unknown" : ports.cluster.probeEvict(pod(intent), { uid: text(intent, "uid") })),
};

const cordon: Runner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const found = await ports.cluster.node(text(input, "node"));
    return found === null ? { ok: false, says: `there is no node ${text(input, "node")}` } : { ok: true, intent: { ...input, was: found.unschedulable } };
  },
  run: (intent, job) => withCluster(job, async (cluster) => changed(await cluster.cordon(text(intent, "node"), { on: true, runId: job.key }), {})),
  probe: async (intent, { ports, key }) => (ports.cluster === null ? "unknown" : ports.cluster.probeCordon(text(intent, "node"), { on: true, runId: key })),
  undo: (intent, job) =>
    // Somebody else had closed it before us, and it stays closed.
    withCluster(job, async (cluster) =>
      intent["was"] === true ? done({ changed: false }) : changed(await cluster.cordon(text(intent, "node"), { on: false, runId: job.key }), {}),
    ),
};

export const KUBERNETES: Readonly<Record<string, Runner>> = {
  "k8s.rolloutPlan": {
    run: (intent, job) =>
      withCluster(job, async (cluster) => {
        const plan = await cluster.rolloutPlan(target(intent), { healthyForMs: number(intent, "healthyFor") });
        if (!plan.ok) return refused(plan.says);
        const { current, good, ageMinutes, gitops, paused, replicas, ready } = plan;
        return done({ current, good, ageMinutes, gitops, paused, replicas, ready });
      }),
  },
  "k8s.logs": {
    run: (intent, job) =>
      withCluster(job, async (cluster) => {
        const names = intent["pod"] === undefined ? (await cluster.pods(target(intent))).slice(0, 5).map(({ name }) => name) : [text(intent, "pod")];
        const container = intent["container"] === undefined ? {} : { container: text(intent, "container") };
        const limits = {
          lines: number(intent, "lines"),
          bytes: LOG_BYTES,
          sinceMs: number(intent, "since"),
          previous: intent["previous"] === true,
          ...container,
        };
        const found = await Promise.all(names.map((name) => cluster.logs({ namespace: text(intent, "namespace"), pod: name }, limits)));
        return done({ pods: names, lines: found.flatMap((each) => (each === null ? [] : each.text.split("\n").filter((line) => line !== ""))) });
      }),
  },
  "k8s.restart": restart,
  "k8s.rollback": rollback,
  "k8s.scale": scale,
  "k8s.evict": evict,
  "k8s.cordon": cordon,
};
