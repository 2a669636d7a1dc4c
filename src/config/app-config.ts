import { existsSync, readFileSync } from "node:fs";
import { readPolicy, type PolicyProblem } from "./policy-file.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { suspiciousSettings, hasPager, setupWarnings } from "./setup-warnings.ts";
import { settingConflicts, EnvironmentSchema, type EnvironmentValues } from "./environment.ts";

/** Everything that is set from outside, checked, frozen. The only reader of process.env. */
export type AppConfig = {
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
  readonly slack: {
    readonly botToken: string;
    readonly signingSecret: string;
    readonly appToken: string | null;
    readonly apiUrl: string | null;
  } | null;
  /** Sign in with Slack: only people of workspace `team` come in. */
  readonly signIn: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly team: string;
    readonly url: string | null;
  } | null;
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
  readonly jira: {
    readonly url: string;
    readonly email: string;
    readonly token: string;
    readonly project: string | null;
  } | null;
  readonly log: {
    readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
    readonly format: "json" | "pretty";
  };
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

/**
 * Reads the settings and the policy file.
 * @throws BadConfig with all that is wrong, never only the first
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): AppConfig {
  // An empty variable is one that is not set: compose files and shells produce them.
  const parsed = EnvironmentSchema.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const policyFile = env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems: policyProblems } = loadPolicy(policyFile, Boolean(env["MUSTER_CONFIG"]));
  problems.push(...policyProblems.map(formatPolicyProblem));
  if (!parsed.success) throw new BadConfig(problems);
  const value = parsed.data;
  problems.push(...settingConflicts(value));
  if (problems.length > 0 || policy === null) throw new BadConfig(problems);

  return Object.freeze<AppConfig>({
    port: value.PORT,
    host: value.HOST,
    publicUrl: (value.PUBLIC_URL ?? `http://localhost:${value.PORT}`).replace(/\/+$/, ""),
    policyFile,
    runbooks: value.MUSTER_RUNBOOKS,
    automation: value.MUSTER_AUTOMATION === "on",
    dataDir: value.MUSTER_DATA_DIR,
    databaseUrl: value.DATABASE_URL ?? null,
    redis: redisOf(value),
    webhookTokens: value.MUSTER_WEBHOOK_TOKENS,
    apiTokens: value.MUSTER_API_TOKENS,
    slack: slackOf(value),
    pagerduty: hasPager(value, policy) ? pagerOf(value) : null,
    ...trackers(value),
    signIn: signInOf(value),
    alertmanagerUrl: value.ALERTMANAGER_URL?.replace(/\/+$/, "") ?? null,
    prometheusUrl: value.PROMETHEUS_URL?.replace(/\/+$/, "") ?? null,
    kubeconfig: value.KUBECONFIG ?? null,
    log: { level: value.LOG_LEVEL, format: value.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json") },
    policy,
    variable: (name) => env[name] || null,
    secrets: secretsIn(env),
    missing: [
      ...setupWarnings(value, policy, trackers(value)),
      ...suspiciousSettings(env, value, policy, Object.keys(EnvironmentSchema.shape)),
    ],
  });
}

/** Every value of the environment that is one by its name, or has a password in it as an address. */
function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value.length < 6) return [];
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [
      ...(/TOKEN|SECRET|PASSW|_KEY$|_PWD$/.test(name) ? value.split(",") : []),
      ...(password === "" ? [] : [password, value]),
    ];
  });
}

function trackers(value: EnvironmentValues): Pick<AppConfig, "github" | "jira"> {
  const { GITHUB_TOKEN, GITHUB_REPO, GITHUB_API_URL, JIRA_URL, JIRA_EMAIL, JIRA_TOKEN, JIRA_PROJECT } = value;
  return {
    github:
      GITHUB_TOKEN === undefined
        ? null
        : { token: GITHUB_TOKEN, repo: GITHUB_REPO ?? null, apiUrl: GITHUB_API_URL ?? null },
    jira:
      JIRA_URL === undefined || JIRA_EMAIL === undefined || JIRA_TOKEN === undefined
        ? null
        : { url: JIRA_URL, email: JIRA_EMAIL, token: JIRA_TOKEN, project: JIRA_PROJECT ?? null },
  };
}

function redisOf(value: EnvironmentValues): AppConfig["redis"] {
  if (value.REDIS_URL === undefined) return null;
  return {
    url: value.REDIS_URL,
    sentinels: value.REDIS_SENTINELS.map(hostAndPort),
    sentinelName: value.REDIS_SENTINEL_NAME,
  };
}

function slackOf(value: EnvironmentValues): AppConfig["slack"] {
  if (
    value.SLACK_BOT_TOKEN === undefined ||
    (value.SLACK_SIGNING_SECRET === undefined && value.SLACK_APP_TOKEN === undefined)
  )
    return null;
  return {
    botToken: value.SLACK_BOT_TOKEN,
    // Socket Mode has no requests, and so nothing to check a signature of.
    signingSecret: value.SLACK_SIGNING_SECRET ?? "",
    appToken: value.SLACK_APP_TOKEN ?? null,
    apiUrl: value.SLACK_API_URL ?? null,
  };
}

function pagerOf(value: EnvironmentValues): NonNullable<AppConfig["pagerduty"]> {
  return {
    routingKey: value.PAGERDUTY_ROUTING_KEY ?? null,
    apiToken: value.PAGERDUTY_API_TOKEN ?? null,
    from: value.PAGERDUTY_FROM ?? null,
    webhookSecrets: value.PAGERDUTY_WEBHOOK_SECRETS,
    eventsUrl: value.PAGERDUTY_EVENTS_URL ?? null,
    apiUrl: value.PAGERDUTY_API_URL ?? null,
  };
}

function signInOf({
  SLACK_CLIENT_ID,
  SLACK_CLIENT_SECRET,
  SLACK_TEAM_ID,
  SLACK_SIGN_IN_URL,
}: EnvironmentValues): AppConfig["signIn"] {
  if (SLACK_CLIENT_ID === undefined || SLACK_CLIENT_SECRET === undefined || SLACK_TEAM_ID === undefined) return null;
  return {
    clientId: SLACK_CLIENT_ID,
    clientSecret: SLACK_CLIENT_SECRET,
    team: SLACK_TEAM_ID,
    url: SLACK_SIGN_IN_URL?.replace(/\/+$/, "") ?? null,
  };
}

/** The policy in a file. A missing file is an empty one, unless it was asked for by name. */
export function loadPolicy(
  file: string,
  mustExist: boolean,
): { readonly policy: Policy | null; readonly problems: readonly PolicyProblem[] } {
  if (!existsSync(file)) {
    if (mustExist)
      return {
        policy: null,
        problems: [{ file, line: null, path: "", message: "no such file; MUSTER_CONFIG names it" }],
      };
    return readPolicy("", file);
  }
  try {
    return readPolicy(readFileSync(file, "utf8"), file);
  } catch (error) {
    return {
      policy: null,
      problems: [
        {
          file,
          line: null,
          path: "",
          message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        },
      ],
    };
  }
}

/** "muster.yaml:12: teams.payments.oncall.0: nobody called …" */
export function formatPolicyProblem({ file, line, path, message }: PolicyProblem): string {
  return `${file}${line === null ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

function hostAndPort(text: string): { host: string; port: number } {
  const [host, port] = text.split(":");
  return { host: host ?? "", port: Number(port) };
}
