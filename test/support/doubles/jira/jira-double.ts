import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { z } from "zod";

/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/: as much of it as Muster writes; a mention is not among it. */
const Mark = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("strong") }),
  z.strictObject({ type: z.literal("link"), attrs: z.strictObject({ href: z.url() }) }),
  z.strictObject({ type: z.literal("subsup"), attrs: z.strictObject({ type: z.enum(["sub", "sup"]) }) }),
]);
const Text = z.strictObject({ type: z.literal("text"), text: z.string().min(1), marks: z.array(Mark).optional() });
const Paragraph = z.strictObject({ type: z.literal("paragraph"), content: z.array(Text) });
const List = z.strictObject({
  type: z.literal("bulletList"),
  content: z.array(z.strictObject({ type: z.literal("listItem"), content: z.array(Paragraph).min(1) })).min(1),
});
const Document = z
  .strictObject({
    type: z.literal("doc"),
    version: z.literal(1),
    content: z.array(z.discriminatedUnion("type", [Paragraph, List])),
  })
  .refine(
    (document) => JSON.stringify(document).length <= 32_767,
    "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
  );

const NewIssue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.strictObject({ name: z.string() }),
    summary: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\n\r]+$/),
    description: Document,
    labels: z.array(z.string().max(255).regex(/^\S+$/, "The label contains spaces which is invalid.")),
    assignee: z.strictObject({ id: z.string() }).optional(),
  }),
});
const Search = z.strictObject({
  jql: z.string(),
  fields: z.array(z.string()).min(1),
  maxResults: z.number().int().max(5_000).optional(),
});
const Transition = z.strictObject({
  transition: z.strictObject({ id: z.string() }),
  fields: z.record(z.string(), z.strictObject({ id: z.string() })).optional(),
});
const NewComment = z.strictObject({ body: Document });

export type JiraIssue = {
  readonly key: string;
  readonly fields: z.output<typeof NewIssue>["fields"];
  readonly comments: z.output<typeof Document>[];
  /** Whether Jira's search knows it yet. */
  indexed: boolean;
  status: keyof typeof STATUSES;
};

/** A workflow's statuses with their categories. */
const STATUSES = { "To Do": "new", "In Progress": "indeterminate", Done: "done" } as const;

export type JiraFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | "cut"
  | "cut-after"
  | "silence";

/** A strict Jira Cloud: one site, one project, one user. */
export type JiraDouble = {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  readonly project: string;
  readonly issues: JiraIssue[];
  readonly violations: readonly string[];
  readonly requests: string[];
  /** The search shows nothing new until it is false again. */
  behind: boolean;
  /** Which statuses the workflow leads to. */
  ways: readonly (keyof typeof STATUSES)[];
  /** What the screen on the way to Done asks for. */
  asks: "resolution" | "customfield_10042" | null;
  fault(matching: RegExp, ...faults: readonly JiraFault[]): void;
  reset(): void;
  close(): Promise<void>;
};

type Reply = { readonly status: number; readonly body?: unknown };

const USERS = [
  { accountId: "5b10ac8d82e05b22cc7d4ef5", emailAddress: "alice@example.com", displayName: "Alice Adams" },
];

