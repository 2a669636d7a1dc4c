import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

const [NAMESPACE, NAME, TOKEN] = ["shop", "order-service", "demo-cluster-token"];
const RESTARTED = "kubectl.kubernetes.io/restartedAt";
const REVISION = "deployment.kubernetes.io/revision";
const PODS = 3;
/** How long a pod takes to be replaced, in ms of the story. */
const POD_MS = 15_000;

/** A double of the Kubernetes API with one deployment, that refuses and notes whatever it does not know. */
export type ClusterDouble = {
  readonly kubeconfig: string;
  readonly violations: readonly string[];
  /** When the last restart was in all pods; null: none was, or it is under way. */
  restartedAt(): Instant | null;
  close(): Promise<void>;
};

export async function startCluster(clock: () => Instant): Promise<ClusterDouble> {
  const began = clock();
  const violations: string[] = [];
  let generation = 1;
  let annotations: Record<string, string> = {};
  let template: Record<string, string> = {};
  let changedAt: Instant | null = null;
  const replaced = (): number =>
    changedAt === null ? PODS : Math.min(PODS, Math.max(0, Math.floor((clock() - changedAt) / POD_MS)));
  const meta = (name: string, uid: string, more: object = {}): object => ({
    ...{ name, uid, namespace: NAMESPACE, labels: { app: NAME }, creationTimestamp: formatIso(began - 7 * 86_400_000) },
    ...more,
  });
  const pods = (): object[] =>
    Array.from({ length: PODS }, (_, i) => {
      const revision = i < replaced() ? generation : generation - 1;
      return {
        metadata: meta(`${NAME}-${revision}-${i}`, `pod-${revision}-${i}`),
        spec: { nodeName: `node-${i}` },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "True" }],
          containerStatuses: [{ restartCount: 0 }],
        },
      };
    });
  const specOf = (): object => ({
    metadata: { labels: { app: NAME }, annotations: template },
    spec: { containers: [{ name: NAME, image: `${NAME}:1.0.0` }] },
  });
  const deployment = (): object => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(NAME, "deployment-1", {
      generation,
      annotations: { ...annotations, [REVISION]: String(generation) },
    }),
    spec: { replicas: PODS, selector: { matchLabels: { app: NAME } }, template: specOf() },
    status: {
      observedGeneration: generation,
      replicas: PODS,
      updatedReplicas: replaced(),
      availableReplicas: PODS,
      conditions: [],
    },
  });
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: NAME, uid: "deployment-1", controller: true };
  const replicaSet = (): object => ({
    metadata: meta(`${NAME}-${generation}`, `set-${generation}`, {
      annotations: { [REVISION]: String(generation) },
      ownerReferences: [owner],
    }),
    spec: { template: specOf() },
    status: { availableReplicas: replaced() },
  });
  const reads: Readonly<Record<string, () => object>> = {
    [`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`]: deployment,
    [`/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`]: () => ({ items: [replicaSet()] }),
    [`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`]: () => ({ items: [] }),
    [`/api/v1/namespaces/${NAMESPACE}/pods`]: () => ({ items: pods() }),
  };

  const restart = (body: string): void => {
    const patch = JSON.parse(body) as {
      metadata?: { annotations?: Record<string, string> };
      spec?: { template?: { metadata?: { annotations?: Record<string, string> } } };
    };
    const stamp = patch.spec?.template?.metadata?.annotations;
    if (stamp?.[RESTARTED] === undefined)
      return void violations.push(`a patch that restarts nothing: ${body.slice(0, 200)}`);
    annotations = { ...annotations, ...patch.metadata?.annotations };
    // As in a real cluster: a template that stays the same rolls nothing out.
    if (template[RESTARTED] === stamp[RESTARTED]) return;
    template = { ...template, ...stamp };
    generation++;
    changedAt = clock();
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const refuse = (status: number, message: string): void => {
      violations.push(`${request.method} ${pathname}: ${message}`);
      answer(response, status, { kind: "Status", status: "Failure", message, code: status });
    };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, "Unauthorized");
    const read = reads[pathname];
    if (request.method === "GET" && read !== undefined) return answer(response, 200, read());
    if (request.method === "GET" && new RegExp(`^/api/v1/namespaces/${NAMESPACE}/pods/[\\w-]+/log$`).test(pathname))
      return void response
        .writeHead(200, { "content-type": "text/plain" })
        .end(
          changedAt === null
            ? "timeout waiting for connection: 485 of 500 in use, not given back after OrderRejected\n"
            : "ready\n",
        );
    if (request.method !== "PATCH" || read !== deployment) return refuse(404, "the demo's cluster has no such thing");
    if (request.headers["content-type"] !== "application/strategic-merge-patch+json")
      return refuse(415, "the body of the request was in an unknown format");
    restart(await bodyOf(request));
    answer(response, 200, deployment());
  };
  const server = await listening(handle);
  const named = (name: string, more: string): string => `[{ name: demo, ${name}: { ${more} } }]`;
  return {
    kubeconfig: `apiVersion: v1
kind: Config
current-context: demo
clusters: ${named("cluster", `server: "${server.url}", insecure-skip-tls-verify: true`)}
users: ${named("user", `token: ${TOKEN}`)}
contexts: ${named("context", "cluster: demo, user: demo")}
`,
    violations,
    restartedAt: () => (changedAt === null || replaced() < PODS ? null : changedAt + PODS * POD_MS),
    close: () => server.close(),
  };
}

/** A double of Prometheus' query API: what it is asked of order-service it answers as the story has it. */
export async function startPrometheus(
  clock: () => Instant,
  cluster: Pick<ClusterDouble, "restartedAt">,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const began = clock();
  /** Metric names tell the questions apart; what nobody measures is an empty vector, as in the real one. */
  const valueOf = (query: string): number | null => {
    if (query === "vector(1)") return 1;
    if (!query.includes(`service="${NAME}"`)) return null;
    const well = cluster.restartedAt() !== null;
    const minute = (clock() - began) / 60_000;
    if (query.includes("db_client_connections_usage")) return well ? 0.08 : 0.97;
    if (query.includes('code=~"5.."')) return well ? 0.005 : minute < 5 ? 0.002 : 0.15;
    if (query.includes("http_request_duration_seconds_sum")) return well ? 0.5 : 8.5;
    if (query.includes("offset 1h")) return 1.1;
    return query.startsWith("sum(rate(http_requests_total{") ? 120 : null;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const query = new URLSearchParams(await bodyOf(request)).get("query");
    if (request.method !== "POST" || request.url !== "/api/v1/query" || query === null)
      return answer(response, 400, {
        status: "error",
        errorType: "bad_data",
        error: "this double answers POST /api/v1/query",
      });
    const value = valueOf(query);
    const result = value === null ? [] : [{ metric: {}, value: [clock() / 1_000, String(value)] }];
    answer(response, 200, { status: "success", data: { resultType: "vector", result } });
  };
  return listening(handle);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function listening(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, { message: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
