import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import type { RunbookAction } from "./action-definition.ts";
import { SQL_CALLS } from "./sql-calls.ts";

const Datasource = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/, "no name of a datasource; write one of automation.datasources")
  .describe("a name under `automation.datasources`");
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Rows = z.array(z.record(z.string(), z.unknown()));

export const DATA_ACTIONS: readonly RunbookAction[] = [
  {
    name: "prometheus.query",
    summary: "Asks Prometheus for the value of an expression now.",
    effect: "read",
    touches: "nothing",
    risk: "low",
    input: z.strictObject({ query: z.string().min(1).describe('PromQL; `"$param"` stands as the whole string of a label matcher') }),
    output: z.object({
      value: z.number().nullable().describe("of the first series; no data when there is none or it is NaN"),
      series: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.number() })),
      noData: z.boolean(),
    }),
    texts: { query: "promql" },
    undoable: false,
  },
  {
    name: "http.request",
    summary: "Sends one HTTP request to a host of the allow list.",
    effect: "once",
    touches: "systems",
    risk: "high",
    input: z.strictObject({
      method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
      url: z
        .string()
        .regex(
          /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:[/?][^\s#]*)?$/,
          "no address that is allowed; write https://host/path, without user, password and fragment",
        )
        .describe("`https://host/part/$param?key=$param`; the host is fixed and in `automation.hosts`"),
      headers: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "no name of a header; write letters, digits and dashes"), z.string()).default({}),
      bearerEnv: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/, "expected the name of an environment variable; write it like STATUS_PAGE_TOKEN")
        .optional()
        .describe("the environment variable whose value is the Bearer token"),
      json: z.unknown().optional().describe("the body; `$param` as whole values"),
      expect: z.array(z.int().min(100).max(599)).min(1).default([200, 201, 202, 204]).describe("statuses that are no failure"),
    }),
    output: z.object({ status: z.number(), body: z.unknown().describe("what JSON says, or the text") }),
    texts: { url: "url" },
    fixed: ["method", "bearerEnv"],
    undoable: false,
    readsWhen: { field: "method", values: ["GET", "HEAD"], default: "GET" },
    notes: [
      "The address is resolved once and pinned; private ranges are refused unless the host is listed with `private: true`; redirects are not followed.",
      "`Idempotency-Key` is sent.",
    ],
  },
  {
    name: "exec",
    summary: "Starts a program of the allow list with arguments. There is no shell.",
    effect: "once",
    touches: "systems",
    risk: "high",
    input: z.strictObject({
      argv: z
        .array(z.string().max(1000))
        .min(1)
        .max(64)
        .refine((argv) => (argv[0] ?? "").startsWith("/"), { error: "the program must be an absolute path; write one of automation.commands", path: [0] })
        .describe("the program's absolute path, in `automation.commands`, and its arguments"),
      env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "no name of an environment variable; write capital letters"), z.string()).default({}),
    }),
    output: z.object({ exitCode: z.number(), stdout: z.string(), stderr: z.string() }),
    texts: { argv: "argv" },
    fixed: ["argv"],
    undoable: false,
    notes: [
      "The environment is empty but for `env`; the process and its children end with the step's timeout.",
      "An argument from a parameter may not begin with a dash.",
    ],
  },
  {
    name: "sql.query",
    summary: "Runs one SELECT in a read-only transaction.",
    effect: "read",
    touches: "nothing",
    risk: "low",
    input: z.strictObject({
      datasource: Datasource,
      sql: z.string().min(1).describe("one SELECT of PostgreSQL; values are `$1`, `$2` …"),
      args: z.array(Scalar).max(20).default([]).describe("what `$1`, `$2` … stand for; `$param` as whole values"),
    }),
    output: z.object({ rows: Rows }),
    texts: { datasource: "path", sql: "sql" },
    undoable: false,
  },
  {
    name: "sql.call",
    summary: "Runs one of the reviewed statements that change something.",
    effect: "once",
    touches: "systems",
    risk: "low",
    input: z.strictObject({
      datasource: Datasource,
      call: z
        .string()
        .refine((name) => Object.hasOwn(SQL_CALLS, name), { error: `no reviewed call; write one of ${Object.keys(SQL_CALLS).join(", ")}` })
        .describe(
          Object.entries(SQL_CALLS)
            .map(([name, { summary }]) => `\`${name}\` ${summary}`)
            .join("; "),
        ),
      pids: z
        .array(z.union([z.int().positive(), z.object({ pid: z.int().positive() }).transform(({ pid }) => pid)]))
        .max(50)
        .describe("backends, as numbers or as rows with `pid`"),
    }),
    output: z.object({ rows: Rows }),
    texts: { datasource: "path" },
    undoable: false,
    fixed: ["call"],
    notes: ["Statements are in `src/runbooks/actions/sql-calls.ts`; a new one is a reviewed change of the code."],
  },
  {
    name: "github.workflow",
    summary: "Starts a workflow of GitHub Actions and waits for its end.",
    effect: "once",
    touches: "systems",
    risk: "high",
    input: z.strictObject({
      repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "no repository; write owner/name"),
      workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, "no workflow; write its file's name, such as deploy.yml"),
      ref: z.string().min(1).default("main"),
      inputs: z.record(z.string(), z.string()).default({}).describe("the workflow's inputs; `$param` as whole values"),
    }),
    output: z.object({ conclusion: z.string(), url: z.string() }),
    texts: {},
    undoable: false,
    fixed: ["repository", "workflow", "ref"],
    notes: ["In the workflow, read inputs from the environment and never write `${{ inputs.x }}` into a script."],
  },
  {
    name: "wait",
    summary: "Waits. No worker is held.",
    effect: "read",
    touches: "nothing",
    risk: "low",
    input: z.strictObject({ for: DurationText }),
    output: z.object({}),
    texts: {},
    undoable: false,
  },
];
