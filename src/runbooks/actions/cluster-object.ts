import { z } from "zod";
import {
  CLUSTER_KINDS,
  type ClusterKind,
  type ClusterObject,
  type ClusterPlace,
  type ClusterReader,
} from "#ports/cluster-objects.ts";
import type { ProbeResult } from "#ports/cluster-workloads.ts";
import { AnswerFails, type FakeOf, type FakePorts, type FakeScript } from "./action-fake.ts";
import { FAKE_UID, fakeChange } from "./fake-cluster.ts";
import { KubernetesName } from "./cluster-target.ts";

/** The fields of an input that say what kind of objects are looked at, and where. */
export const kindFields = {
  kind: z.enum(CLUSTER_KINDS).describe("what is looked at"),
  namespace: KubernetesName.optional().describe("the namespace; a node has none"),
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const LabelValues = z.record(
  z
    .string()
    .regex(
      /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/,
      "no name of a label",
    ),
  z.string().regex(/^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/, "no value of a label"),
);

/** Labels as a selector of exactly their values. */
export function labelSelector(labels: z.output<typeof LabelValues>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

/** An object as a step has it. */
export const ObjectFields = z.object({
  namespace: z.string(),
  name: z.string(),
  status: z.string().describe('as kubectl shows it: "CrashLoopBackOff", "NotReady", "Failed", "2/3"'),
  ready: z.boolean().describe("whether it is as it is meant to be"),
  ageMinutes: z.number(),
  node: z.string(),
  restarts: z.number(),
  owner: z.string().describe('its controller, "ReplicaSet/checkout-7d9f"; "" without one'),
  labels: z.record(z.string(), z.string()),
  conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() })),
});

/** An object as authors describe it in a test: what is left out is as of a healthy one. */
export const DescribedObject = z.strictObject({
  namespace: z.string().default("default"),
  name: z.string(),
  status: z.string().default("Running"),
  ready: z.boolean().default(true),
  ageMinutes: z.number().default(60),
  node: z.string().default("node-1"),
  restarts: z.int().default(0),
  owner: z.string().default(""),
  labels: z.record(z.string(), z.string()).default({}),
  conditions: z
    .array(
      z.strictObject({
        type: z.string(),
        status: z.string(),
        reason: z.string().default(""),
        message: z.string().default(""),
      }),
    )
    .default([]),
  spec: z.record(z.string(), z.unknown()).default({}),
  state: z.record(z.string(), z.unknown()).default({}),
});

/** The place that an input names. A node is in no namespace, whatever an input has. */
export function clusterPlace(kind: ClusterKind, namespace: string | undefined): ClusterPlace {
  return { kind, namespace: kind === "node" ? null : (namespace ?? null) };
}

export function objectFields(object: ClusterObject): z.output<typeof ObjectFields> {
  const { namespace, name, status, ready, ageMinutes, node, restarts, owner, labels, conditions } = object;
  return {
    namespace,
    name,
    status,
    ready,
    ageMinutes,
    node,
    restarts,
    owner,
    labels: { ...labels },
    conditions: conditions.map((each) => ({ ...each })),
  };
}

/** Whether an object that was to be deleted is gone: one of the same name that came since is another. */
export async function probeRemoval(
  cluster: ClusterReader | null,
  place: ClusterPlace,
  name: string,
  uid: string,
): Promise<ProbeResult> {
  if (cluster === null) return "unknown";
  const found = await cluster.object(place, name);
  return found?.uid === uid && found.status !== "Terminating" ? "no" : "yes";
}

/** Who answers a step that deletes: the object as it is found, and its removal. */
export function fakeRemoval(
  kind: ClusterKind,
  shown: Pick<ClusterObject, "status" | "owner">,
): (script: FakeScript<unknown>) => FakePorts {
  const object = { ...describedObject(kind, DescribedObject.parse({ name: `${kind}-1`, ready: false })), ...shown };
  return (script) => ({
    cluster: {
      async object() {
        const request = await script.asker();
        const isGone = request !== null && script.peek(request.key) === "gone";
        return isGone && script.take(request.key) === "gone" ? null : object;
      },
      remove: () => fakeChange(script),
    },
  });
}

export const AnswerObject = z.union([DescribedObject, z.literal("gone"), AnswerFails]);

/** Who answers a step that looks at one object. */
export const OBJECT_FAKE: FakeOf<typeof AnswerObject> = {
  answers: AnswerObject,
  says: "{ name: checkout-1, status: Running, ready: true }, or gone when there is none",
  ports: (script) => ({
    cluster: {
      async object({ kind }) {
        const { answer } = await script.answer();
        return answer === "gone" ? null : describedObject(kind, answer);
      },
      events: () => Promise.resolve([]),
    },
  }),
};

/** What the fake of a cluster has where a test describes an object. */
export function describedObject(kind: ClusterKind, described: z.output<typeof DescribedObject>): ClusterObject {
  return { ...described, kind, uid: FAKE_UID };
}
