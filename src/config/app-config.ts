import { existsSync, readFileSync } from "node:fs";
import { readPolicy, type PolicyProblem } from "./policy-file.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { PolicyVendors } from "#domain/policy/policy-vendors.ts";
import type { ConfiguredTracker, TrackerDefinition } from "#ports/tracker.ts";
import { policyVendors, POLICY_VENDORS, TRACKER_LIST } from "./vendor-lists.ts";
import { suspiciousSettings, setupWarnings } from "./setup-warnings.ts";
import { environmentWith, settingConflicts, type EnvironmentValues } from "./environment.ts";
import type { AlertmanagerAddress } from "#integrations/alertmanager/settings.ts";
import { readGitHubSettings, type GitHubSettings } from "#integrations/github/settings.ts";
import { readPagerDutySettings, type PagerDutySettings } from "#integrations/pagerduty/settings.ts";
import {
  readSlackSettings,
  readSlackSignIn,
  type SlackAppSettings,
  type SlackSignInSettings,
} from "#integrations/slack/settings.ts";

/** Everything that is set from outside, checked, frozen. The only reader of process.env. */
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
  readonly slack: SlackAppSettings | null;
  readonly signIn: SlackSignInSettings | null;
  readonly alertmanagers: readonly AlertmanagerAddress[];
  /** A user and password in it are sent as basic authentication. */
  readonly prometheusUrl: string | null;
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
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  trackers: readonly TrackerDefinition[] = TRACKER_LIST,
): AppConfig {
  const environment = environmentWith(trackers);
  const vendors = policyVendors(trackers);
  // An empty variable is one that is not set: compose files and shells produce them.
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const policyFile = env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems: policyProblems } = loadPolicy(policyFile, Boolean(env["MUSTER_CONFIG"]), vendors);
  problems.push(...policyProblems.map(formatPolicyProblem));
  if (!parsed.success) throw new BadConfig(problems);
  const value = parsed.data;
  problems.push(...settingConflicts(value, trackers));
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
    webhookTokens: value.MUSTER_WEBHOOK_TOKENS,
    apiTokens: value.MUSTER_API_TOKENS,
    slack: readSlackSettings(value),
    signIn: readSlackSignIn(value),
    pagerduty: readPagerDutySettings(value, policy),
    github: readGitHubSettings(value),
    policyVendors: vendors,
    trackers: configured,
    alertmanagers: value.ALERTMANAGER_URL,
    prometheusUrl: value.PROMETHEUS_URL?.replace(/\/+$/, "") ?? null,
    kubeconfig: value.KUBECONFIG ?? null,
    log: { level: value.LOG_LEVEL, format: value.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json") },
    policy,
    variable: (name) => env[name] || null,
    secrets: secretsIn(env),
    missing: [
      ...setupWarnings(value, policy, configured),
      ...suspiciousSettings(env, value, policy, Object.keys(environment.shape)),
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

function redisOf(value: EnvironmentValues): AppConfig["redis"] {
  if (value.REDIS_URL === undefined) return null;
  return {
    url: value.REDIS_URL,
    sentinels: value.REDIS_SENTINELS.map(hostAndPort),
    sentinelName: value.REDIS_SENTINEL_NAME,
  };
}

/** The policy in a file. A missing file is an empty one, unless it was asked for by name. */
export function loadPolicy(
  file: string,
  mustExist: boolean,
  vendors: PolicyVendors = POLICY_VENDORS,
): { readonly policy: Policy | null; readonly problems: readonly PolicyProblem[] } {
  if (!existsSync(file)) {
    if (mustExist)
      return {
        policy: null,
        problems: [{ file, line: null, path: "", message: "no such file; MUSTER_CONFIG names it" }],
      };
    return readPolicy("", file, vendors);
  }
  try {
    return readPolicy(readFileSync(file, "utf8"), file, vendors);
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

/** "muster.yaml:12: teams.payments.oncall.0: no one called …" */
export function formatPolicyProblem({ file, line, path, message }: PolicyProblem): string {
  return `${file}${line === null ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

function hostAndPort(text: string): { host: string; port: number } {
  const [host, port] = text.split(":");
  return { host: host ?? "", port: Number(port) };
}
