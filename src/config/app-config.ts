import { existsSync, readFileSync } from "node:fs";
import { automationVariables } from "#domain/policy/automation-policy.ts";
import { readPolicy, type PolicyProblem } from "./policy-file.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { PolicyVendors } from "#domain/policy/policy-vendors.ts";
import type { ConfiguredTracker, TrackerDefinition } from "#ports/tracker.ts";
import { policyVendors, POLICY_VENDORS, TRACKER_LIST } from "./vendor-lists.ts";
import { isExposed } from "./exposure.ts";
import { readVariable, withSettingFiles } from "./setting-files.ts";
import { suspiciousSettings, setupWarnings } from "./setup-warnings.ts";
import { environmentWith, settingConflicts, type EnvironmentValues } from "./environment.ts";
import type { AlertmanagerAddress } from "#integrations/alertmanager/settings.ts";
import { readGitHubSettings, type GitHubSettings } from "#integrations/github/settings.ts";
import { readOidcSettings, type OidcSettings } from "#integrations/oidc/settings.ts";
import { readPagerDutySettings, type PagerDutySettings } from "#integrations/pagerduty/settings.ts";
import {
  readSlackSettings,
  readSlackSignIn,
  type SlackAppSettings,
  type SlackSignInSettings,
} from "#integrations/slack/settings.ts";

/** Everything that is set from outside, checked, frozen. */
export type AppConfig = {
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  readonly policyFile: string;
  readonly runbooks: string;
  /** False: no step of any runbook starts, even when it is approved. */
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
  /** Whether PUBLIC_URL leads others here: then nothing is open to programs on this machine alone. */
  readonly exposed: boolean;
  /** Addresses and networks of the proxies that may say for whom they ask. */
  readonly trustedProxies: readonly string[];
  /** `port`: where /metrics and the details of /health are, instead of at `port` of all. */
  readonly metrics: { readonly tokens: readonly string[]; readonly port: number | null };
  readonly slack: SlackAppSettings | null;
  readonly signIn: SlackSignInSettings | null;
  readonly oidc: OidcSettings | null;
  readonly alertmanagers: readonly AlertmanagerAddress[];
  /** A user and password in it are sent as basic authentication. */
  readonly prometheusUrl: string | null;
  /** Where runbooks search logs, and as which tenant; null: nowhere. */
  readonly loki: { readonly url: string; readonly tenant: string | null } | null;
  /** A file, or "in-cluster": the service account of the pod that we run in. */
  readonly kubeconfig: string | null;
  readonly pagerduty: PagerDutySettings | null;
  readonly github: GitHubSettings | null;
  /** What the policy is read with, each time. */
  readonly policyVendors: PolicyVendors;
  /** Every tracker, and how it is set up. */
  readonly trackers: readonly ConfiguredTracker[];
  readonly log: {
    readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
    readonly format: "json" | "pretty";
  };
  readonly policy: Policy;
  /** The text that the policy was read from; "" without a file. */
  readonly policyText: string;
  /** The value of a variable that the policy names; null: it is not set. */
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
 * Reads the settings and the policy file; with `inForce`, the text of a policy that is in force already, not the file.
 * @throws BadConfig with all that is wrong, never only the first
 */
export function readConfig(
  given: Readonly<Record<string, string | undefined>>,
  trackers: readonly TrackerDefinition[] = TRACKER_LIST,
  inForce: string | null = null,
): AppConfig {
  const environment = environmentWith(trackers);
  const vendors = policyVendors(trackers);
  const files = withSettingFiles(given, Object.keys(environment.shape));
  const { env } = files;
  // An empty variable is one that is not set: compose files and shells produce them.
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  const problems = [
    ...files.problems,
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  ];
  const policyFile = env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, text: policyText, problems: policyProblems } = policyOf(env, inForce, vendors);
  problems.push(...policyProblems.map(formatPolicyProblem));
  if (!parsed.success) throw new BadConfig(problems);
  const value = parsed.data;
  const named = policy === null ? [] : automationVariables(policy.automation).map(({ name }) => name);
  const sources = withSettingFiles(env, named);
  problems.push(...settingConflicts(value, trackers), ...sources.problems);
  if (problems.length > 0 || policy === null) throw new BadConfig(problems);

  const configured = trackers.map((tracker) => ({ tracker, access: tracker.access(value) }));
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
    ...accessSettings(value),
    slack: readSlackSettings(value),
    signIn: readSlackSignIn(value),
    oidc: readOidcSettings(value),
    pagerduty: readPagerDutySettings(value, policy),
    github: readGitHubSettings(value),
    policyVendors: vendors,
    trackers: configured,
    alertmanagers: value.ALERTMANAGER_URL,
    prometheusUrl: value.PROMETHEUS_URL?.replace(/\/+$/, "") ?? null,
    loki:
      value.LOKI_URL === undefined
        ? null
        : { url: value.LOKI_URL.replace(/\/+$/, ""), tenant: value.LOKI_TENANT ?? null },
    kubeconfig: value.KUBECONFIG ?? null,
    log: { level: value.LOG_LEVEL, format: value.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json") },
    policy,
    policyText,
    variable: (name) => readVariable(env, name),
    secrets: secretsIn(sources.env, policy),
    missing: [
      ...setupWarnings(value, policy, configured),
      ...suspiciousSettings(env, value, policy, Object.keys(environment.shape)),
    ],
  });
}

