import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { readPolicy, type PolicyProblem } from "./policy-file.ts";
import { PROJECT, REPO, type Policy } from "#domain/policy.ts";
import { doubts, hasPager, whatIsMissing } from "./missing.ts";

/** Everything that is set from outside, checked, frozen. The only reader of process.env. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  readonly policyFile: string;
  readonly runbooks: string;
  /** False: no step of any runbook starts, whatever anybody approves. */
  readonly automation: boolean;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly redis: {
    readonly url: string;
    readonly sentinels: readonly { readonly host: string; readonly port: number }[];
    readonly sentinelName: string;
  } | null;
  readonly webhookTokens: readonly string[];
  readonly apiTokens: readonly string[];
  /** `appToken` selects Socket Mode. */
  readonly slack: { readonly botToken: string; readonly signingSecret: string; readonly appToken: string | null; readonly apiUrl: string | null } | null;
  /** Sign in with Slack: only people of workspace `team` come in. */
  readonly signIn: { readonly clientId: string; readonly clientSecret: string; readonly team: string; readonly url: string | null } | null;
  readonly alertmanagerUrl: string | null;
  /** A user and password in it are sent as basic authentication. */
  readonly prometheusUrl: string | null;
  /** A file, or "in-cluster": the service account of the pod that we run in. */
  readonly kubeconfig: string | null;
  /** `routingKey` is for teams without one of their own; null in all: no pager. */
  readonly pagerduty: {
    readonly routingKey: string | null;
    readonly apiToken: string | null;
    readonly from: string | null;
    readonly webhookSecrets: readonly string[];
    readonly eventsUrl: string | null;
    readonly apiUrl: string | null;
  } | null;
  /** Trackers. `repo` (owner/name) and `project` are for teams that name none. */
  readonly github: { readonly token: string; readonly repo: string | null; readonly apiUrl: string | null } | null;
  readonly jira: { readonly url: string; readonly email: string; readonly token: string; readonly project: string | null } | null;
  readonly log: { readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent"; readonly format: "json" | "pretty" };
  readonly policy: Policy;
  /** The value of a variable that the policy or a runbook names; null: it is not set. */
  readonly variable: (name: string) => string | null;
  /** What no output may show. */
  readonly secrets: readonly string[];
  /** What is not set up, and the setting that sets it up; what is set and looks like a slip: one line each at the start. */
  readonly missing: readonly string[];
};

