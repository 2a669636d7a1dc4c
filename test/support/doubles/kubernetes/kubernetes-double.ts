import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { createRoutes, failureStatus, type RouteAnswer } from "./kubernetes-routes.ts";
import { KubernetesState } from "./kubernetes-state.ts";

export type KubernetesFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  | "cut"
  | "silence"
  | "lost"
  | "pass";
/** A strict Kubernetes API server: what it does not know, or would refuse, is in `violations`. */
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
  const sockets = new Set<Socket>();
  let quicker: (() => void) | null = null;

  const answer = createRoutes(state, violations, denied);
  const serve = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const url = new URL(request.url ?? "/", "http://kubernetes");
    const method = request.method ?? "";
    requests.push(`${method} ${url.pathname}`);
    const fault = faults.shift();
    if (fault === "silence") return;
    if (fault === "cut") return void request.socket.destroy();
    const send = ({ status: code, body, headers }: RouteAnswer): void =>
      void response
        .writeHead(code, { "content-type": "application/json", ...headers })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    if (typeof fault === "object") return send(failureStatus(fault.status, fault.message ?? "", fault.headers));
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return send(failureStatus(401, "Unauthorized"));
    let body: unknown = null;
    try {
      body = text === "" ? null : JSON.parse(text);
    } catch {
      violations.push("the body is no JSON");
      return send(failureStatus(400, "the body is no JSON"));
    }
    if (method !== "GET" && quicker !== null) {
      quicker();
      quicker = null;
    }
    const reply = answer({
      method,
      path: decodeURI(url.pathname),
      query: url.searchParams,
      type: request.headers["content-type"] ?? "",
      body,
    });
    if (fault === "lost") return void request.socket.destroy();
    send(reply);
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => serve(request, response, text));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
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
