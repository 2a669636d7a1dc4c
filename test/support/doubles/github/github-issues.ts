import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** https://docs.github.com/en/rest/issues/issues#create-an-issue: anything else is refused, so that a slip shows. */
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
  /** Who closed it by hand. */
  closedBy?: string;
};

export type GitHubReply = { readonly status: number; readonly body: unknown };

export const GITHUB_MISSING: GitHubReply = {
  status: 404,
  body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
};

const USERS = new Set(["alice", "bob", "muster-bot"]);

/** The issues of a repository. `mayTriage`: whether the token's user may set labels and assignees. */
export class GitHubIssues {
  readonly all: GitHubIssue[] = [];
  readonly labels = new Set<string>(["bug"]);
  readonly #repo: string;
  readonly #violations: string[];
  readonly #mayTriage: () => boolean;

  constructor(repo: string, violations: string[], mayTriage: () => boolean) {
    this.#repo = repo;
    this.#violations = violations;
    this.#mayTriage = mayTriage;
  }

  /** `path`: what follows the repository's. */
  answer(method: string, path: string, query: URLSearchParams, text: string): GitHubReply {
    if (path === "/issues") return method === "POST" ? this.#create(text) : this.#list(query);
    const [, number, comments] = /^\/issues\/(\d+)(\/comments)?$/.exec(path) ?? [];
    const issue = this.all.find((each) => each.number === Number(number));
    if (issue === undefined) return GITHUB_MISSING;
    if (method === "GET")
      return comments === undefined ? { status: 200, body: this.#shown(issue) } : this.#comments(issue, query);
    return comments === undefined ? this.#change(issue, method, text) : this.#comment(issue, text);
  }

  #list(query: URLSearchParams): GitHubReply {
    const parsed = Query.safeParse(Object.fromEntries(query));
    if (!parsed.success) return this.#invalid(parsed.error);
    const { state, labels: wanted, direction, since, per_page, page } = parsed.data;
    const found = this.all
      .filter((issue) => state === "all" || issue.state === state)
      .filter((issue) => wanted === undefined || wanted.split(",").every((label) => issue.labels.includes(label)))
      .filter(({ at }) => since === undefined || at >= Date.parse(since))
      .toSorted((a, b) => (direction === "desc" ? b.number - a.number : a.number - b.number));
    return {
      status: 200,
      body: found.slice((page - 1) * per_page, page * per_page).map((issue) => this.#shown(issue)),
    };
  }

  #create(text: string): GitHubReply {
    const parsed = NewIssue.safeParse(JSON.parse(text));
    if (!parsed.success) return this.#invalid(parsed.error);
    const { title, body = "", labels: wanted = [], assignees = [] } = parsed.data;
    const unknown = assignees.find((login) => !USERS.has(login));
    if (unknown !== undefined && this.#mayTriage())
      return {
        status: 422,
        body: {
          message: "Validation Failed",
          errors: [{ resource: "Issue", field: "assignees", code: "invalid", value: unknown }],
        },
      };
    for (const label of this.#mayTriage() ? wanted : []) this.labels.add(label);
    const kept = this.#mayTriage() ? { labels: wanted, assignees } : { labels: [], assignees: [] };
    const issue: GitHubIssue = {
      number: this.all.length + 1,
      title,
      body,
      ...kept,
      comments: [],
      at: wallClock(),
      state: "open",
      reason: null,
    };
    this.all.push(issue);
    return { status: 201, body: this.#shown(issue) };
  }

  #comments(issue: GitHubIssue, query: URLSearchParams): GitHubReply {
    const parsed = CommentQuery.safeParse(Object.fromEntries(query));
    if (!parsed.success) return this.#invalid(parsed.error);
    const { since, per_page, page } = parsed.data;
    const found = issue.comments.filter(({ at }) => since === undefined || at >= Date.parse(since));
    return {
      status: 200,
      body: found.slice((page - 1) * per_page, page * per_page).map(({ body }, i) => ({ id: i + 1, body })),
    };
  }

  #comment(issue: GitHubIssue, text: string): GitHubReply {
    const parsed = NewComment.safeParse(JSON.parse(text));
    if (!parsed.success) return this.#invalid(parsed.error);
    issue.comments.push({ body: parsed.data.body, at: wallClock() });
    return { status: 201, body: { id: issue.comments.length, body: parsed.data.body } };
  }

  #change(issue: GitHubIssue, method: string, text: string): GitHubReply {
    const parsed = Change.safeParse(JSON.parse(text));
    if (!parsed.success) return this.#invalid(parsed.error);
    if (method !== "PATCH") return GITHUB_MISSING;
    issue.state = parsed.data.state ?? issue.state;
    issue.reason = parsed.data.state_reason ?? null;
    return { status: 200, body: this.#shown(issue) };
  }

  #shown(issue: GitHubIssue): object {
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      state_reason: issue.reason,
      closed_by: issue.closedBy === undefined ? null : { login: issue.closedBy },
      html_url: `https://github.example/${this.#repo}/issues/${issue.number}`,
      labels: issue.labels.map((name) => ({ name })),
      assignees: issue.assignees.map((login) => ({ login })),
      created_at: formatIso(issue.at),
    };
  }

  #invalid(error: z.ZodError): GitHubReply {
    const message = z.prettifyError(error);
    this.#violations.push(message);
    return {
      status: 422,
      body: {
        message: "Validation Failed",
        errors: [],
        documentation_url: "https://docs.github.com/rest",
        status: "422",
      },
    };
  }
}
