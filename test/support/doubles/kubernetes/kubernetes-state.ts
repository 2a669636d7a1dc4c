import { randomUUID } from "node:crypto";
import type {
  ObjectMeta,
  PodTemplate,
  ObjectCondition,
  FakeDeployment,
  FakeReplicaSet,
  FakePod,
  FakeNode,
  SomeFakeObject,
} from "./fake-objects.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** What the fake API server keeps, and the controllers that work on it, one step at a time under a clock that is turned. */
export class KubernetesState {
  now: number;
  readonly deployments: FakeDeployment[] = [];
  readonly sets: FakeReplicaSet[] = [];
  pods: FakePod[] = [];
  readonly nodes: FakeNode[] = [];
  readonly autoscalers: {
    metadata: ObjectMeta;
    spec: { scaleTargetRef: { apiVersion: string; kind: string; name: string } };
  }[] = [];
  /** Everything else, by where its resource is: "/apis/batch/v1/jobs". */
  readonly objects = new Map<string, SomeFakeObject[]>();
  /** By the value of the label app: how many pods may be evicted now. */
  readonly budgets = new Map<string, number>();
  /** Images whose pods never become ready. */
  readonly broken = new Set<string>();
  private version = 1;

  constructor(now: number) {
    this.now = now;
  }

  meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
    const at = new Date(this.now).toISOString().replace(/\.\d+Z$/, "Z");
    return {
      name,
      uid: randomUUID(),
      labels: {},
      annotations: {},
      creationTimestamp: at,
      generation: 1,
      resourceVersion: this.next(),
      ...more,
    };
  }

  /** Keeps an object of a resource, such as "/apis/batch/v1/jobs". */
  keep(
    resource: string,
    name: string,
    more: Partial<SomeFakeObject> & { readonly meta?: Partial<ObjectMeta> } = {},
  ): SomeFakeObject {
    const { meta, ...fields } = more;
    const object: SomeFakeObject = { metadata: this.meta(name, meta), spec: {}, status: {}, ...fields };
    this.objects.set(resource, [...(this.objects.get(resource) ?? []), object]);
    return object;
  }

  /** All objects of a resource, those that controllers work on among them. */
  objectsOf(resource: string): readonly SomeFakeObject[] {
    const worked: Readonly<Record<string, readonly unknown[]>> = {
      "/api/v1/pods": this.pods,
      "/api/v1/nodes": this.nodes,
      "/apis/apps/v1/deployments": this.deployments,
      "/apis/apps/v1/replicasets": this.sets,
    };
    return (worked[resource] as readonly SomeFakeObject[] | undefined) ?? this.objects.get(resource) ?? [];
  }

  remove(resource: string, object: SomeFakeObject): void {
    if (resource === "/api/v1/pods")
      this.pods = this.pods.filter(({ metadata }) => metadata.uid !== object.metadata.uid);
    else
      this.objects.set(
        resource,
        this.objectsOf(resource).filter((each) => each !== object),
      );
  }

  next(): string {
    return String(++this.version);
  }

  /** A deployment whose first revision is not rolled out yet: `settle` does that. */
  deploy(name: string, image: string, replicas = 2, more: Partial<ObjectMeta> = {}): FakeDeployment {
    const labels = { app: name };
    const deployment: FakeDeployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: this.meta(name, { namespace: "shop", ...more }),
      spec: {
        replicas,
        progressDeadlineSeconds: 600,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "main", image, futureField: "kept" }] } },
      },
      status: { observedGeneration: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0, conditions: [] },
    };
    this.deployments.push(deployment);
    return deployment;
  }

  /** Someone ships another image. */
  ship(deployment: FakeDeployment, image: string): void {
    deployment.spec.template = {
      ...deployment.spec.template,
      spec: { containers: [{ ...deployment.spec.template.spec.containers[0]!, image }] },
    };
    this.touch(deployment, true);
  }

  touch({ metadata }: { metadata: ObjectMeta }, spec: boolean): void {
    metadata.resourceVersion = this.next();
    if (spec) metadata.generation++;
  }

  setsOf({ metadata }: FakeDeployment): FakeReplicaSet[] {
    return this.sets.filter((set) => set.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  podsOf(set: FakeReplicaSet): FakePod[] {
    return this.pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
  }

  /** Every controller does one thing; answers whether anything changed. */
  step(): boolean {
    return this.deployments.map((deployment) => this.roll(deployment)).some(Boolean);
  }

  settle(): void {
    for (let i = 0; i < 200 && this.step(); i++);
  }

  private roll(deployment: FakeDeployment): boolean {
    const { metadata, spec, status } = deployment;
    const before = JSON.stringify([status, metadata.annotations]);
    status.observedGeneration = metadata.generation;
    const wanted = spec.paused === true ? this.setsOf(deployment).at(-1) : this.current(deployment);
    if (wanted === undefined) return before !== JSON.stringify([status, metadata.annotations]);
    const moved = this.movePod(deployment, wanted);
    const available = (set: FakeReplicaSet): number =>
      this.podsOf(set).filter((pod) => pod.status.conditions.some((each) => each.status === "True")).length;
    for (const set of this.setsOf(deployment)) set.status.availableReplicas = available(set);
    status.updatedReplicas = this.podsOf(wanted).length;
    status.replicas = this.setsOf(deployment).reduce((sum, set) => sum + this.podsOf(set).length, 0);
    status.availableReplicas = this.setsOf(deployment).reduce((sum, set) => sum + available(set), 0);
    this.progress(deployment, moved);
    if (before === JSON.stringify([status, metadata.annotations])) return moved;
    this.touch(deployment, false);
    return true;
  }

  /** The ReplicaSet of the template: made, or brought back under a new revision. */
  private current(deployment: FakeDeployment): FakeReplicaSet {
    const { metadata, spec } = deployment;
    const print = (template: PodTemplate): string => {
      const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
      return JSON.stringify([
        Object.entries(labels)
          .map(String)
          .toSorted((a, b) => a.localeCompare(b)),
        Object.entries(template.metadata?.annotations ?? {})
          .map(String)
          .toSorted((a, b) => a.localeCompare(b)),
        template.spec,
      ]);
    };
    const own = this.setsOf(deployment);
    const newest = Math.max(0, ...own.map((set) => Number(set.metadata.annotations[REVISION])));
    let set = own.find((each) => print(each.spec.template) === print(spec.template));
    if (set === undefined) {
      const hash = `h${this.sets.length}`;
      const labels = { ...spec.template.metadata?.labels, "pod-template-hash": hash };
      const owner = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: metadata.name,
        uid: metadata.uid,
        controller: true,
      };
      set = {
        metadata: this.meta(`${metadata.name}-${hash}`, {
          namespace: metadata.namespace!,
          labels,
          ownerReferences: [owner],
        }),
        spec: {
          replicas: 0,
          template: structuredClone({ ...spec.template, metadata: { ...spec.template.metadata, labels } }),
        },
        status: { availableReplicas: 0 },
      };
      set.metadata.annotations[REVISION] = String(newest + 1);
      this.sets.push(set);
      this.progress(deployment, true);
    } else if (Number(set.metadata.annotations[REVISION]) < newest) {
      const history = "deployment.kubernetes.io/revision-history";
      set.metadata.annotations[history] = [set.metadata.annotations[history], set.metadata.annotations[REVISION]]
        .filter(Boolean)
        .join(",");
      set.metadata.annotations[REVISION] = String(newest + 1);
      this.progress(deployment, true);
    }
    metadata.annotations[REVISION] = set.metadata.annotations[REVISION]!;
    return set;
  }

  private movePod({ metadata, spec }: FakeDeployment, wanted: FakeReplicaSet): boolean {
    const own = this.podsOf(wanted);
    const old = this.pods.filter(
      (pod) => pod.metadata.labels["app"] === spec.selector.matchLabels["app"] && !own.includes(pod),
    );
    const ready = own.filter((pod) => pod.status.conditions.some((each) => each.status === "True"));
    const surplus =
      own.length > spec.replicas
        ? own.at(-1)
        : ready.length === own.length && own.length + old.length > spec.replicas
          ? old[0]
          : undefined;
    if (surplus !== undefined) {
      this.pods = this.pods.filter((pod) => pod !== surplus);
      return true;
    }
    if (own.length >= spec.replicas || ready.length < own.length) return false;
    const is = this.broken.has(wanted.spec.template.spec.containers[0]!.image) ? "False" : "True";
    const owner = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: wanted.metadata.name,
      uid: wanted.metadata.uid,
      controller: true,
    };
    this.pods.push({
      metadata: this.meta(`${wanted.metadata.name}-${this.next()}`, {
        namespace: metadata.namespace!,
        labels: wanted.spec.template.metadata!.labels!,
        ownerReferences: [owner],
      }),
      spec: { nodeName: "node-a" },
      status: {
        phase: is === "True" ? "Running" : "Pending",
        conditions: [{ type: "Ready", status: is }],
        containerStatuses: [{ restartCount: 0 }],
      },
      log: "",
    });
    return true;
  }

  private progress({ metadata, spec, status }: FakeDeployment, moved: boolean): void {
    const at = new Date(this.now).toISOString();
    const last = status.conditions.find(({ type }) => type === "Progressing");
    const complete =
      status.updatedReplicas === spec.replicas &&
      status.availableReplicas === spec.replicas &&
      status.replicas === spec.replicas;
    const set = (condition: ObjectCondition): void =>
      void (status.conditions = [...status.conditions.filter(({ type }) => type !== condition.type), condition]);
    if (moved)
      set({
        type: "Progressing",
        status: "True",
        reason: complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
        lastUpdateTime: at,
      });
    else if (
      !complete &&
      last?.lastUpdateTime !== undefined &&
      this.now - Date.parse(last.lastUpdateTime) > spec.progressDeadlineSeconds * 1_000
    )
      set({
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: `Deployment "${metadata.name}" has timed out progressing.`,
        lastUpdateTime: last.lastUpdateTime,
      });
  }
}
