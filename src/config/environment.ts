import { existsSync } from "node:fs";
import { z } from "zod";
import { settingList as list, settingText as text, settingUrl as url } from "#domain/values/setting-values.ts";
import { AlertmanagerEnvironment } from "#integrations/alertmanager/settings.ts";
import { GitHubEnvironment } from "#integrations/github/settings.ts";
import { oidcConflicts, OidcEnvironment } from "#integrations/oidc/settings.ts";
import { pagerDutyConflicts, PagerDutyEnvironment } from "#integrations/pagerduty/settings.ts";
import { guessableTokens, networkProblems } from "./exposure.ts";
import type { TrackerDefinition } from "#ports/tracker.ts";
import { slackConflicts, SlackEnvironment } from "#integrations/slack/settings.ts";

const port = z.string().transform((given, ctx) => {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  ctx.addIssue({ code: "custom", message: `expected a whole number from 0 to 65535, not "${given}"` });
  return z.NEVER;
});

/** The settings by their names in the environment; those of a vendor stand with it. */
const EnvironmentSchema = z.object({
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
  MUSTER_TRUSTED_PROXIES: list,
  MUSTER_METRICS_TOKENS: list,
  MUSTER_METRICS_PORT: port.optional(),
  ...SlackEnvironment.shape,
  ...AlertmanagerEnvironment.shape,
  PROMETHEUS_URL: url("http:", "https:"),
  LOKI_URL: url("http:", "https:"),
  LOKI_TENANT: z
    .string()
    .regex(/^[\w.*'()|-]{1,150}$/, "no tenant of Loki; write letters, digits, dashes and dots")
    .optional(),
  KUBECONFIG: text,
  ...OidcEnvironment.shape,
  ...PagerDutyEnvironment.shape,
  ...GitHubEnvironment.shape,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional(),
});

export type EnvironmentValues = z.output<typeof EnvironmentSchema>;

/** The same, with the settings of each tracker. */
export function environmentWith(trackers: readonly TrackerDefinition[]): typeof EnvironmentSchema {
  return EnvironmentSchema.extend(
    Object.assign({}, ...trackers.map(({ environment }) => environment.shape)) as Record<never, never>,
  );
}

/** What cannot be set together, or not without each other: each with the setting to change. */
export function settingConflicts(value: EnvironmentValues, trackers: readonly TrackerDefinition[]): string[] {
  const problems: string[] = [];
  if (value.REDIS_URL !== undefined && value.DATABASE_URL === undefined)
    problems.push("DATABASE_URL: must be set with REDIS_URL; Redis only hurries, PostgreSQL remembers");
  problems.push(
    ...slackConflicts(value),
    ...oidcConflicts(value),
    ...pagerDutyConflicts(value),
    ...trackers.flatMap(({ conflicts }) => conflicts(value)),
  );
  if (value.KUBECONFIG !== undefined && value.KUBECONFIG !== "in-cluster" && !existsSync(value.KUBECONFIG))
    problems.push(
      `KUBECONFIG: there is no file ${value.KUBECONFIG}; name one kubeconfig, or write in-cluster for the service account of Muster's own pod`,
    );
  problems.push(...guessableTokens(value), ...networkProblems(value.MUSTER_TRUSTED_PROXIES));
  if (
    value.MUSTER_METRICS_PORT !== undefined &&
    value.MUSTER_METRICS_PORT !== 0 &&
    value.MUSTER_METRICS_PORT === value.PORT
  )
    problems.push("MUSTER_METRICS_PORT: must be another port than PORT");
  for (const each of value.REDIS_SENTINELS)
    if (!/^[^:\s]+:\d{1,5}$/.test(each)) problems.push(`REDIS_SENTINELS: "${each}" is no host:port`);
  return problems;
}
