import type { IncomingMessage, ServerResponse } from "node:http";
import { FaultQueue, requestLine, startHttpDouble } from "#test/support/doubles/http-double.ts";
import { JiraIssues, type JiraIssue, type JiraReply, type JiraSite } from "./jira-issues.ts";

export type JiraFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | "cut"
  | "cut-after"
  | "silence";

/** A strict Jira Cloud: one site, one project, one user. */
export type JiraDouble = { -readonly [K in "behind" | "ways" | "asks" | "impact"]: JiraSite[K] } & {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  readonly project: string;
  readonly issues: JiraIssue[];
  readonly violations: readonly string[];
  readonly requests: string[];
  fault(matching: RegExp, ...faults: readonly JiraFault[]): void;
  reset(): void;
  close(): Promise<void>;
};

const USERS = [
  { accountId: "5b10ac8d82e05b22cc7d4ef5", emailAddress: "alice@example.com", displayName: "Alice Adams" },
];
const [EMAIL, TOKEN, PROJECT] = ["muster@example.com", "jira-api-token", "OPS"];
const WAYS: JiraSite["ways"] = ["In Progress", "Done", "To Do"];

export async function startJira(): Promise<JiraDouble> {
  const violations: string[] = [];
  const requests: string[] = [];
  const faults = new FaultQueue<JiraFault>();
  const assignable = USERS.map(({ accountId }) => accountId);
  const issues = new JiraIssues(() => double, assignable, violations);
  const { url, close } = await startHttpDouble((request, response, text) => {
    const line = requestLine(request);
    requests.push(line);
    serve(request, response, faults.take(line), () => answer(issues, violations, request, text));
  });
  const double: JiraDouble = {
    url,
    email: EMAIL,
    token: TOKEN,
    project: PROJECT,
    issues: issues.all,
    violations,
    requests,
    behind: false,
    ways: WAYS,
    asks: null,
    impact: false,
    fault: (matching, ...more) => faults.add(matching, more),
    reset() {
      for (const all of [issues.all, violations, requests]) all.length = 0;
      faults.clear();
      Object.assign(double, { behind: false, ways: WAYS, asks: null, impact: false });
    },
    close,
  };
  return double;
}

function answer(
  issues: JiraIssues,
  violations: string[],
  { headers, method = "GET", url = "/" }: IncomingMessage,
  text: string,
): JiraReply {
  if (headers.authorization !== `Basic ${Buffer.from(`${EMAIL}:${TOKEN}`).toString("base64")}`)
    return {
      status: 401,
      body: { message: "Client must be authenticated to access this resource.", "status-code": 401 },
    };
  if (headers.accept !== "application/json") violations.push(`accept ${headers.accept}`);
  if (method === "POST" && headers["content-type"] !== "application/json") return { status: 415 };
  const { pathname, searchParams } = new URL(url, "http://jira");
  const data: unknown = text === "" ? undefined : JSON.parse(text);
  if (pathname === "/rest/api/3/issue" && method === "POST") return issues.create(data);
  if (pathname === "/rest/api/3/search/jql" && method === "POST") return issues.search(data);
  if (pathname === "/rest/api/3/myself")
    return { status: 200, body: { accountId: "muster", displayName: "Muster Bot", emailAddress: EMAIL } };
  if (pathname === `/rest/api/3/project/${PROJECT}`)
    return {
      status: 200,
      body: {
        key: PROJECT,
        name: "Operations",
        issueTypes: [
          { id: "1", name: "Task" },
          { id: "2", name: "Bug" },
        ],
      },
    };
  if (/^\/rest\/api\/3\/issue\/createmeta\/\w+\/issuetypes\/[12]$/.test(pathname))
    return { status: 200, body: { fields: issues.fields(), total: 2 } };
  if (pathname === "/rest/api/3/user/assignable/search")
    return {
      status: 200,
      body: USERS.filter(
        ({ emailAddress }) => emailAddress === searchParams.get("query") && searchParams.get("project") === PROJECT,
      ),
    };
  const [, key, rest = ""] = /^\/rest\/api\/3\/issue\/([A-Z]+-\d+)(\/\w+)?$/.exec(pathname) ?? [];
  return issues.answer(method, key, rest, searchParams, data);
}

/** Writes the answer, or does what the fault of this request asks for. */
function serve(
  { socket }: IncomingMessage,
  response: ServerResponse,
  fault: JiraFault | null,
  work: () => JiraReply,
): void {
  if (fault === "silence") return;
  if (fault === "cut") return void socket.destroy();
  if (fault !== null && typeof fault === "object")
    return void response
      .writeHead(fault.status, fault.headers)
      .end(typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? {}));
  const { status, body } = work();
  if (fault === "cut-after") return void socket.destroy();
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(body === undefined ? "" : JSON.stringify(body));
}
