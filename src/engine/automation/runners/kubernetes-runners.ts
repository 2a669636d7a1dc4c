import type { ClusterChange, Cluster, ClusterWorkload } from "#ports/cluster.ts";
import {
  actionDone,
  notSetUp,
  actionRefused,
  type StepIntent,
  type ActionOutput,
  type ActionResult,
  type RunJob,
  intentText,
  type ActionRunner,
} from "./action-runner.ts";

const LOOK_MS = 5_000;
const LOG_BYTES = 16_384;
const number = (intent: StepIntent, name: string): number => Number(intent[name]);
const target = (intent: StepIntent): ClusterWorkload => ({ namespace: intentText(intent, "namespace"), deployment: intentText(intent, "deployment") });
const pod = (intent: StepIntent): { namespace: string; pod: string } => ({ namespace: intentText(intent, "namespace"), pod: intentText(intent, "pod") });

async function withCluster(job: RunJob, act: (cluster: Cluster) => Promise<ActionResult>): Promise<ActionResult> {
  return job.ports.cluster === null ? notSetUp("the cluster", "KUBECONFIG") : act(job.ports.cluster);
}

const noCluster = { ok: false, says: "the cluster is not set up: set KUBECONFIG" } as const;

function changed(change: ClusterChange, output: ActionOutput): ActionResult {
  return change.ok ? actionDone({ ...output, changed: change.changed }) : actionRefused(change.says);
}

/** A change of a deployment is done when it is in all its pods. */
async function rolledOut(cluster: Cluster, { startedAt }: RunJob, intent: StepIntent, output: (revision: string) => ActionOutput): Promise<ActionResult> {
  const state = await cluster.rolloutDone(target(intent), startedAt);
  if (!("state" in state)) return actionRefused(state.says);
  if (state.state === "failed") return actionRefused(state.says);
  if (state.state === "progressing") return { state: "underway", handle: "rollout", inMs: LOOK_MS };
  const plan = await cluster.rolloutPlan(target(intent), { healthyForMs: 0 });
  return actionDone(output(plan.ok ? plan.current : ""));
}

const restart: ActionRunner = {
  intend: (input, { engine }) => Promise.resolve({ ok: true, intent: { ...input, stamp: engine.clock() } }),
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.restart(target(intent), { stamp: number(intent, "stamp"), runId: job.key });
      return change.ok ? { state: "underway", handle: "rollout", inMs: LOOK_MS } : actionRefused(change.says);
    }),
  follow: (intent, _, job) =>
    withCluster(job, (cluster) => rolledOut(cluster, job, intent, (revision) => ({ restartedAt: new Date(number(intent, "stamp")).toISOString(), revision }))),
  probe: async (intent, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeRestart(target(intent), { stamp: number(intent, "stamp"), runId: key }),
};

const rollback: ActionRunner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const plan = await ports.cluster.rolloutPlan(target(input), { healthyForMs: 0 });
    if (!plan.ok) return plan;
    if (plan.current !== input["from"]) return { ok: false, says: `the deployment is at revision ${plan.current}, no longer at ${intentText(input, "from")}` };
    return { ok: true, intent: { ...input, uid: plan.uid } };
  },
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const change = await cluster.rollback(target(intent), rollbackIntent(intent, job.key));
      return change.ok ? { state: "underway", handle: { changed: change.changed }, inMs: LOOK_MS } : actionRefused(change.says);
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

function rollbackIntent(intent: StepIntent, runId: string): { uid: string; from: string; to: string; runId: string } {
  return { uid: intentText(intent, "uid"), from: intentText(intent, "from"), to: intentText(intent, "to"), runId };
}

const scale: ActionRunner = {
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

const sizes = (intent: StepIntent): { from: number; to: number } => ({ from: number(intent, "from"), to: number(intent, "replicas") });
const sized = (intent: StepIntent): ActionOutput => ({ before: number(intent, "from"), after: number(intent, "replicas") });

const evict: ActionRunner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const found = await ports.cluster.pod(pod(input));
    return found === null
      ? { ok: false, says: `there is no pod ${intentText(input, "namespace")}/${intentText(input, "pod")}` }
      : { ok: true, intent: { ...input, uid: found.uid, node: found.node } };
  },
  run: (intent, job) =>
    withCluster(job, async (cluster) => {
      const { changed: evicted } = await cluster.evict(pod(intent), { uid: intentText(intent, "uid") });
      return actionDone({ evicted, node: intentText(intent, "node") });
    }),
  probe: async (intent, { ports }) => (ports.cluster === null ? "unknown" : ports.cluster.probeEvict(pod(intent), { uid: intentText(intent, "uid") })),
};

const cordon: ActionRunner = {
  async intend(input, { ports }) {
    if (ports.cluster === null) return noCluster;
    const found = await ports.cluster.node(intentText(input, "node"));
    return found === null ? { ok: false, says: `there is no node ${intentText(input, "node")}` } : { ok: true, intent: { ...input, was: found.unschedulable } };
  },
  run: (intent, job) => withCluster(job, async (cluster) => changed(await cluster.cordon(intentText(intent, "node"), { on: true, runId: job.key }), {})),
  probe: async (intent, { ports, key }) =>
    ports.cluster === null ? "unknown" : ports.cluster.probeCordon(intentText(intent, "node"), { on: true, runId: key }),
  undo: (intent, job) =>
    // Somebody else had closed it before us, and it stays closed.
    withCluster(job, async (cluster) =>
      intent["was"] === true ? actionDone({ changed: false }) : changed(await cluster.cordon(intentText(intent, "node"), { on: false, runId: job.key }), {}),
    ),
};

export const KUBERNETES_RUNNERS: Readonly<Record<string, ActionRunner>> = {
  "k8s.rolloutPlan": {
    run: (intent, job) =>
      withCluster(job, async (cluster) => {
        const plan = await cluster.rolloutPlan(target(intent), { healthyForMs: number(intent, "healthyFor") });
        if (!plan.ok) return actionRefused(plan.says);
        const { current, good, ageMinutes, gitops, paused, replicas, ready } = plan;
        return actionDone({ current, good, ageMinutes, gitops, paused, replicas, ready });
      }),
  },
  "k8s.logs": {
    run: (intent, job) =>
      withCluster(job, async (cluster) => {
        const names = intent["pod"] === undefined ? (await cluster.pods(target(intent))).slice(0, 5).map(({ name }) => name) : [intentText(intent, "pod")];
        const container = intent["container"] === undefined ? {} : { container: intentText(intent, "container") };
        const limits = {
          lines: number(intent, "lines"),
          bytes: LOG_BYTES,
          sinceMs: number(intent, "since"),
          previous: intent["previous"] === true,
          ...container,
        };
        const found = await Promise.all(names.map((name) => cluster.logs({ namespace: intentText(intent, "namespace"), pod: name }, limits)));
        return actionDone({ pods: names, lines: found.flatMap((each) => (each === null ? [] : each.text.split("\n").filter((line) => line !== ""))) });
      }),
  },
  "k8s.restart": restart,
  "k8s.rollback": rollback,
  "k8s.scale": scale,
  "k8s.evict": evict,
  "k8s.cordon": cordon,
};
