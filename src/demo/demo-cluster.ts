import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { createDeployment } from "./demo-deployment.ts";

const TOKEN = "demo-cluster-token";

/**
 * A double of the Kubernetes API with one deployment. It refuses and records every request that it does not support.
 */
export type ClusterDouble = {
  readonly kubeconfig: string;
  readonly violations: readonly string[];
  /** When the last restart was in all pods; null: none was, or it is under way. */
  restartedAt(): Instant | null;
  close(): Promise<void>;
};

export async function startCluster(clock: () => Instant): Promise<ClusterDouble> {
  const violations: string[] = [];
  const deployment = createDeployment(clock);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const refuse = (status: number, message: string): void => {
      violations.push(`${request.method} ${pathname}: ${message}`);
      answer(response, status, { kind: "Status", status: "Failure", message, code: status });
    };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, "Unauthorized");
    if (request.method === "GET") {
      const found = deployment.read(pathname);
      if (found !== null) return answer(response, 200, found);
      const log = deployment.podLog(pathname);
      if (log !== null) return void response.writeHead(200, { "content-type": "text/plain" }).end(log);
    }
    if (request.method !== "PATCH" || !deployment.isDeployment(pathname))
      return refuse(404, "the demo's cluster has no such thing");
    if (request.headers["content-type"] !== "application/strategic-merge-patch+json")
      return refuse(415, "the body of the request was in an unknown format");
    const wrong = deployment.restart(await bodyOf(request));
    if (wrong !== null) violations.push(wrong);
    answer(response, 200, deployment.read(pathname)!);
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
    restartedAt: () => deployment.restartedAt(),
    close: () => server.close(),
  };
}

/** A double of Prometheus' query API: what it is asked of order-service it answers as the story has it. */
export async function startPrometheus(
  clock: () => Instant,
  cluster: Pick<ClusterDouble, "restartedAt">,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const began = clock();
  /** Metric names separate the questions; a metric that does not exist gives an empty vector, as in the real one. */
  const valueOf = (query: string): number | null => {
    if (query === "vector(1)") return 1;
    if (!query.includes('service="order-service"')) return null;
    const well = cluster.restartedAt() !== null;
    const minute = (clock() - began) / MINUTE_MS;
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
