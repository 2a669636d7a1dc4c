import type { IncomingMessage } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { requestLine, startHttpDouble } from "#test/support/doubles/http-double.ts";
import { KubernetesRoutes } from "./kubernetes-routes.ts";
import { failureStatus, type RouteAnswer } from "./route-answer.ts";
import { KubernetesState } from "./kubernetes-state.ts";

export type KubernetesFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  | "cut"
  | "silence"
  | "lost"
  | "pass";
/** A strict Kubernetes API server: what it does not support, or would refuse, is in `violations`. */
export type KubernetesDouble = {
  readonly url: string;
  readonly kubeconfig: string;
  readonly state: KubernetesState;
  readonly violations: string[];
  /** "PATCH /apis/…", in order. */
  readonly requests: string[];
  /** "patch deployments", "create pods/eviction" … that our account may not. */
  readonly denied: Set<string>;
  /** For the next requests, one each. "lost": done, and the answer is lost; "pass": nothing. */
  fault(...faults: readonly KubernetesFault[]): void;
  /** Runs right before the next write is applied: someone is quicker. */
  before(what: () => void): void;
  close(): Promise<void>;
};

const TOKEN = "kubernetes-token";

export async function startKubernetes(now: number): Promise<KubernetesDouble> {
  const state = new KubernetesState(now);
  const violations: string[] = [];
  const requests: string[] = [];
  const denied = new Set<string>();
  const faults: KubernetesFault[] = [];
  let quicker: (() => void) | null = null;
  const routes = new KubernetesRoutes(state, violations, denied);

  const answer = (request: IncomingMessage, text: string): RouteAnswer => {
    const url = new URL(request.url ?? "/", "http://kubernetes");
    const method = request.method ?? "";
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return failureStatus(401, "Unauthorized");
    let body: unknown = null;
    try {
      body = text === "" ? null : JSON.parse(text);
    } catch {
      violations.push("the body is no JSON");
      return failureStatus(400, "the body is no JSON");
    }
    if (method !== "GET" && quicker !== null) {
      quicker();
      quicker = null;
    }
    const type = request.headers["content-type"] ?? "";
    return routes.answer({ method, path: decodeURI(url.pathname), query: url.searchParams, type, body });
  };
  const { url, close } = await startHttpDouble((request, response, text) => {
    requests.push(requestLine(request));
    const fault = faults.shift();
    if (fault === "silence") return;
    if (fault === "cut") return void request.socket.destroy();
    const reply =
      typeof fault === "object"
        ? failureStatus(fault.status, fault.message ?? "", fault.headers)
        : answer(request, text);
    if (fault === "lost") return void request.socket.destroy();
    response
      .writeHead(reply.status, { "content-type": "application/json", ...reply.headers })
      .end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  });
  const directory = temporaryDirectory("kubernetes");
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigFor(url));

  return {
    url,
    kubeconfig,
    state,
    violations,
    requests,
    denied,
    fault: (...more) => void faults.push(...more),
    before: (what) => void (quicker = what),
    async close() {
      await close();
      removeDirectory(directory);
    },
  };
}

/** A kubeconfig of one cluster, one user, one context. The client takes plain http only where TLS is not verified. */
function kubeconfigFor(server: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "muster", user: { token: TOKEN } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "muster" } }],
    "current-context": "test",
  });
}
