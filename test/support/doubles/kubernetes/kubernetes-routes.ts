import { z } from "zod";
import { failureStatus, type RouteAnswer, type RouteContext } from "./route-answer.ts";
import { answerObjects } from "./kubernetes-objects.ts";
import { applyMergePatch, applyJsonPatch, type PatchOperation } from "./kubernetes-patch.ts";
import type { FakeDeployment, ObjectMeta } from "./fake-objects.ts";
import type { KubernetesState } from "./kubernetes-state.ts";

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

const ok = (body: object): RouteAnswer => ({ status: 200, body });

const isRefused = (value: unknown): value is RouteAnswer =>
  typeof value === "object" && value !== null && "status" in value && "body" in value;

/** The resources of the fake API server: checks each request as strictly as the real one, and does what it asks. */
export class KubernetesRoutes {
  readonly #state: KubernetesState;
  readonly #violations: string[];
  readonly #denied: ReadonlySet<string>;

  constructor(state: KubernetesState, violations: string[], denied: ReadonlySet<string>) {
    this.#state = state;
    this.#violations = violations;
    this.#denied = denied;
  }

  answer(context: RouteContext): RouteAnswer {
    const { method, path } = context;
    const part = (pattern: RegExp): RegExpExecArray | null => pattern.exec(path);
    let found;
    if ((found = part(/^\/apis\/apps\/v1\/namespaces\/([^/]+)\/deployments\/([^/]+)(?:\/(\w+))?$/)))
      return this.#deployment(context, found[1]!, found[2]!, found[3]);
    if ((found = part(/^\/apis\/apps\/v1\/namespaces\/([^/]+)\/replicasets$/)) && method === "GET")
      return this.#list(this.#state.sets, context, found[1]!);
    if ((found = part(/^\/apis\/autoscaling\/v2\/namespaces\/([^/]+)\/horizontalpodautoscalers$/)) && method === "GET")
      return this.#list(this.#state.autoscalers, context, found[1]!);
    if ((found = part(/^\/api\/v1\/namespaces\/([^/]+)\/pods$/)) && method === "GET")
      return this.#list(this.#state.pods, context, found[1]!);
    if ((found = part(/^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)(?:\/(\w+))?$/)) && method !== "DELETE")
      return this.#pod(context, found[1]!, found[2]!, found[3]);
    if ((found = part(/^\/api\/v1\/nodes\/([^/]+)$/))) return this.#node(context, found[1]!);
    if (path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" && method === "POST")
      return this.#review(context);
    if (path.startsWith("/api")) {
      const other = answerObjects(context, this.#state, (code, reason) => this.#refuse(code, reason));
      if (other !== null) return other;
    }
    return this.#refuse(404, `no such resource: ${method} ${path}`);
  }

  #deployment(context: RouteContext, namespace: string, name: string, part: string | undefined): RouteAnswer {
    const deployment = this.#state.deployments.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    if (deployment === undefined) return failureStatus(404, `deployments.apps "${name}" not found`);
    if (part === undefined)
      return context.method === "GET"
        ? ok(deployment)
        : context.method === "PATCH"
          ? this.#patch(deployment, context)
          : this.#refuse(405, context.method);
    if (part !== "scale") return this.#refuse(404, `no subresource ${part}`);
    if (context.method === "GET") return ok(shownScale(deployment));
    if (context.method !== "PUT" || context.type !== "application/json")
      return this.#refuse(405, `${context.method} ${context.type} on a scale`);
    const wanted = this.#parse(ScaleBody, context.body);
    if (isRefused(wanted)) return wanted;
    if (wanted.metadata.resourceVersion !== deployment.metadata.resourceVersion)
      return failureStatus(409, "the object has been modified; please apply your changes to the latest version");
    deployment.spec.replicas = wanted.spec.replicas;
    this.#state.touch(deployment, true);
    return ok(shownScale(deployment));
  }

