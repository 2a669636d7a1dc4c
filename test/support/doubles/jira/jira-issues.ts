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
    customfield_10050: z.strictObject({ value: z.enum(["High", "Low"]) }).optional(),
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
  /** Whether Jira's search finds it yet. */
  indexed: boolean;
  status: JiraStatus;
  /** How it was closed by hand, and by whom. */
  resolution?: string;
  movedBy?: string | null;
};

/** A workflow's statuses with their categories. */
const STATUSES = { "To Do": "new", "In Progress": "indeterminate", Done: "done" } as const;

export type JiraStatus = keyof typeof STATUSES;

export type JiraReply = { readonly status: number; readonly body?: unknown };

export const JIRA_MISSING: JiraReply = {
  status: 404,
  body: { errorMessages: ["Issue does not exist or you do not have permission to see it."], errors: {} },
};

/** What the issues need of their site. */
export type JiraSite = {
  readonly url: string;
  readonly project: string;
  /** The search shows nothing new until it is false again. */
  readonly behind: boolean;
  /** Which statuses the workflow leads to. */
  readonly ways: readonly JiraStatus[];
  /** What the screen on the way to Done asks for. */
  readonly asks: "resolution" | "customfield_10042" | null;
  /** Whether an issue needs "Customer impact". */
  readonly impact: boolean;
};

/** The issues of a project: created, searched for, moved and commented on. */
export class JiraIssues {
  readonly all: JiraIssue[] = [];
  readonly #site: () => JiraSite;
  readonly #assignable: readonly string[];
  readonly #violations: string[];

  /** `assignable`: the ids of accounts. */
  constructor(site: () => JiraSite, assignable: readonly string[], violations: string[]) {
    this.#site = site;
    this.#assignable = assignable;
    this.#violations = violations;
  }

  create(data: unknown): JiraReply {
    const parsed = NewIssue.safeParse(data);
    if (!parsed.success) return this.#invalid(z.prettifyError(parsed.error));
    const { fields } = parsed.data;
    const { project, behind, url } = this.#site();
    if (fields.project.key !== project) return wrong({ project: "valid project is required" });
    if (!["Task", "Bug"].includes(fields.issuetype.name)) return wrong({ issuetype: "Specify a valid issue type" });
    if (fields.assignee !== undefined && !this.#assignable.includes(fields.assignee.id))
      return wrong({ assignee: `User '${fields.assignee.id}' cannot be assigned issues.` });
    if (this.#site().impact && fields.customfield_10050 === undefined)
      return wrong({ customfield_10050: "Customer impact is required." });
    const key = `${project}-${this.all.length + 1}`;
    this.all.push({ key, fields, comments: [], indexed: !behind, status: "To Do" });
    return {
      status: 201,
      body: { id: String(10_000 + this.all.length), key, self: `${url}/rest/api/3/issue/${key}` },
    };
  }

  /** What the create screen shows: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ */
  fields(): readonly object[] {
    const field = (fieldId: string, name: string, required: boolean) => ({
      fieldId,
      key: fieldId,
      name,
      required,
      hasDefaultValue: false,
      operations: ["set"],
      schema: { type: "string" },
    });
    return [field("summary", "Summary", true), field("customfield_10050", "Customer impact", this.#site().impact)];
  }

  search(data: unknown): JiraReply {
    const parsed = Search.safeParse(data);
    if (!parsed.success) return this.#invalid(z.prettifyError(parsed.error));
    const label = /^labels = "([^"\\]+)" ORDER BY created ASC$/.exec(parsed.data.jql)?.[1];
    if (label === undefined) return this.#invalid(`cannot read the query ${parsed.data.jql}`);
    const { behind } = this.#site();
    const found = this.all.filter(({ indexed, fields }) => (indexed || !behind) && fields.labels.includes(label));
    return {
      status: 200,
      body: {
        issues: found.map(({ key, fields }) => ({ id: key, key, fields: { labels: fields.labels } })),
        isLast: true,
      },
    };
  }

  /** A request about one issue; `rest`: what follows its key in the path. */
  answer(method: string, key: string | undefined, rest: string, query: URLSearchParams, data: unknown): JiraReply {
    const issue = this.all.find((each) => each.key === key);
    if (issue === undefined) return JIRA_MISSING;
    if (rest === "" && method === "GET") return { status: 200, body: lookAt(issue) };
    if (rest === "/transitions") return method === "GET" ? this.#transitions(query) : this.#move(issue, data);
    if (rest !== "/comment") return JIRA_MISSING;
    return method === "GET" ? listComments(issue, query) : this.#comment(issue, data);
  }

  #transitions(query: URLSearchParams): JiraReply {
    const withFields = query.get("expand") === "transitions.fields";
    return {
      status: 200,
      body: {
        transitions: this.#site().ways.map((name, i) => ({
          id: String(11 + i),
          name,
          to: statusOf(name),
          ...(withFields ? { fields: this.#screenOf(name) } : {}),
        })),
      },
    };
  }

  #screenOf(name: JiraStatus): object {
    const { asks } = this.#site();
    return asks === null || name !== "Done"
      ? {}
      : {
          [asks]: {
            required: true,
            hasDefaultValue: false,
            name: asks,
            allowedValues: [{ id: "10000", name: "Fixed" }],
          },
        };
  }

  #move(issue: JiraIssue, data: unknown): JiraReply {
    const { ways, asks } = this.#site();
    const parsed = Transition.safeParse(data);
    const to = parsed.success ? ways[Number(parsed.data.transition.id) - 11] : undefined;
    if (to === undefined)
      return this.#invalid("It seems that you have tried to perform a workflow operation that is not valid");
    if (asks !== null && to === "Done" && parsed.data?.fields?.[asks]?.id !== "10000")
      return wrong({ [asks]: "This is required." });
    issue.status = to;
    return { status: 204 };
  }

  #comment(issue: JiraIssue, data: unknown): JiraReply {
    const parsed = NewComment.safeParse(data);
    if (!parsed.success) return this.#invalid(z.prettifyError(parsed.error));
    issue.comments.push(parsed.data.body);
    return { status: 201, body: { id: String(issue.comments.length), body: parsed.data.body } };
  }

  #invalid(reason: string): JiraReply {
    this.#violations.push(reason);
    return { status: 400, body: { errorMessages: [reason], errors: {} } };
  }
}

/** An issue with what was asked for of it, and who moved it last. */
function lookAt({ key, status, resolution, movedBy }: JiraIssue): object {
  const histories =
    movedBy == null
      ? []
      : [
          {
            id: "1",
            created: "2026-11-21T14:32:00.000+0000",
            author: { displayName: movedBy },
            items: [{ field: "status" }],
          },
        ];
  return {
    key,
    fields: { status: statusOf(status), resolution: resolution === undefined ? null : { name: resolution } },
    changelog: { histories },
  };
}

function listComments(issue: JiraIssue, query: URLSearchParams): JiraReply {
  const [from, most] = [Number(query.get("startAt") ?? 0), Number(query.get("maxResults") ?? 50)];
  const all = issue.comments.map((body, i) => ({ id: String(i), body }));
  if (query.get("orderBy") === "-created") all.reverse();
  return {
    status: 200,
    body: { startAt: from, maxResults: most, total: all.length, comments: all.slice(from, from + most) },
  };
}

function statusOf(name: JiraStatus): object {
  return { name, statusCategory: { id: 1, key: STATUSES[name], name } };
}

function wrong(errors: object): JiraReply {
  return { status: 400, body: { errorMessages: [], errors } };
}
