import { z } from "zod";
import { applyMergePatch, applyJsonPatch, type PatchOperation } from "./kubernetes-patch.ts";
import type { FakeDeployment, KubernetesState, ObjectMeta } from "./kubernetes-state.ts";

export type RouteAnswer = {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Record<string, string>;
};
export type RouteContext = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly type: string;
  readonly body: unknown;
};

const JsonPatch = z
  .array(
    z.strictObject({ op: z.enum(["test", "replace", "add"]), path: z.string().startsWith("/"), value: z.unknown() }),
  )
  .min(1);
const Eviction = z.strictObject({
  apiVersion: z.literal("policy/v1"),
  kind: z.literal("Eviction"),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  deleteOptions: z.strictObject({ preconditions: z.strictObject({ uid: z.string() }) }),
});
const ScaleBody = z.looseObject({
  apiVersion: z.literal("autoscaling/v1"),
  kind: z.literal("Scale"),
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z.strictObject({ replicas: z.number().int().min(0) }),
});
const Review = z.strictObject({
  apiVersion: z.literal("authorization.k8s.io/v1"),
  kind: z.literal("SelfSubjectAccessReview"),
  spec: z.strictObject({
    resourceAttributes: z.strictObject({
      verb: z.string(),
      group: z.string(),
      resource: z.string(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    }),
  }),
});

/** What a `Status` of a failure looks like. */
export const failureStatus = (code: number, message: string, headers?: Record<string, string>): RouteAnswer => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code },
  ...(headers && { headers }),
});