/** Raised with every problem at once, each with its fix. */
export class BadConfig extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Muster cannot start:\n${problems.map((problem) => `  • ${problem}`).join("\n")}`);
    this.name = "BadConfig";
    this.problems = problems;
  }
}

const text = z.string().trim().min(1).optional();
const list = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
  );
const url = (...protocols: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `expected a URL that starts with ${protocols.map((each) => `${each}//`).join(" or ")}`,
    })
    .optional();

const port = z.string().transform((given, ctx) => {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  ctx.addIssue({ code: "custom", message: `expected a whole number from 0 to 65535, not "${given}"` });
  return z.NEVER;
});

const Environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().min(1).default("127.0.0.1"),
  PUBLIC_URL: url("http:", "https:"),
  MUSTER_CONFIG: text,
  MUSTER_RUNBOOKS: z.string().default("runbooks"),
  MUSTER_AUTOMATION: z.enum(["on", "off"], { error: "expected on or off" }).default("on"),
  MUSTER_DATA_DIR: z.string().min(1).default(".muster"),
  DATABASE_URL: url("postgres:", "postgresql:"),
  REDIS_URL: url("redis:", "rediss:"),
  REDIS_SENTINELS: list,
  REDIS_SENTINEL_NAME: z.string().default("mymaster"),
  MUSTER_WEBHOOK_TOKENS: list,
  MUSTER_API_TOKENS: list,
  SLACK_BOT_TOKEN: text,
  SLACK_SIGNING_SECRET: text,
  SLACK_APP_TOKEN: text,
  SLACK_CLIENT_ID: text,
  SLACK_CLIENT_SECRET: text,
  SLACK_TEAM_ID: z
    .string()
    .regex(/^T[A-Z0-9]{2,}$/, "expected the id of a workspace, such as T0123ABCD")
    .optional(),
  SLACK_SIGN_IN_URL: url("http:", "https:"),
  SLACK_API_URL: url("http:", "https:"),
  ALERTMANAGER_URL: url("http:", "https:"),
  PROMETHEUS_URL: url("http:", "https:"),
  KUBECONFIG: text,
  PAGERDUTY_ROUTING_KEY: text,
  PAGERDUTY_API_TOKEN: text,
  PAGERDUTY_FROM: z.email().optional(),
  PAGERDUTY_WEBHOOK_SECRETS: list,
  PAGERDUTY_EVENTS_URL: url("http:", "https:"),
  PAGERDUTY_API_URL: url("http:", "https:"),
  GITHUB_TOKEN: text,
  GITHUB_REPO: z.string().regex(REPO, "expected owner/name").optional(),
  GITHUB_API_URL: url("http:", "https:"),
  JIRA_URL: url("http:", "https:"),
  JIRA_EMAIL: z.email().optional(),
  JIRA_TOKEN: text,
  JIRA_PROJECT: z.string().regex(PROJECT, "expected a project key such as OPS").optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional(),
});

/**
 * Reads the settings and the policy file.
 * @throws BadConfig with all that is wrong, never only the first
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  // An empty variable is one that is not set: compose files and shells produce them.
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const policyFile = env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems: policyProblems } = loadPolicy(policyFile, Boolean(env["MUSTER_CONFIG"]));
  problems.push(...policyProblems.map(showProblem));
  if (!parsed.success) throw new BadConfig(problems);
  const value = parsed.data;
  problems.push(...contradictions(value));
  if (problems.length > 0 || policy === null) throw new BadConfig(problems);

  return Object.freeze<Config>({
    port: value.PORT,
    host: value.HOST,
    publicUrl: (value.PUBLIC_URL ?? `http://localhost:${value.PORT}`).replace(/\/+$/, ""),
    policyFile,
    runbooks: value.MUSTER_RUNBOOKS,
    automation: value.MUSTER_AUTOMATION === "on",
    dataDir: value.MUSTER_DATA_DIR,
    databaseUrl: value.DATABASE_URL ?? null,
    redis:
      value.REDIS_URL === undefined
        ? null
        : { url: value.REDIS_URL, sentinels: value.REDIS_SENTINELS.map(hostAndPort), sentinelName: value.REDIS_SENTINEL_NAME },
    webhookTokens: value.MUSTER_WEBHOOK_TOKENS,
    apiTokens: value.MUSTER_API_TOKENS,
    slack:
      value.SLACK_BOT_TOKEN === undefined || (value.SLACK_SIGNING_SECRET === undefined && value.SLACK_APP_TOKEN === undefined)
        ? null
        : {
            botToken: value.SLACK_BOT_TOKEN,
            // Socket Mode has no requests, and so nothing to check a signature of.
            signingSecret: value.SLACK_SIGNING_SECRET ?? "",
            appToken: value.SLACK_APP_TOKEN ?? null,
            apiUrl: value.SLACK_API_URL ?? null,
          },
    pagerduty: hasPager(value, policy)
      ? {
          routingKey: value.PAGERDUTY_ROUTING_KEY ?? null,
          apiToken: value.PAGERDUTY_API_TOKEN ?? null,
          from: value.PAGERDUTY_FROM ?? null,
          webhookSecrets: value.PAGERDUTY_WEBHOOK_SECRETS,
          eventsUrl: value.PAGERDUTY_EVENTS_URL ?? null,
          apiUrl: value.PAGERDUTY_API_URL ?? null,
        }
      : null,
    ...trackers(value),
    signIn: signInOf(value),
    alertmanagerUrl: value.ALERTMANAGER_URL?.replace(/\/+$/, "") ?? null,
    prometheusUrl: value.PROMETHEUS_URL?.replace(/\/+$/, "") ?? null,
    kubeconfig: value.KUBECONFIG ?? null,
    log: { level: value.LOG_LEVEL, format: value.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json") },
    policy,
    variable: (name) => env[name] || null,
    secrets: secretsIn(env),
    missing: [...whatIsMissing(value, policy, trackers(value)), ...doubts(env, value, policy, Object.keys(Environment.shape))],
  });
}

/** Every value of the environment that is one by its name, or has a password in it as an address. */
function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value.length < 6) return [];
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [...(/TOKEN|SECRET|PASSW|_KEY$|_PWD$/.test(name) ? value.split(",") : []), ...(password === "" ? [] : [password, value])];
  });
}

export type Values = z.output<typeof Environment>;

function trackers(value: Values): Pick<Config, "github" | "jira"> {
  const { GITHUB_TOKEN, GITHUB_REPO, GITHUB_API_URL, JIRA_URL, JIRA_EMAIL, JIRA_TOKEN, JIRA_PROJECT } = value;
  return {
    github: GITHUB_TOKEN === undefined ? null : { token: GITHUB_TOKEN, repo: GITHUB_REPO ?? null, apiUrl: GITHUB_API_URL ?? null },
    jira:
      JIRA_URL === undefined || JIRA_EMAIL === undefined || JIRA_TOKEN === undefined
        ? null
        : { url: JIRA_URL, email: JIRA_EMAIL, token: JIRA_TOKEN, project: JIRA_PROJECT ?? null },
  };
}