/** The policy in force, or else that of the file which the environment names. */
function policyOf(
  env: Readonly<Record<string, string | undefined>>,
  inForce: string | null,
  vendors: PolicyVendors,
): ReturnType<typeof loadPolicy> {
  const file = env["MUSTER_CONFIG"] || "muster.yaml";
  return inForce === null
    ? loadPolicy(file, Boolean(env["MUSTER_CONFIG"]), vendors)
    : { ...readPolicy(inForce, file, vendors), text: inForce };
}

/** Who gets in. */
function accessSettings(
  value: EnvironmentValues,
): Pick<AppConfig, "webhookTokens" | "apiTokens" | "exposed" | "trustedProxies" | "metrics"> {
  return {
    webhookTokens: value.MUSTER_WEBHOOK_TOKENS,
    apiTokens: value.MUSTER_API_TOKENS,
    exposed: isExposed(value),
    trustedProxies: value.MUSTER_TRUSTED_PROXIES,
    metrics: { tokens: value.MUSTER_METRICS_TOKENS, port: value.MUSTER_METRICS_PORT ?? null },
  };
}

/** Every value of the environment that is one by its name, or has a password in it as an address, or that a host is shown. */
function secretsIn(env: Readonly<Record<string, string | undefined>>, { automation }: Policy): readonly string[] {
  const named = automation.hosts.flatMap(({ auth }) => (auth === null ? [] : [auth.env]));
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value.length < 6 || name.endsWith("_FILE")) return [];
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [
      ...(/TOKEN|SECRET|PASSW|_KEY$|_PWD$/.test(name) ? value.split(",") : []),
      ...(named.includes(name) ? [value] : []),
      ...(password === "" ? [] : [password, value]),
    ];
  });
}

function redisOf(value: EnvironmentValues): AppConfig["redis"] {
  if (value.REDIS_URL === undefined) return null;
  return {
    url: value.REDIS_URL,
    sentinels: value.REDIS_SENTINELS.map(hostAndPort),
    sentinelName: value.REDIS_SENTINEL_NAME,
  };
}

/** The policy in a file, and its text. A missing file is an empty one, unless it was asked for by name. */
export function loadPolicy(
  file: string,
  mustExist: boolean,
  vendors: PolicyVendors = POLICY_VENDORS,
): { readonly policy: Policy | null; readonly text: string; readonly problems: readonly PolicyProblem[] } {
  if (!existsSync(file)) {
    if (mustExist)
      return {
        policy: null,
        text: "",
        problems: [{ file, line: null, path: "", message: "no such file; MUSTER_CONFIG names it" }],
      };
    return { ...readPolicy("", file, vendors), text: "" };
  }
  try {
    const text = readFileSync(file, "utf8");
    return { ...readPolicy(text, file, vendors), text };
  } catch (error) {
    return {
      policy: null,
      text: "",
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

/** "muster.yaml:12: teams.payments.oncall.0: no one called …" */
export function formatPolicyProblem({ file, line, path, message }: PolicyProblem): string {
  return `${file}${line === null ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

function hostAndPort(text: string): { host: string; port: number } {
  const [host, port] = text.split(":");
  return { host: host ?? "", port: Number(port) };
}

/** The functions of SQL that the policy of this folder lets in; none where it has errors, which its own check lists. */
export function policyFunctions(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return loadPolicy(env["MUSTER_CONFIG"] || "muster.yaml", false).policy?.automation.functions ?? [];
}
