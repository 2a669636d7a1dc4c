type Names = Record<string, string>;
export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid: string;
  labels: Names;
  annotations: Names;
  creationTimestamp: string;
  deletionTimestamp?: string;
  generation: number;
  resourceVersion: string;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
};
export type PodTemplate = {
  metadata?: { labels?: Names; annotations?: Names };
  spec: { containers: { name: string; image: string; futureField?: string }[] };
};
export type ObjectCondition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
};
export type FakeDeployment = {
  apiVersion: "apps/v1";
  kind: "Deployment";
  metadata: ObjectMeta;
  spec: {
    replicas: number;
    paused?: boolean;
    progressDeadlineSeconds: number;
    selector: { matchLabels: Names };
    template: PodTemplate;
  };
  status: {
    observedGeneration: number;
    replicas: number;
    updatedReplicas: number;
    availableReplicas: number;
    conditions: ObjectCondition[];
  };
};
export type FakeReplicaSet = {
  metadata: ObjectMeta;
  spec: { replicas: number; template: PodTemplate };
  status: { availableReplicas: number };
};
export type FakePod = {
  metadata: ObjectMeta;
  spec: { nodeName: string };
  status: { phase: string; conditions: ObjectCondition[]; containerStatuses: { restartCount: number }[] };
  log: string;
};
export type FakeNode = {
  metadata: ObjectMeta;
  spec: { unschedulable?: boolean };
  status: { conditions: ObjectCondition[] };
};

/** An object that no controller of the double works on. */
export type SomeFakeObject = {
  metadata: ObjectMeta;
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
  [field: string]: unknown;
};