  #pod(context: RouteContext, namespace: string, name: string, part: string | undefined): RouteAnswer {
    const pod = this.#state.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (pod === undefined) return failureStatus(404, `pods "${name}" not found`);
    const { log, ...object } = pod;
    if (part === undefined && context.method === "GET") return ok(object);
    if (part === "log" && context.method === "GET") return this.#log(log, context.query);
    if (part === "eviction" && context.method === "POST") return this.#evict(pod, context.body);
    return this.#refuse(405, `${context.method} pods/${part}`);
  }

  #log(log: string, query: URLSearchParams): RouteAnswer {
    const [lines, bytes] = [Number(query.get("tailLines")), Number(query.get("limitBytes"))];
    if (!(lines > 0) || !(bytes > 0)) return this.#refuse(400, "a log without limits");
    return {
      status: 200,
      body: Buffer.from(log.split("\n").slice(-lines).join("\n")).subarray(0, bytes).toString(),
      headers: { "content-type": "text/plain" },
    };
  }

  #evict(pod: KubernetesState["pods"][number], body: unknown): RouteAnswer {
    const eviction = this.#parse(Eviction, body);
    if (isRefused(eviction)) return eviction;
    if (eviction.metadata.name !== pod.metadata.name)
      return this.#refuse(400, "name in URL does not match name in Eviction object");
    const { uid } = eviction.deleteOptions.preconditions;
    if (uid !== pod.metadata.uid)
      return failureStatus(
        409,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
      );
    const budget = this.#state.budgets.get(pod.metadata.labels["app"] ?? "");
    if (budget === 0)
      return failureStatus(429, "Cannot evict pod as it would violate the pod's disruption budget.", {
        "retry-after": "10",
      });
    if (budget !== undefined) this.#state.budgets.set(pod.metadata.labels["app"] ?? "", budget - 1);
    this.#state.pods = this.#state.pods.filter((each) => each !== pod);
    return { status: 201, body: { kind: "Status", status: "Success" } };
  }

  #node(context: RouteContext, name: string): RouteAnswer {
    const node = this.#state.nodes.find(({ metadata }) => metadata.name === name);
    if (node === undefined) return failureStatus(404, `nodes "${name}" not found`);
    return context.method === "GET"
      ? ok(node)
      : context.method === "PATCH"
        ? this.#patch(node, context)
        : this.#refuse(405, context.method);
  }

  #review({ body }: RouteContext): RouteAnswer {
    const requests = this.#parse(Review, body);
    if (isRefused(requests)) return requests;
    const { verb, resource, subresource } = requests.spec.resourceAttributes;
    return {
      status: 201,
      body: {
        kind: "SelfSubjectAccessReview",
        status: { allowed: !this.#denied.has(`${verb} ${resource}${subresource ? `/${subresource}` : ""}`) },
      },
    };
  }

  #list<T extends { metadata: ObjectMeta }>(
    items: readonly T[],
    { query }: RouteContext,
    namespace: string,
  ): RouteAnswer {
    const selector = query.get("labelSelector");
    const pairs = (selector ?? "")
      .split(",")
      .filter(Boolean)
      .map((pair) => pair.split("="));
    if (pairs.some(({ length }) => length !== 2))
      return this.#refuse(400, `this double does not read the selector ${selector}`);
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
  }

  #patch(target: { metadata: ObjectMeta; spec: object }, { type, body }: RouteContext): RouteAnswer {
    let result: object;
    if (type === "application/json-patch+json") {
      const operations = this.#parse(JsonPatch, body);
      if (isRefused(operations)) return operations;
      const outcome = applyJsonPatch(target, operations as PatchOperation[]);
      if ("says" in outcome)
        return failureStatus(422, `the server rejected our request due to an error in our request: ${outcome.says}`);
      ({ result } = outcome);
    } else if (type === "application/merge-patch+json" || type === "application/strategic-merge-patch+json") {
      if (typeof body !== "object" || body === null || Array.isArray(body))
        return this.#refuse(400, "a merge patch is an object");
      result = applyMergePatch(target, body, type.includes("strategic")) as object;
    } else return this.#refuse(415, `the body of the request was in an unknown format: ${type}`);
    const spec = JSON.stringify(target.spec);
    if (JSON.stringify(result) === JSON.stringify(target)) return ok(target);
    Object.assign(target, result);
    this.#state.touch(target, JSON.stringify(target.spec) !== spec);
    return ok(target);
  }

  #parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> | RouteAnswer {
    const parsed = schema.safeParse(body);
    return parsed.success ? parsed.data : this.#refuse(400, z.prettifyError(parsed.error));
  }

  #refuse(code: number, reason: string): RouteAnswer {
    this.#violations.push(reason);
    return failureStatus(code, reason);
  }
}

function shownScale({ metadata, spec, status }: FakeDeployment): object {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion },
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: { replicas: status.replicas },
  };
}
