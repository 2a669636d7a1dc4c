import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import { unreadableAnswer } from "./errors.ts";

/** What is read of Kubernetes' objects. They are loose: whatever else is in them is kept, and may be written back. */
const Names = z.record(z.string(), z.string()).default({});
const Time = z.string().transform((text, ctx): Instant => {
  const at = parseInstant(text);
  if (at !== null) return at;
  ctx.addIssue({ code: "custom", message: "not an RFC 3339 instant" });
  return z.NEVER;
});
const Owner = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
});
const Meta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  labels: Names,
  annotations: Names,
  creationTimestamp: Time,
  deletionTimestamp: Time.optional(),
  generation: z.number().optional(),
  ownerReferences: z.array(Owner).default([]),
});
const Some = z.record(z.string(), z.string()).optional();
/** No defaults in here: it is written back. */
const Template = z.looseObject({ metadata: z.looseObject({ labels: Some, annotations: Some }).optional() });
const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastUpdateTime: Time.optional(),
});
const Count = z.number().default(0);

export const DeploymentObject = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    replicas: z.number().default(1),
    paused: z.boolean().default(false),
    selector: z.looseObject({
      matchLabels: Names,
      matchExpressions: z
        .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
        .default([]),
    }),
    template: Template,
  }),
  status: z
    .looseObject({
      observedGeneration: Count,
      replicas: Count,
      updatedReplicas: Count,
      availableReplicas: Count,
      conditions: z.array(Condition).default([]),
    })
    .prefault({}),
});
export type DeploymentObject = z.output<typeof DeploymentObject>;
const ReplicaSet = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ template: Template }),
  status: z.looseObject({ availableReplicas: Count }).prefault({}),
});
export type ReplicaSet = z.output<typeof ReplicaSet>;
export const ReplicaSets = z.looseObject({ items: z.array(ReplicaSet) });
export const ScaleObject = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string(), resourceVersion: z.string() }),
  // 0 is left out on the wire.
  spec: z.looseObject({ replicas: Count }).prefault({}),
});
export const PodObject = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ nodeName: z.string().default("") }),
  status: z
    .looseObject({
      phase: z.string().default("Unknown"),
      conditions: z.array(Condition).default([]),
      containerStatuses: z.array(z.looseObject({ restartCount: Count })).default([]),
    })
    .prefault({}),
});
export const PodObjects = z.looseObject({ items: z.array(PodObject) });
export const NodeObject = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z.looseObject({ conditions: z.array(Condition).default([]) }).prefault({}),
});
export const AutoscalerObjects = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }).optional(),
  items: z.array(
    z.looseObject({
      metadata: Meta,
      spec: z.looseObject({ scaleTargetRef: z.looseObject({ kind: z.string(), name: z.string() }) }),
    }),
  ),
});

const AnyFields = z.record(z.string(), z.unknown()).default({});
/** An object of any kind: what is common to all of them. */
export const SomeObject = z.looseObject({ metadata: Meta, spec: AnyFields, status: AnyFields });
export const SomeObjects = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }).optional(),
  items: z.array(SomeObject),
});
/** Both forms of an event are served under core/v1; one of the newer form has no `lastTimestamp`. */
export const EventObjects = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }).optional(),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ creationTimestamp: Time }),
      involvedObject: z.looseObject({ kind: z.string().default(""), name: z.string().default("") }),
      type: z.string().default("Normal"),
      reason: z.string().default(""),
      message: z.string().default(""),
      count: z
        .number()
        .nullish()
        .transform((count) => count ?? 1),
      lastTimestamp: Time.nullish(),
      eventTime: Time.nullish(),
    }),
  ),
});

export const REVISION_NUMBER = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
export const RUN_ID = "muster/run-id";

/** @throws PortError when it is not what the API promises */
export function parseObject<T extends z.ZodType>(schema: T, text: string, what: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadableAnswer(what, false);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PortError(
    "invalid",
    `the cluster's answer is not what its API promises (${what}); check the server in KUBECONFIG`,
    {
      retryable: false,
      cause: parsed.error,
    },
  );
}

/** A template without what the cluster itself writes into it: this is what is compared and written back. */
export function plainTemplate(template: z.output<typeof Template>): z.output<typeof Template> {
  const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Equal for equal templates, with keys in any order. */
export function templateFingerprint(template: z.output<typeof Template>, ignoring: readonly string[] = []): string {
  const { metadata, ...rest } = plainTemplate(template);
  const annotations = Object.fromEntries(
    Object.entries(metadata?.annotations ?? {}).filter(([name]) => !ignoring.includes(name)),
  );
  return JSON.stringify(ordered({ ...rest, metadata: { ...metadata, annotations, creationTimestamp: null } }));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}
