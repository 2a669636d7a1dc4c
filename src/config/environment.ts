import { existsSync } from "node:fs";
import { z } from "zod";
import { PROJECT_PATTERN, REPO_PATTERN } from "#domain/policy/policy.ts";

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

/** The settings by their names in the environment. */
export const EnvironmentSchema = z.object({
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
  GITHUB_REPO: z.string().regex(REPO_PATTERN, "expected owner/name").optional(),
  GITHUB_API_URL: url("http:", "https:"),
  JIRA_URL: url("http:", "https:"),
  JIRA_EMAIL: z.email().optional(),
  JIRA_TOKEN: text,
  JIRA_PROJECT: z.string().regex(PROJECT_PATTERN, "expected a project key such as OPS").optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional(),
});

export type EnvironmentValues = z.output<typeof EnvironmentSchema>;

/** What cannot be set together, or not without each other: each with the setting to change. */
export function settingConflicts(value: EnvironmentValues): string[] {
  const problems: string[] = [];
  if (value.REDIS_URL !== undefined && value.DATABASE_URL === undefined)
    problems.push("DATABASE_URL: must be set with REDIS_URL; Redis only hurries, PostgreSQL remembers");
  const { SLACK_BOT_TOKEN: bot, SLACK_SIGNING_SECRET: secret, SLACK_APP_TOKEN: app } = value;
  if (bot !== undefined && secret === undefined && app === undefined)
    problems.push(
      "SLACK_SIGNING_SECRET: must be set with SLACK_BOT_TOKEN (app page, Basic Information); or SLACK_APP_TOKEN for Socket Mode",
    );
  if (bot === undefined && (secret !== undefined || app !== undefined))
    problems.push(
      `SLACK_BOT_TOKEN: must be set with ${secret === undefined ? "SLACK_APP_TOKEN" : "SLACK_SIGNING_SECRET"} (app page, OAuth & Permissions)`,
    );
  if (app !== undefined && !app.startsWith("xapp-"))
    problems.push("SLACK_APP_TOKEN: expected an app-level token, which starts with xapp-");
  if (value.SLACK_BOT_TOKEN !== undefined && !value.SLACK_BOT_TOKEN.startsWith("xoxb-"))
    problems.push("SLACK_BOT_TOKEN: expected a bot token, which starts with xoxb-");
  const signIn = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_TEAM_ID"] as const;
  if (signIn.some((name) => value[name] !== undefined))
    for (const name of signIn)
      if (value[name] === undefined)
        problems.push(
          `${name}: SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM_ID must be set together (Sign in with Slack)`,
        );
  if (value.PAGERDUTY_API_TOKEN !== undefined && value.PAGERDUTY_FROM === undefined)
    problems.push(
      "PAGERDUTY_FROM: must be set with PAGERDUTY_API_TOKEN: the e-mail address of a PagerDuty user, in whose name notes are written",
    );
  if (value.GITHUB_REPO !== undefined && value.GITHUB_TOKEN === undefined)
    problems.push(
      "GITHUB_TOKEN: must be set with GITHUB_REPO: a fine-grained token with Issues: read and write (Settings → Developer settings)",
    );
  const jira = ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"] as const;
  if ([...jira, "JIRA_PROJECT" as const].some((name) => value[name] !== undefined))
    for (const name of jira)
      if (value[name] === undefined) problems.push(`${name}: JIRA_URL, JIRA_EMAIL and JIRA_TOKEN must be set together`);
  if (value.KUBECONFIG !== undefined && value.KUBECONFIG !== "in-cluster" && !existsSync(value.KUBECONFIG))
    problems.push(
      `KUBECONFIG: there is no file ${value.KUBECONFIG}; name one kubeconfig, or write in-cluster for the service account of Muster's own pod`,
    );
  for (const each of value.REDIS_SENTINELS)
    if (!/^[^:\s]+:\d{1,5}$/.test(each)) problems.push(`REDIS_SENTINELS: "${each}" is no host:port`);
  return problems;
}
