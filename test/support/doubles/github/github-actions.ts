import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { z } from "zod";

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
  /** Inputs that the workflow knows. */
  readonly known: Set<string>;
  show(): void;
  fault(...faults: readonly GithubFault[]): void;
  close(): Promise<void>;
};

export async function startGithubActions(clock: () => number): Promise<GithubActions> {
  const faults: GithubFault[] = [];
  const sockets = new Set<Socket>();
  const token = "github-token";
  const shown = ({ id, title, status, conclusion, createdAt }: FakeRun): object => ({
    id,
    name: "Fail over",
    display_title: title,
    event: "workflow_dispatch",
    status,
    conclusion,
    created_at: new Date(createdAt).toISOString(),
    html_url: `https://github.example.com/example/shop/actions/runs/${id}`,
  });

  const answer = (method: string, url: URL, text: string): { readonly status: number; readonly body?: object } => {
    const refuse = (status: number, message: string): { readonly status: number; readonly body: object } => {
      double.violations.push(message);
      return { status, body: { message } };
    };
    const base = "/repos/example/shop/actions";
    if (url.pathname === `${base}/workflows/failover.yml/dispatches` && method === "POST") {
      const parsed = Dispatch.safeParse(JSON.parse(text));
      if (!parsed.success) return refuse(422, z.prettifyError(parsed.error));
      const { inputs } = parsed.data;
      const unknown = Object.keys(inputs).filter((name) => !double.known.has(name));
      if (unknown.length > 0)
        return { status: 422, body: { message: `Unexpected inputs provided: ${JSON.stringify(unknown)}` } };
      double.inputs.push(inputs);
      const title = `Fail over (${inputs["muster_run"]})`;
      double.runs.unshift({
        id: 1_000 + double.runs.length,
        title,
        createdAt: clock(),
        status: "queued",
        conclusion: null,
        visible: !double.slow,
      });
      return { status: 204 };
    }
    if (url.pathname === `${base}/workflows/failover.yml/runs` && method === "GET") {
      const created = /^>=(.+)$/.exec(url.searchParams.get("created") ?? "")?.[1] ?? "";
      const [size, page] = ["per_page", "page"].map((name) => Number(url.searchParams.get(name)));
      if (
        Number.isNaN(Date.parse(created)) ||
        !(size! > 0 && size! <= 100) ||
        url.searchParams.get("event") !== "workflow_dispatch"
      )
        return refuse(422, url.search);
      const found = double.runs.filter(({ visible, createdAt }) => visible && createdAt >= Date.parse(created));
      return {
        status: 200,
        body: { total_count: found.length, workflow_runs: found.slice((page! - 1) * size!, page! * size!).map(shown) },
      };
    }
    const one = /^\/repos\/example\/shop\/actions\/runs\/(\d+)$/.exec(url.pathname);
    const run = double.runs.find(({ id }) => String(id) === one?.[1]);
    if (one !== null && method === "GET" && run !== undefined) return { status: 200, body: shown(run) };
    return { status: 404, body: { message: "Not Found" } };
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://github");
      double.requests.push(`${request.method} ${url.pathname}`);
      const fault = faults.shift();
      if (fault === "silence") return;
      if (fault === "cut") return void request.socket.destroy();
      const send = (status: number, body?: object, headers?: Readonly<Record<string, string>>): void =>
        void response
          .writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers })
          .end(body === undefined ? "" : JSON.stringify(body));
      if (typeof fault === "object") return send(fault.status, { message: fault.message ?? "" }, fault.headers);
      if (request.headers.authorization !== `token ${token}`) return send(401, { message: "Bad credentials" });
      const reply = answer(request.method ?? "", url, text);
      if (fault === "lost") return void request.socket.destroy();
      send(reply.status, reply.body);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double: GithubActions = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
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
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}