export async function startJira(): Promise<JiraDouble> {
  const issues: JiraIssue[] = [];
  const violations: string[] = [];
  const requests: string[] = [];
  let faults: { readonly matching: RegExp; readonly fault: JiraFault }[] = [];
  const sockets = new Set<Socket>();
  const [email, token, project] = ["muster@example.com", "jira-api-token", "OPS"];

  const invalid = (reason: string): Reply => {
    violations.push(reason);
    return { status: 400, body: { errorMessages: [reason], errors: {} } };
  };
  const wrong = (errors: object): Reply => ({ status: 400, body: { errorMessages: [], errors } });
  const missing: Reply = {
    status: 404,
    body: { errorMessages: ["Issue does not exist or you do not have permission to see it."], errors: {} },
  };
  const statusOf = (name: keyof typeof STATUSES): object => ({
    name,
    statusCategory: { id: 1, key: STATUSES[name], name },
  });

  const screenOf = (name: keyof typeof STATUSES): object =>
    double.asks === null || name !== "Done"
      ? {}
      : {
          [double.asks]: {
            required: true,
            hasDefaultValue: false,
            name: double.asks,
            allowedValues: [{ id: "10000", name: "Fixed" }],
          },
        };

  const create = (data: unknown): Reply => {
    const parsed = NewIssue.safeParse(data);
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    const { fields } = parsed.data;
    if (fields.project.key !== project) return wrong({ project: "valid project is required" });
    if (!["Task", "Bug"].includes(fields.issuetype.name)) return wrong({ issuetype: "Specify a valid issue type" });
    if (fields.assignee !== undefined && !USERS.some(({ accountId }) => accountId === fields.assignee?.id))
      return wrong({ assignee: `User '${fields.assignee.id}' cannot be assigned issues.` });
    const key = `${project}-${issues.length + 1}`;
    issues.push({ key, fields, comments: [], indexed: !double.behind, status: "To Do" });
    return {
      status: 201,
      body: { id: String(10_000 + issues.length), key, self: `${double.url}/rest/api/3/issue/${key}` },
    };
  };
  const search = (data: unknown): Reply => {
    const parsed = Search.safeParse(data);
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    const label = /^labels = "([^"\\]+)" ORDER BY created ASC$/.exec(parsed.data.jql)?.[1];
    if (label === undefined) return invalid(`cannot read the query ${parsed.data.jql}`);
    const found = issues.filter(({ indexed, fields }) => (indexed || !double.behind) && fields.labels.includes(label));
    return {
      status: 200,
      body: {
        issues: found.map(({ key, fields }) => ({ id: key, key, fields: { labels: fields.labels } })),
        isLast: true,
      },
    };
  };
  const one = (method: string, issue: JiraIssue, rest: string, query: URLSearchParams, data: unknown): Reply => {
    if (rest === "" && method === "GET")
      return { status: 200, body: { key: issue.key, fields: { status: statusOf(issue.status) } } };
    if (rest === "/transitions" && method === "GET")
      return {
        status: 200,
        body: {
          transitions: double.ways.map((name, i) => ({
            id: String(11 + i),
            name,
            to: statusOf(name),
            ...(query.get("expand") === "transitions.fields" ? { fields: screenOf(name) } : {}),
          })),
        },
      };
    if (rest === "/transitions") {
      const parsed = Transition.safeParse(data);
      const to = parsed.success ? double.ways[Number(parsed.data.transition.id) - 11] : undefined;
      if (to === undefined)
        return invalid("It seems that you have tried to perform a workflow operation that is not valid");
      if (double.asks !== null && to === "Done" && parsed.data?.fields?.[double.asks]?.id !== "10000")
        return wrong({ [double.asks]: "This is required." });
      issue.status = to;
      return { status: 204 };
    }
    if (rest !== "/comment") return missing;
    if (method === "GET") {
      const [from, most] = [Number(query.get("startAt") ?? 0), Number(query.get("maxResults") ?? 50)];
      const all = issue.comments.map((body, i) => ({ id: String(i), body }));
      if (query.get("orderBy") === "-created") all.reverse();
      return {
        status: 200,
        body: { startAt: from, maxResults: most, total: all.length, comments: all.slice(from, from + most) },
      };
    }
    const parsed = NewComment.safeParse(data);
    if (!parsed.success) return invalid(z.prettifyError(parsed.error));
    issue.comments.push(parsed.data.body);
    return { status: 201, body: { id: String(issue.comments.length), body: parsed.data.body } };
  };
  const answer = ({ headers, method = "GET", url = "/" }: IncomingMessage, text: string): Reply => {
    if (headers.authorization !== `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}`)
      return {
        status: 401,
        body: { message: "Client must be authenticated to access this resource.", "status-code": 401 },
      };
    if (headers.accept !== "application/json") violations.push(`accept ${headers.accept}`);
    if (method === "POST" && headers["content-type"] !== "application/json") return { status: 415 };
    const { pathname, searchParams } = new URL(url, "http://jira");
    const data: unknown = text === "" ? undefined : JSON.parse(text);
    if (pathname === "/rest/api/3/issue" && method === "POST") return create(data);
    if (pathname === "/rest/api/3/search/jql" && method === "POST") return search(data);
    if (pathname === "/rest/api/3/myself")
      return { status: 200, body: { accountId: "muster", displayName: "Muster Bot", emailAddress: email } };
    if (pathname === `/rest/api/3/project/${project}`)
      return {
        status: 200,
        body: { key: project, name: "Operations", issueTypes: [{ name: "Task" }, { name: "Bug" }] },
      };
    if (pathname === "/rest/api/3/user/assignable/search")
      return {
        status: 200,
        body: USERS.filter(
          ({ emailAddress }) => emailAddress === searchParams.get("query") && searchParams.get("project") === project,
        ),
      };
    const [, key, rest = ""] = /^\/rest\/api\/3\/issue\/([A-Z]+-\d+)(\/\w+)?$/.exec(pathname) ?? [];
    const issue = issues.find((each) => each.key === key);
    return issue === undefined ? missing : one(method, issue, rest, searchParams, data);
  };

  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const line = `${request.method} ${new URL(request.url ?? "/", "http://jira").pathname}`;
      requests.push(line);
      const at = faults.findIndex(({ matching }) => matching.test(line));
      const fault = at < 0 ? null : faults.splice(at, 1)[0]!.fault;
      if (fault === "silence") return;
      if (fault === "cut") return void request.socket.destroy();
      if (fault !== null && typeof fault === "object")
        return void response
          .writeHead(fault.status, fault.headers)
          .end(typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? {}));
      const { status, body } = answer(request, text);
      if (fault === "cut-after") return void request.socket.destroy();
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const ways: JiraDouble["ways"] = ["In Progress", "Done", "To Do"];
  const double: JiraDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    email,
    token,
    project,
    issues,
    violations,
    requests,
    behind: false,
    ways,
    asks: null,
    fault: (matching, ...more) => void faults.push(...more.map((fault) => ({ matching, fault }))),
    reset() {
      for (const all of [issues, violations, requests]) all.length = 0;
      faults = [];
      Object.assign(double, { behind: false, ways, asks: null });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}
