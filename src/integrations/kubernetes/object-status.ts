import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { ClusterKind, ClusterObject, ObjectCondition } from "#ports/cluster-objects.ts";
import type { SomeObject } from "./kubernetes-objects.ts";

type Shown = Pick<ClusterObject, "status" | "ready">;
type Raw = z.output<typeof SomeObject>;

const Number0 = z.number().catch(0);
const Text = z.string().catch("");

const PodParts = z.looseObject({
  phase: z.string().catch("Unknown"),
  reason: z.string().optional().catch(undefined),
  containerStatuses: z
    .array(
      z.looseObject({
        restartCount: Number0,
        ready: z.boolean().catch(false),
        state: z
          .looseObject({
            waiting: z.looseObject({ reason: Text }).optional().catch(undefined),
            terminated: z.looseObject({ reason: Text, exitCode: Number0 }).optional().catch(undefined),
          })
          .catch({}),
      }),
    )
    .catch([]),
});

/** What people look at of an object of a kind; an object of an unexpected shape is shown with what it has. */
export function describeObject(kind: ClusterKind, raw: Raw, now: Instant): ClusterObject {
  const { metadata, spec, status } = raw;
  const conditions = conditionsOf(raw);
  const owner = metadata.ownerReferences.find(({ controller }) => controller === true);
  const pod = kind === "pod" ? PodParts.parse(status) : null;
  return {
    kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    ageMinutes: Math.max(0, now - metadata.creationTimestamp) / MINUTE_MS,
    node: kind === "pod" ? Text.parse(spec["nodeName"]) : "",
    restarts: pod?.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0) ?? 0,
    owner: owner === undefined ? "" : `${owner.kind}/${owner.name}`,
    conditions,
    spec: withoutEnvironment(spec) as ClusterObject["spec"],
    state: status,
    ...(metadata.deletionTimestamp === undefined
      ? shownAs[kind](raw, conditions)
      : { status: "Terminating", ready: false }),
  };
}

const shownAs: Readonly<Record<ClusterKind, (raw: Raw, conditions: readonly ObjectCondition[]) => Shown>> = {
  pod: ({ status }) => shownPod(PodParts.parse(status)),
  node: ({ spec }, conditions) => {
    const ready = isTrue(conditions, "Ready");
    return {
      status: `${ready ? "Ready" : "NotReady"}${spec["unschedulable"] === true ? ",SchedulingDisabled" : ""}`,
      ready,
    };
  },
  job: ({ spec, status }, conditions) => {
    if (isTrue(conditions, "Failed")) return { status: "Failed", ready: false };
    if (isTrue(conditions, "Complete")) return { status: "Complete", ready: true };
    if (spec["suspend"] === true) return { status: "Suspended", ready: true };
    return { status: Number0.parse(status["active"]) > 0 ? "Running" : "Pending", ready: true };
  },
  cronjob: ({ spec }) => ({ status: spec["suspend"] === true ? "Suspended" : "Scheduled", ready: true }),
  deployment: shownWorkload("availableReplicas"),
  statefulset: shownWorkload("readyReplicas"),
  replicaset: shownWorkload("readyReplicas"),
  rollout: ({ spec, status }) => {
    const phase = Text.parse(status["phase"]);
    const counted = shownWorkload("availableReplicas")({ spec, status } as Raw);
    return phase === "" ? counted : { status: `${phase} ${counted.status}`, ready: phase === "Healthy" };
  },
  daemonset: ({ status }) => {
    const [ready, wanted] = [Number0.parse(status["numberReady"]), Number0.parse(status["desiredNumberScheduled"])];
    return { status: `${ready}/${wanted}`, ready: ready >= wanted };
  },
  hpa: ({ spec, status }) => {
    const [now, most] = [Number0.parse(status["currentReplicas"]), Number0.parse(spec["maxReplicas"])];
    return { status: `${now} of ${Number0.parse(spec["minReplicas"])}-${most}`, ready: now < most };
  },
  pvc: ({ status }) => ({ status: Text.parse(status["phase"]) || "Unknown", ready: status["phase"] === "Bound" }),
  service: ({ spec }) => ({ status: Text.parse(spec["type"]) || "ClusterIP", ready: true }),
  ingress: () => ({ status: "", ready: true }),
  certificate: (_, conditions) => {
    const ready = isTrue(conditions, "Ready");
    return { status: ready ? "Ready" : "NotReady", ready };
  },
};

/** As `kubectl get pods` has it: the reason why a container does not run goes before the phase. */
function shownPod({ phase, reason, containerStatuses }: z.output<typeof PodParts>): Shown {
  const stuck = containerStatuses
    .map(
      ({ state }) =>
        state.waiting?.reason ?? (state.terminated?.exitCode === 0 ? "" : (state.terminated?.reason ?? "")),
    )
    .find((each) => each !== "");
  const status = reason ?? stuck ?? (phase === "Succeeded" ? "Completed" : phase);
  const ready = phase === "Succeeded" || (phase === "Running" && containerStatuses.every((each) => each.ready));
  return { status, ready };
}

function shownWorkload(counts: string): (raw: Raw) => Shown {
  return ({ spec, status }) => {
    const wanted = z.number().catch(1).parse(spec["replicas"]);
    const ready = Number0.parse(status[counts]);
    return { status: `${ready}/${wanted}`, ready: ready >= wanted };
  };
}

function isTrue(conditions: readonly ObjectCondition[], type: string): boolean {
  return conditions.some((each) => each.type === type && each.status === "True");
}

const Conditions = z
  .array(z.looseObject({ type: z.string(), status: z.string(), reason: Text, message: Text }))
  .catch([]);

function conditionsOf({ status }: Raw): readonly ObjectCondition[] {
  return Conditions.parse(status["conditions"]).map(({ type, status: is, reason, message }) => ({
    type,
    status: is,
    reason,
    message,
  }));
}

/** The values of environment variables are where passwords stand that people should have put into a Secret. */
function withoutEnvironment(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvironment);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "env" && Array.isArray(inner)
        ? inner.map((each: { readonly name?: unknown } | null) => ({ name: each?.name ?? "" }))
        : withoutEnvironment(inner),
    ]),
  );
}
