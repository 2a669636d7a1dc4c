import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { requestLine, startHttpDouble } from "#test/support/doubles/http-double.ts";

const Dispatch = z.strictObject({
  ref: z.string().min(1),
  inputs: z.record(z.string(), z.string()).refine((inputs) => Object.keys(inputs).length <= 25),
});
export type FakeRun = {
  readonly id: number;
  readonly title: string;
  readonly createdAt: number;
  status: string;
  conclusion: string | null;
  visible: boolean;
};
export type GithubFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  | "cut"
  | "silence"
  | "lost"
  | "pass";

/** A strict GitHub Actions of the repository example/shop with the workflow failover.yml. */
export type GithubActions = {
  readonly url: string;
  readonly token: string;
  readonly runs: FakeRun[];
  readonly requests: string[];
  readonly violations: string[];
  readonly inputs: Readonly<Record<string, string>>[];
  /** New runs do not show before `show` is called, as GitHub has it for some seconds. */
  slow: boolean;
  /** Inputs that the workflow has. */
  readonly known: Set<string>;
  show(): void;
  fault(...faults: readonly GithubFault[]): void;
  close(): Promise<void>;
};

type Reply = { readonly status: number; readonly body?: object };

const TOKEN = "github-token";
const BASE = "/repos/example/shop/actions";

export async function startGithubActions(clock: () => number): Promise<GithubActions> {
  const faults: GithubFault[] = [];
  const { url, close } = await startHttpDouble((request, response, text) => {
    double.requests.push(requestLine(request));
    serve(request, response, faults.shift(), () => answer(double, clock, request, text));
  });
  const double: GithubActions = {
    url,
    token: TOKEN,
    runs: [],
    requests: [],
    violations: [],
    inputs: [],
    slow: false,
    known: new Set(["muster_run", "region"]),
    show: () => {
      for (const run of double.runs) run.visible = true;
    },
    fault: (...more) => void faults.push(...more),
    close,
  };
  return double;
}

function serve(
  { socket, headers }: IncomingMessage,
  response: ServerResponse,
  fault: GithubFault | undefined,
  work: () => Reply,
): void {
  if (fault === "silence") return;
  if (fault === "cut") return void socket.destroy();
  const send = (status: number, body?: object, more?: Readonly<Record<string, string>>): void =>
    void response
      .writeHead(status, { "content-type": "application/json; charset=utf-8", ...more })
      .end(body === undefined ? "" : JSON.stringify(body));
  if (typeof fault === "object") return send(fault.status, { message: fault.message ?? "" }, fault.headers);
  if (headers.authorization !== `token ${TOKEN}`) return send(401, { message: "Bad credentials" });
  const reply = work();
  if (fault === "lost") return void socket.destroy();
  send(reply.status, reply.body);
}

function answer(double: GithubActions, clock: () => number, request: IncomingMessage, text: string): Reply {
  const { method } = request;
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://github");
  if (pathname === `${BASE}/workflows/failover.yml/dispatches` && method === "POST")
    return dispatch(double, clock, text);
  if (pathname === `${BASE}/workflows/failover.yml/runs` && method === "GET") return listRuns(double, searchParams);
  const one = /^\/repos\/example\/shop\/actions\/runs\/(\d+)$/.exec(pathname);
  const run = double.runs.find(({ id }) => String(id) === one?.[1]);
  if (one !== null && method === "GET" && run !== undefined) return { status: 200, body: shown(run) };
  return { status: 404, body: { message: "Not Found" } };
}

function dispatch(double: GithubActions, clock: () => number, text: string): Reply {
  const parsed = Dispatch.safeParse(JSON.parse(text));
  if (!parsed.success) return refuse(double, z.prettifyError(parsed.error));
  const { inputs } = parsed.data;
  const unknown = Object.keys(inputs).filter((name) => !double.known.has(name));
  if (unknown.length > 0)
    return { status: 422, body: { message: `Unexpected inputs provided: ${JSON.stringify(unknown)}` } };
  double.inputs.push(inputs);
  double.runs.unshift({
    id: 1_000 + double.runs.length,
    title: `Fail over (${inputs["muster_run"]})`,
    createdAt: clock(),
    status: "queued",
    conclusion: null,
    visible: !double.slow,
  });
  return { status: 204 };
}

function listRuns(double: GithubActions, query: URLSearchParams): Reply {
  const created = /^>=(.+)$/.exec(query.get("created") ?? "")?.[1] ?? "";
  const [size, page] = ["per_page", "page"].map((name) => Number(query.get(name)));
  if (Number.isNaN(Date.parse(created)) || !(size! > 0 && size! <= 100) || query.get("event") !== "workflow_dispatch")
    return refuse(double, query.toString());
  const found = double.runs.filter(({ visible, createdAt }) => visible && createdAt >= Date.parse(created));
  return {
    status: 200,
    body: { total_count: found.length, workflow_runs: found.slice((page! - 1) * size!, page! * size!).map(shown) },
  };
}

function shown({ id, title, status, conclusion, createdAt }: FakeRun): object {
  return {
    id,
    name: "Fail over",
    display_title: title,
    event: "workflow_dispatch",
    status,
    conclusion,
    created_at: new Date(createdAt).toISOString(),
    html_url: `https://github.example.com/example/shop/actions/runs/${id}`,
  };
}

function refuse({ violations }: GithubActions, message: string): Reply {
  violations.push(message);
  return { status: 422, body: { message } };
}
