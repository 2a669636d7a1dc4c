import type { IncomingMessage, ServerResponse } from "node:http";
import { FaultQueue, requestLine, startHttpDouble } from "#test/support/doubles/http-double.ts";
import { GITHUB_MISSING, GitHubIssues, type GitHubIssue, type GitHubReply } from "./github-issues.ts";
import { GitHubRepo } from "./github-repo.ts";

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
  /** What GitHub would not have understood, and why. */
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

const TOKEN = "github_pat_test";
const REPO = "octo-org/shop";

export async function startGitHub(): Promise<GitHubDouble> {
  const files = new GitHubRepo(REPO);
  const violations: string[] = [];
  const requests: string[] = [];
  const faults = new FaultQueue<GitHubFault>();
  const issues = new GitHubIssues(REPO, violations, () => double.triage);
  const { url, close } = await startHttpDouble((request, response, text) => {
    const line = requestLine(request);
    requests.push(line);
    serve(request, response, faults.take(line), () => answer(double, issues, violations, request, text));
  });
  const double: GitHubDouble = {
    url,
    token: TOKEN,
    repo: REPO,
    issues: issues.all,
    files,
    labels: issues.labels,
    violations,
    requests,
    triage: true,
    push: false,
    hasIssues: true,
    fault: (matching, ...more) => faults.add(matching, more),
    reset() {
      for (const all of [issues.all, violations, requests]) all.length = 0;
      files.reset();
      faults.clear();
      Object.assign(double, { triage: true, push: false, hasIssues: true });
    },
    close,
  };
  return double;
}

function answer(
  double: GitHubDouble,
  issues: GitHubIssues,
  violations: string[],
  { headers, method = "GET", url = "/" }: IncomingMessage,
  text: string,
): GitHubReply {
  if (headers["user-agent"] === undefined) return { status: 403, body: "Request forbidden by administrative rules." };
  if (headers["x-github-api-version"] !== "2022-11-28") violations.push("no x-github-api-version");
  if (!headers.accept?.includes("application/vnd.github")) violations.push(`accept ${headers.accept}`);
  if (headers.authorization !== `token ${TOKEN}` && headers.authorization !== `Bearer ${TOKEN}`)
    return {
      status: 401,
      body: { message: "Bad credentials", documentation_url: "https://docs.github.com/rest", status: "401" },
    };
  const { pathname, searchParams } = new URL(url, "http://github");
  const rest = pathname.startsWith(`/repos/${REPO}`) ? pathname.slice(`/repos/${REPO}`.length) : null;
  if (rest === null) return GITHUB_MISSING;
  if (rest === "" && method === "GET")
    return {
      status: 200,
      body: {
        full_name: REPO,
        default_branch: "main",
        has_issues: double.hasIssues,
        permissions: { triage: double.triage, push: double.push, pull: true },
      },
    };
  const ofFiles = double.files.answer(method, rest, searchParams, text);
  if (ofFiles !== null) return ofFiles;
  if (!double.hasIssues)
    return { status: 410, body: { message: "Issues has been disabled in this repository.", status: "410" } };
  return issues.answer(method, rest, searchParams, text);
}

/** Writes the answer, or does what the fault of this request asks for. */
function serve(
  { socket }: IncomingMessage,
  response: ServerResponse,
  fault: GitHubFault | null,
  work: () => GitHubReply,
): void {
  if (fault === "silence") return;
  if (fault === "cut") return void socket.destroy();
  if (fault !== null && typeof fault === "object")
    return void response
      .writeHead(fault.status, { "content-type": fault.type ?? "application/json", ...fault.headers })
      .end(JSON.stringify(fault.body ?? {}));
  const { status, body } = work();
  if (fault === "cut-after") return void socket.destroy();
  const json = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(json),
  });
  if (fault === "half-after") return void response.write(json.slice(0, json.length / 2), () => socket.destroy());
  response.end(json);
}
