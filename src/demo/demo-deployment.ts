import { DAY_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

const [NAMESPACE, NAME] = ["shop", "order-service"];
const RESTARTED_ANNOTATION = "kubectl.kubernetes.io/restartedAt";
const REVISION = "deployment.kubernetes.io/revision";
const PODS = 3;
/** How long a pod takes to be replaced, in ms of the story. */
const POD_MS = 15_000;
const DEPLOYMENT_PATH = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;

/** What is in the cluster, and how far its last restart is. */
type Rollout = {
  readonly began: Instant;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly template: Readonly<Record<string, string>>;
  readonly changedAt: Instant | null;
};

/** The one deployment of the demo's cluster: a restart replaces its pods one after another. */
export type DemoDeployment = {
  /** The object at a path as it is now; null where there is none. */
  read(path: string): object | null;
  isDeployment(path: string): boolean;
  /** What the pods log, at any of their paths; null where there is none. */
  podLog(path: string): string | null;
  /** Takes a patch; answers what is wrong with it, or null. */
  restart(patch: string): string | null;
  /** When the last restart was in all pods; null: none was, or it is under way. */
  restartedAt(): Instant | null;
};

export function createDeployment(clock: () => Instant): DemoDeployment {
  let now: Rollout = { began: clock(), generation: 1, annotations: {}, template: {}, changedAt: null };
  const replaced = (): number => replacedPods(now, clock());
  const reads: Readonly<Record<string, () => object>> = {
    [DEPLOYMENT_PATH]: () => deploymentObject(now, replaced()),
    [`/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`]: () => ({ items: [replicaSet(now, replaced())] }),
    [`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`]: () => ({ items: [] }),
    [`/api/v1/namespaces/${NAMESPACE}/pods`]: () => ({ items: podObjects(now, replaced()) }),
  };
  return {
    read: (path) => reads[path]?.() ?? null,
    isDeployment: (path) => path === DEPLOYMENT_PATH,
    podLog(path) {
      if (!new RegExp(`^/api/v1/namespaces/${NAMESPACE}/pods/[\\w-]+/log$`).test(path)) return null;
      return now.changedAt === null
        ? "timeout waiting for connection: 485 of 500 in use, not given back after OrderRejected\n"
        : "ready\n";
    },
    restart(text) {
      const patch = JSON.parse(text) as {
        metadata?: { annotations?: Record<string, string> };
        spec?: { template?: { metadata?: { annotations?: Record<string, string> } } };
      };
      const stamp = patch.spec?.template?.metadata?.annotations;
      if (stamp?.[RESTARTED_ANNOTATION] === undefined) return `a patch that restarts nothing: ${text.slice(0, 200)}`;
      now = { ...now, annotations: { ...now.annotations, ...patch.metadata?.annotations } };
      // As in a real cluster: a template that stays the same rolls nothing out.
      if (now.template[RESTARTED_ANNOTATION] === stamp[RESTARTED_ANNOTATION]) return null;
      now = {
        ...now,
        template: { ...now.template, ...stamp },
        generation: now.generation + 1,
        changedAt: clock(),
      };
      return null;
    },
    restartedAt: () => (now.changedAt === null || replaced() < PODS ? null : now.changedAt + PODS * POD_MS),
  };
}

function replacedPods({ changedAt }: Rollout, now: Instant): number {
  return changedAt === null ? PODS : Math.min(PODS, Math.max(0, Math.floor((now - changedAt) / POD_MS)));
}

function metadata({ began }: Rollout, name: string, uid: string, more: object = {}): object {
  return {
    ...{ name, uid, namespace: NAMESPACE, labels: { app: NAME }, creationTimestamp: formatIso(began - 7 * DAY_MS) },
    ...more,
  };
}

function podObjects(rollout: Rollout, replaced: number): object[] {
  return Array.from({ length: PODS }, (_, i) => {
    const revision = i < replaced ? rollout.generation : rollout.generation - 1;
    return {
      metadata: metadata(rollout, `${NAME}-${revision}-${i}`, `pod-${revision}-${i}`),
      spec: { nodeName: `node-${i}` },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ restartCount: 0 }],
      },
    };
  });
}

function podTemplate({ template }: Rollout): object {
  return {
    metadata: { labels: { app: NAME }, annotations: template },
    spec: { containers: [{ name: NAME, image: `${NAME}:1.0.0` }] },
  };
}

function deploymentObject(rollout: Rollout, replaced: number): object {
  const { generation, annotations } = rollout;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(rollout, NAME, "deployment-1", {
      generation,
      annotations: { ...annotations, [REVISION]: String(generation) },
    }),
    spec: { replicas: PODS, selector: { matchLabels: { app: NAME } }, template: podTemplate(rollout) },
    status: {
      observedGeneration: generation,
      replicas: PODS,
      updatedReplicas: replaced,
      availableReplicas: PODS,
      conditions: [],
    },
  };
}

function replicaSet(rollout: Rollout, replaced: number): object {
  const { generation } = rollout;
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: NAME, uid: "deployment-1", controller: true };
  return {
    metadata: metadata(rollout, `${NAME}-${generation}`, `set-${generation}`, {
      annotations: { [REVISION]: String(generation) },
      ownerReferences: [owner],
    }),
    spec: { template: podTemplate(rollout) },
    status: { availableReplicas: replaced },
  };
}