/** The resources of the fake API server: checks each request as strictly as the real one, and does what it asks. */
export function createRoutes(
  state: KubernetesState,
  violations: string[],
  denied: ReadonlySet<string>,
): (context: RouteContext) => RouteAnswer {
  const refuse = (code: number, reason: string): RouteAnswer => {
    violations.push(reason);
    return failureStatus(code, reason);
  };
  const ok = (body: object): RouteAnswer => ({ status: 200, body });
  const parse = <T extends z.ZodType>(schema: T, body: unknown): z.output<T> | RouteAnswer => {
    const parsed = schema.safeParse(body);
    return parsed.success ? parsed.data : refuse(400, z.prettifyError(parsed.error));
  };
  const failed = (value: unknown): value is RouteAnswer =>
    typeof value === "object" && value !== null && "status" in value && "body" in value;
  const selected = <T extends { metadata: ObjectMeta }>(
    items: readonly T[],
    { query }: RouteContext,
    namespace: string,
  ): RouteAnswer => {
    const selector = query.get("labelSelector");
    const pairs = (selector ?? "")
      .split(",")
      .filter(Boolean)
      .map((pair) => pair.split("="));
    if (pairs.some(({ length }) => length !== 2))
      return refuse(400, `this double does not read the selector ${selector}`);
    const all = items.filter(
      ({ metadata }) =>
        metadata.namespace === namespace && pairs.every(([name, value]) => metadata.labels[name!] === value),
    );
    const from = Number(query.get("continue") ?? 0);
    const to = from + Number(query.get("limit") ?? all.length);
    return ok({
      kind: "List",
      metadata: to < all.length ? { continue: String(to) } : {},
      items: all.slice(from, to),
    });
  };
  const patch = (target: { metadata: ObjectMeta; spec: object }, { type, body }: RouteContext): RouteAnswer => {
    let result: object;
    if (type === "application/json-patch+json") {
      const operations = parse(JsonPatch, body);
      if (failed(operations)) return operations;
      const outcome = applyJsonPatch(target, operations as PatchOperation[]);
      if ("says" in outcome)
        return failureStatus(422, `the server rejected our request due to an error in our request: ${outcome.says}`);
      ({ result } = outcome);
    } else if (type === "application/merge-patch+json" || type === "application/strategic-merge-patch+json") {
      if (typeof body !== "object" || body === null || Array.isArray(body))
        return refuse(400, "a merge patch is an object");
      result = applyMergePatch(target, body, type.includes("strategic")) as object;
    } else return refuse(415, `the body of the request was in an unknown format: ${type}`);
    const spec = JSON.stringify(target.spec);
    if (JSON.stringify(result) === JSON.stringify(target)) return ok(target);
    Object.assign(target, result);
    state.touch(target, JSON.stringify(target.spec) !== spec);
    return ok(target);
  };
  const scale = (deployment: FakeDeployment): object => ({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name: deployment.metadata.name,
      namespace: deployment.metadata.namespace,
      uid: deployment.metadata.uid,
      resourceVersion: deployment.metadata.resourceVersion,
    },
    spec: deployment.spec.replicas === 0 ? {} : { replicas: deployment.spec.replicas },
    status: { replicas: deployment.status.replicas },
  });

  const inDeployment = (
    context: RouteContext,
    namespace: string,
    name: string,
    part: string | undefined,
  ): RouteAnswer => {
    const deployment = state.deployments.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    if (deployment === undefined) return failureStatus(404, `deployments.apps "${name}" not found`);
    if (part === undefined)
      return context.method === "GET"
        ? ok(deployment)
        : context.method === "PATCH"
          ? patch(deployment, context)
          : refuse(405, context.method);
    if (part !== "scale") return refuse(404, `no subresource ${part}`);
    if (context.method === "GET") return ok(scale(deployment));
    if (context.method !== "PUT" || context.type !== "application/json")
      return refuse(405, `${context.method} ${context.type} on a scale`);
    const wanted = parse(ScaleBody, context.body);
    if (failed(wanted)) return wanted;
    if (wanted.metadata.resourceVersion !== deployment.metadata.resourceVersion)
      return failureStatus(409, "the object has been modified; please apply your changes to the latest version");
    deployment.spec.replicas = wanted.spec.replicas;
    state.touch(deployment, true);
    return ok(scale(deployment));
  };
  const inPod = (context: RouteContext, namespace: string, name: string, part: string | undefined): RouteAnswer => {
    const pod = state.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (pod === undefined) return failureStatus(404, `pods "${name}" not found`);
    const { log, ...object } = pod;
    if (part === undefined && context.method === "GET") return ok(object);
    if (part === "log" && context.method === "GET") {
      const [lines, bytes] = [Number(context.query.get("tailLines")), Number(context.query.get("limitBytes"))];
      if (!(lines > 0) || !(bytes > 0)) return refuse(400, "a log without limits");
      return {
        status: 200,
        body: Buffer.from(log.split("\n").slice(-lines).join("\n")).subarray(0, bytes).toString(),
        headers: { "content-type": "text/plain" },
      };
    }
    if (part !== "eviction" || context.method !== "POST") return refuse(405, `${context.method} pods/${part}`);
    const eviction = parse(Eviction, context.body);
    if (failed(eviction)) return eviction;
    if (eviction.metadata.name !== name) return refuse(400, "name in URL does not match name in Eviction object");
    const { uid } = eviction.deleteOptions.preconditions;
    if (uid !== pod.metadata.uid)
      return failureStatus(
        409,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
      );
    const budget = state.budgets.get(pod.metadata.labels["app"] ?? "");
    if (budget === 0)
      return failureStatus(429, "Cannot evict pod as it would violate the pod's disruption budget.", {
        "retry-after": "10",
      });
    if (budget !== undefined) state.budgets.set(pod.metadata.labels["app"] ?? "", budget - 1);
    state.pods = state.pods.filter((each) => each !== pod);
    return { status: 201, body: { kind: "Status", status: "Success" } };
  };
  const inNode = (context: RouteContext, name: string): RouteAnswer => {
    const node = state.nodes.find(({ metadata }) => metadata.name === name);
    if (node === undefined) return failureStatus(404, `nodes "${name}" not found`);
    return context.method === "GET"
      ? ok(node)
      : context.method === "PATCH"
        ? patch(node, context)
        : refuse(405, context.method);
  };
  const review = ({ body }: RouteContext): RouteAnswer => {
    const requests = parse(Review, body);
    if (failed(requests)) return requests;
    const { verb, resource, subresource } = requests.spec.resourceAttributes;
    return {
      status: 201,
      body: {
        kind: "SelfSubjectAccessReview",
        status: { allowed: !denied.has(`${verb} ${resource}${subresource ? `/${subresource}` : ""}`) },
      },
    };
  };

  const answer = (context: RouteContext): RouteAnswer => {
    const { method, path } = context;
    const part = (pattern: RegExp): RegExpExecArray | null => pattern.exec(path);
    let found;
    if ((found = part(/^\/apis\/apps\/v1\/namespaces\/([^/]+)\/deployments\/([^/]+)(?:\/(\w+))?$/)))
      return inDeployment(context, found[1]!, found[2]!, found[3]);
    if ((found = part(/^\/apis\/apps\/v1\/namespaces\/([^/]+)\/replicasets$/)) && method === "GET")
      return selected(state.sets, context, found[1]!);
    if ((found = part(/^\/apis\/autoscaling\/v2\/namespaces\/([^/]+)\/horizontalpodautoscalers$/)) && method === "GET")
      return selected(state.autoscalers, context, found[1]!);
    if ((found = part(/^\/api\/v1\/namespaces\/([^/]+)\/pods$/)) && method === "GET")
      return selected(state.pods, context, found[1]!);
    if ((found = part(/^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)(?:\/(\w+))?$/)))
      return inPod(context, found[1]!, found[2]!, found[3]);
    if ((found = part(/^\/api\/v1\/nodes\/([^/]+)$/))) return inNode(context, found[1]!);
    if (path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" && method === "POST") return review(context);
    return refuse(404, `no such resource: ${method} ${path}`);
  };
  return answer;
}