function signInOf({ SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_TEAM_ID, SLACK_SIGN_IN_URL }: Values): Config["signIn"] {
  if (SLACK_CLIENT_ID === undefined || SLACK_CLIENT_SECRET === undefined || SLACK_TEAM_ID === undefined) return null;
  return { clientId: SLACK_CLIENT_ID, clientSecret: SLACK_CLIENT_SECRET, team: SLACK_TEAM_ID, url: SLACK_SIGN_IN_URL?.replace(/\/+$/, "") ?? null };
}

function contradictions(value: Values): string[] {
  const problems: string[] = [];
  if (value.REDIS_URL !== undefined && value.DATABASE_URL === undefined)
    problems.push("DATABASE_URL: must be set with REDIS_URL; Redis only hurries, PostgreSQL remembers");
  const { SLACK_BOT_TOKEN: bot, SLACK_SIGNING_SECRET: secret, SLACK_APP_TOKEN: app } = value;
  if (bot !== undefined && secret === undefined && app === undefined)
    problems.push("SLACK_SIGNING_SECRET: must be set with SLACK_BOT_TOKEN (app page, Basic Information); or SLACK_APP_TOKEN for Socket Mode");
  if (bot === undefined && (secret !== undefined || app !== undefined))
    problems.push(`SLACK_BOT_TOKEN: must be set with ${secret === undefined ? "SLACK_APP_TOKEN" : "SLACK_SIGNING_SECRET"} (app page, OAuth & Permissions)`);
  if (app !== undefined && !app.startsWith("xapp-")) problems.push("SLACK_APP_TOKEN: expected an app-level token, which starts with xapp-");
  if (value.SLACK_BOT_TOKEN !== undefined && !value.SLACK_BOT_TOKEN.startsWith("xoxb-"))
    problems.push("SLACK_BOT_TOKEN: expected a bot token, which starts with xoxb-");
  const signIn = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_TEAM_ID"] as const;
  if (signIn.some((name) => value[name] !== undefined))
    for (const name of signIn)
      if (value[name] === undefined) problems.push(`${name}: SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM_ID must be set together (Sign in with Slack)`);
  if (value.PAGERDUTY_API_TOKEN !== undefined && value.PAGERDUTY_FROM === undefined)
    problems.push("PAGERDUTY_FROM: must be set with PAGERDUTY_API_TOKEN: the e-mail address of a PagerDuty user, in whose name notes are written");
  if (value.GITHUB_REPO !== undefined && value.GITHUB_TOKEN === undefined)
    problems.push("GITHUB_TOKEN: must be set with GITHUB_REPO: a fine-grained token with Issues: read and write (Settings → Developer settings)");
  const jira = ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"] as const;
  if ([...jira, "JIRA_PROJECT" as const].some((name) => value[name] !== undefined))
    for (const name of jira) if (value[name] === undefined) problems.push(`${name}: JIRA_URL, JIRA_EMAIL and JIRA_TOKEN must be set together`);
  if (value.KUBECONFIG !== undefined && value.KUBECONFIG !== "in-cluster" && !existsSync(value.KUBECONFIG))
    problems.push(`KUBECONFIG: there is no file ${value.KUBECONFIG}; name one kubeconfig, or write in-cluster for the service account of Muster's own pod`);
  for (const each of value.REDIS_SENTINELS) if (!/^[^:\s]+:\d{1,5}$/.test(each)) problems.push(`REDIS_SENTINELS: "${each}" is no host:port`);
  return problems;
}

/** The policy in a file. A missing file is an empty one, unless it was asked for by name. */
export function loadPolicy(file: string, mustExist: boolean): { readonly policy: Policy | null; readonly problems: readonly PolicyProblem[] } {
  if (!existsSync(file)) {
    if (mustExist) return { policy: null, problems: [{ file, line: null, path: "", message: "no such file; MUSTER_CONFIG names it" }] };
    return readPolicy("", file);
  }
  try {
    return readPolicy(readFileSync(file, "utf8"), file);
  } catch (error) {
    return { policy: null, problems: [{ file, line: null, path: "", message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }] };
  }
}

/** "muster.yaml:12: teams.payments.oncall.0: nobody called …" */
export function showProblem({ file, line, path, message }: PolicyProblem): string {
  return `${file}${line === null ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

function hostAndPort(text: string): { host: string; port: number } {
  const [host, port] = text.split(":");
  return { host: host ?? "", port: Number(port) };
}
