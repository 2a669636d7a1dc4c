import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import { GitHubRepo } from "./github-repo.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** https://docs.github.com/en/rest/issues/issues#create-an-issue: whatever is not here is refused, so that a slip shows. */
const NewIssue = z.strictObject({
  title: z.string().min(1).max(256, "title is too long (maximum is 256 characters)"),
  body: z.string().max(65_536, "body is too long (maximum is 65536 characters)").optional(),
  labels: z.array(z.string().min(1).max(50, "name is too long (maximum is 50 characters)")).optional(),
  assignees: z.array(z.string()).optional(),
});
const Change = z.strictObject({
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.enum(["completed", "not_planned", "duplicate", "reopened"]).nullable().optional(),
});
const NewComment = z.strictObject({ body: z.string().min(1).max(65_536) });
const Query = z.strictObject({
  state: z.enum(["open", "closed", "all"]).default("open"),
  labels: z.string().optional(),
  sort: z.enum(["created", "updated", "comments"]).default("created"),
  direction: z.enum(["asc", "desc"]).default("desc"),
  since: z.iso.datetime().optional(),
  per_page: z.coerce.number().int().min(1).max(100).default(30),
  page: z.coerce.number().int().min(1).default(1),
});
const CommentQuery = Query.pick({ since: true, per_page: true, page: true }).strict();

export type GitHubIssue = {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly comments: { readonly body: string; readonly at: number }[];
  readonly at: number;
  state: "open" | "closed";
  reason: string | null;
};

/** What goes wrong with a request: an answer in its place, silence, or no answer, before or after the work was done. */
export type GitHubFault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      readonly type?: string;
    }
  | "cut"
  | "cut-after"
  | "half-after"
  | "silence";

/** A strict GitHub: issues, comments and the repository, of one token and one repository. */
export type GitHubDouble = {
  readonly url: string;
  readonly token: string;
  readonly repo: string;
  readonly issues: GitHubIssue[];
  /** Branches, files and pull requests. */
  readonly files: GitHubRepo;
  readonly labels: ReadonlySet<string>;
  /** Whatever GitHub would not have understood, and why. */
  readonly violations: readonly string[];
  /** "POST /repos/octo-org/shop/issues", in order. */
  readonly requests: string[];
  /** The token's user may only read: labels and assignees are dropped without a word. */
  triage: boolean;
  /** Whether the token may write to the repository. */
  push: boolean;
  hasIssues: boolean;
  /** The next requests whose method and path match go wrong. */
  fault(matching: RegExp, ...faults: readonly GitHubFault[]): void;
  reset(): void;
  close(): Promise<void>;
};

type Reply = { readonly status: number; readonly body: unknown };

const USERS = new Set(["alice", "bob", "muster-bot"]);

