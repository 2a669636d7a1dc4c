import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { applyJsonPatch, applyMergePatch, type PatchOperation } from "./kubernetes-patch.ts";
import { failureStatus, type RouteAnswer, type RouteContext } from "./route-answer.ts";
import type { SomeFakeObject } from "./fake-objects.ts";
import type { KubernetesState } from "./kubernetes-state.ts";

/** The paths of https://kubernetes.io/docs/reference/kubernetes-api/ by which objects of a resource are found. */
const OBJECT_PATH =
  /^(\/api\/v1|\/apis\/[a-z0-9.-]+\/v\d\w*)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/(status))?$/;

const DeleteOptions = z.strictObject({
  preconditions: z.strictObject({ uid: z.string() }),
  propagationPolicy: z.enum(["Background", "Foreground", "Orphan"]),
});
const NewJob = z.strictObject({
  apiVersion: z.literal("batch/v1"),
  kind: z.literal("Job"),
  metadata: z.strictObject({
    name: z.string().max(63),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    ownerReferences: z.array(z.looseObject({ uid: z.string() })),
  }),
  spec: z.record(z.string(), z.unknown()),
});

type Refuse = (code: number, reason: string) => RouteAnswer;
/** Lists, reads, patches, creates and deletes what the state keeps by its resource; null when it has no such resource. */
export function answerObjects(context: RouteContext, state: KubernetesState, refuse: Refuse): RouteAnswer | null {
  const found = OBJECT_PATH.exec(context.path);
  if (found === null) return null;
  const [, api, namespace, resource = "", name, part] = found;
  const key = `${api}/${resource}`;
  const items = state.objectsOf(key);
  const own = items.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  if (name === undefined && context.method === "GET") return list(own, context.query, refuse);
  if (name === undefined && context.method === "POST" && resource === "jobs")
    return create(context.body, key, state, refuse);
  const object = own.find(({ metadata }) => metadata.name === name);
  if (object === undefined) return failureStatus(404, `${resource} "${name}" not found`);
  if (context.method === "GET") return { status: 200, body: object };
  if (context.method === "PATCH") return patch(object, context, part, state, refuse);
  if (context.method !== "DELETE") return refuse(405, `${context.method} ${resource}`);
  const options = DeleteOptions.safeParse(context.body);
  if (!options.success) return refuse(400, z.prettifyError(options.error));
  if (options.data.preconditions.uid !== object.metadata.uid)
    return failureStatus(409, "the UID in the precondition differs");
  state.remove(key, object);
  return { status: 200, body: { kind: "Status", status: "Success" } };
}

function list(items: readonly SomeFakeObject[], query: URLSearchParams, refuse: Refuse): RouteAnswer {
  const limit = Number(query.get("limit"));
  if (!(limit > 0)) return refuse(400, "a list without a limit");
  const [labels, fields] = [pairs(query.get("labelSelector")), pairs(query.get("fieldSelector"))];
  if (labels === null || fields === null) return refuse(400, "this double does not read that selector");
  const found = items.filter(
    (item) =>
      labels.every(([key, value]) => item.metadata.labels[key] === value) &&
      fields.every(([key, value]) => valueAt(item, key.split(".")) === value),
  );
  const from = Number(query.get("continue") ?? 0);
  const metadata = found.length > from + limit ? { continue: String(from + limit) } : {};
  return { status: 200, body: { kind: "List", metadata, items: found.slice(from, from + limit) } };
}

function pairs(selector: string | null): readonly (readonly [string, string])[] | null {
  const all = (selector ?? "")
    .split(",")
    .filter(Boolean)
    .map((pair) => pair.split("="));
  return all.some(({ length }) => length !== 2) ? null : all.map(([key, value]) => [key!, value!] as const);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

function create(body: unknown, key: string, state: KubernetesState, refuse: Refuse): RouteAnswer {
  const job = NewJob.safeParse(body);
  if (!job.success) return refuse(400, z.prettifyError(job.error));
  const { name, namespace, labels, annotations, ownerReferences } = job.data.metadata;
  const items = state.objects.get(key) ?? [];
  if (items.some(({ metadata }) => metadata.name === name && metadata.namespace === namespace))
    return failureStatus(409, `jobs.batch "${name}" already exists`);
  const made: SomeFakeObject = {
    metadata: state.meta(name, { namespace, labels, annotations }),
    spec: job.data.spec,
    status: { active: 1 },
  };
  made.metadata.ownerReferences = ownerReferences as NonNullable<typeof made.metadata.ownerReferences>;
  state.objects.set(key, [...items, made]);
  return { status: 201, body: made };
}

/** A custom resource takes its status only through the subresource, and only its status there. */
function patch(
  object: SomeFakeObject,
  { type, body }: RouteContext,
  part: string | undefined,
  state: KubernetesState,
  refuse: Refuse,
): RouteAnswer {
  const before = structuredClone(object);
  let result: object;
  if (type === "application/json-patch+json") {
    const outcome = applyJsonPatch(object, body as PatchOperation[]);
    if ("says" in outcome) return failureStatus(422, outcome.says);
    ({ result } = outcome);
  } else if (type === "application/merge-patch+json" || type === "application/strategic-merge-patch+json") {
    if (typeof body !== "object" || body === null || Array.isArray(body))
      return refuse(400, "a merge patch is an object");
    result = applyMergePatch(object, body, type.includes("strategic")) as object;
  } else return refuse(415, `the body of the request was in an unknown format: ${type}`);
  Object.assign(object, part === "status" ? { status: (result as SomeFakeObject).status } : result);
  if (part === undefined) object.status = before.status;
  if (!isDeepStrictEqual(before, object)) state.touch(object, !isDeepStrictEqual(before.spec, object.spec));
  return { status: 200, body: object };
}