export async function startGitHub(): Promise<GitHubDouble> {
  const issues: GitHubIssue[] = [];
  const files = new GitHubRepo("octo-org/shop");
  const labels = new Set<string>(["bug"]);
  const violations: string[] = [];
  const requests: string[] = [];
  let faults: { readonly matching: RegExp; readonly fault: GitHubFault }[] = [];
  const sockets = new Set<Socket>();
  const token = "github_pat_test";
  const repo = "octo-org/shop";

  const invalid = (message: string, errors: readonly object[] = []): Reply => {
    violations.push(message);
    return {
      status: 422,
      body: { message: "Validation Failed", errors, documentation_url: "https://docs.github.com/rest", status: "422" },
    };
  };
  const missing: Reply = {
    status: 404,
    body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
  };
  const shown = (issue: GitHubIssue): object => ({
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.reason,
    html_url: `https://github.example/${repo}/issues/${issue.number}`,
    labels: issue.labels.map((name) => ({ name })),
    assignees: issue.assignees.map((login) => ({ login })),
    created_at: formatIso(issue.at),
  });

  const list = (query: URLSearchParams): Reply => {
    const parsed = Query.safeParse(Object.fromEntries(query));
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    const { state, labels: wanted, direction, since, per_page, page } = parsed.data;
    const found = issues
      .filter((issue) => state === "all" || issue.state === state)
      .filter((issue) => wanted === undefined || wanted.split(",").every((label) => issue.labels.includes(label)))
      .filter(({ at }) => since === undefined || at >= Date.parse(since))
      .toSorted((a, b) => (direction === "desc" ? b.number - a.number : a.number - b.number));
    return { status: 200, body: found.slice((page - 1) * per_page, page * per_page).map(shown) };
  };
  const create = (text: string): Reply => {
    const parsed = NewIssue.safeParse(JSON.parse(text));
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    const { title, body = "", labels: wanted = [], assignees = [] } = parsed.data;
    const unknown = assignees.find((login) => !USERS.has(login));
    if (unknown !== undefined && double.triage)
      return {
        status: 422,
        body: {
          message: "Validation Failed",
          errors: [{ resource: "Issue", field: "assignees", code: "invalid", value: unknown }],
        },
      };
    for (const label of double.triage ? wanted : []) labels.add(label);
    const kept = double.triage ? { labels: wanted, assignees } : { labels: [], assignees: [] };
    const issue: GitHubIssue = {
      number: issues.length + 1,
      title,
      body,
      ...kept,
      comments: [],
      at: wallClock(),
      state: "open",
      reason: null,
    };
    issues.push(issue);
    return { status: 201, body: shown(issue) };
  };
  const one = (method: string, number: number, comments: boolean, query: URLSearchParams, text: string): Reply => {
    const issue = issues.find((each) => each.number === number);
    if (issue === undefined) return missing;
    if (!comments && method === "GET") return { status: 200, body: shown(issue) };
    if (comments && method === "GET") {
      const parsed = CommentQuery.safeParse(Object.fromEntries(query));
      if (!parsed.success) return invalid(z.prettifyError(parsed.error));
      const { since, per_page, page } = parsed.data;
      const found = issue.comments.filter(({ at }) => since === undefined || at >= Date.parse(since));
      return {
        status: 200,
        body: found.slice((page - 1) * per_page, page * per_page).map(({ body }, i) => ({ id: i + 1, body })),
      };
    }
    const parsed = comments ? NewComment.safeParse(JSON.parse(text)) : Change.safeParse(JSON.parse(text));
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    if ("body" in parsed.data) {
      issue.comments.push({ body: parsed.data.body, at: wallClock() });
      return { status: 201, body: { id: issue.comments.length, body: parsed.data.body } };
    }
    if (method !== "PATCH") return missing;
    issue.state = parsed.data.state ?? issue.state;
    issue.reason = parsed.data.state_reason ?? null;
    return { status: 200, body: shown(issue) };
  };
  const answer = (request: IncomingMessage, text: string): Reply => {
    const { headers, method = "GET", url = "/" } = request;
    if (headers["user-agent"] === undefined) return { status: 403, body: "Request forbidden by administrative rules." };
    if (headers["x-github-api-version"] !== "2022-11-28") violations.push("no x-github-api-version");
    if (!headers.accept?.includes("application/vnd.github")) violations.push(`accept ${headers.accept}`);
    if (headers.authorization !== `token ${token}` && headers.authorization !== `Bearer ${token}`)
      return {
        status: 401,
        body: { message: "Bad credentials", documentation_url: "https://docs.github.com/rest", status: "401" },
      };
    const { pathname, searchParams } = new URL(url, "http://github");
    const rest = pathname.startsWith(`/repos/${repo}`) ? pathname.slice(`/repos/${repo}`.length) : null;
    if (rest === null) return missing;
    if (rest === "" && method === "GET")
      return {
        status: 200,
        body: {
          full_name: repo,
          default_branch: "main",
          has_issues: double.hasIssues,
          permissions: { triage: double.triage, push: double.push, pull: true },
        },
      };
    const ofFiles = files.answer(method, rest, searchParams, text);
    if (ofFiles !== null) return ofFiles;
    if (!double.hasIssues)
      return { status: 410, body: { message: "Issues has been disabled in this repository.", status: "410" } };
    if (rest === "/issues") return method === "POST" ? create(text) : list(searchParams);
    const found = /^\/issues\/(\d+)(\/comments)?$/.exec(rest);
    return found === null ? missing : one(method, Number(found[1]), found[2] !== undefined, searchParams, text);
  };

  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const line = `${request.method} ${new URL(request.url ?? "/", "http://github").pathname}`;
      requests.push(line);
      const at = faults.findIndex(({ matching }) => matching.test(line));
      const fault = at < 0 ? null : faults.splice(at, 1)[0]!.fault;
      if (fault === "silence") return;
      if (fault === "cut") return void request.socket.destroy();
      if (fault !== null && typeof fault === "object")
        return void response
          .writeHead(fault.status, { "content-type": fault.type ?? "application/json", ...fault.headers })
          .end(JSON.stringify(fault.body ?? {}));
      const { status, body } = answer(request, text);
      if (fault === "cut-after") return void request.socket.destroy();
      const json = JSON.stringify(body);
      response.writeHead(status, {
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(json),
      });
      if (fault === "half-after")
        return void response.write(json.slice(0, json.length / 2), () => request.socket.destroy());
      response.end(json);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const double: GitHubDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    repo,
    issues,
    files,
    labels,
    violations,
    requests,
    triage: true,
    push: false,
    hasIssues: true,
    fault: (matching, ...more) => void faults.push(...more.map((fault) => ({ matching, fault }))),
    reset() {
      for (const all of [issues, violations, requests]) all.length = 0;
      files.reset();
      faults = [];
      Object.assign(double, { triage: true, push: false, hasIssues: true });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}
