import { z } from "zod";
import { settingText, settingUrl } from "#domain/values/setting-values.ts";

export const SlackEnvironment = z.object({
  SLACK_BOT_TOKEN: settingText,
  SLACK_SIGNING_SECRET: settingText,
  SLACK_APP_TOKEN: settingText,
  SLACK_CLIENT_ID: settingText,
  SLACK_CLIENT_SECRET: settingText,
  SLACK_TEAM_ID: z
    .string()
    .regex(/^T[A-Z0-9]{2,}$/, "expected the id of a workspace, such as T0123ABCD")
    .optional(),
  SLACK_SIGN_IN_URL: settingUrl("http:", "https:"),
  SLACK_API_URL: settingUrl("http:", "https:"),
});
type Values = z.output<typeof SlackEnvironment>;

/** `appToken` selects Socket Mode. */
export type SlackAppSettings = {
  readonly botToken: string;
  readonly signingSecret: string;
  readonly appToken: string | null;
  /** The workspace that is ours while Slack itself has not answered which one is; null: it is not set. */
  readonly team: string | null;
  readonly apiUrl: string | null;
};

/** Sign in with Slack. */
export type SlackSignInSettings = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Only its people come in: an app may be installed in several workspaces. */
  readonly team: string;
  /** Slack's own unless it is emulated. */
  readonly url: string | null;
};

/** null: it is not set up. */
export function readSlackSettings(value: Values): SlackAppSettings | null {
  const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_APP_TOKEN, SLACK_TEAM_ID, SLACK_API_URL } = value;
  if (SLACK_BOT_TOKEN === undefined || (SLACK_SIGNING_SECRET === undefined && SLACK_APP_TOKEN === undefined))
    return null;
  return {
    botToken: SLACK_BOT_TOKEN,
    // Socket Mode has no requests, and so nothing to check a signature of.
    signingSecret: SLACK_SIGNING_SECRET ?? "",
    appToken: SLACK_APP_TOKEN ?? null,
    team: SLACK_TEAM_ID ?? null,
    apiUrl: SLACK_API_URL ?? null,
  };
}

export function readSlackSignIn(value: Values): SlackSignInSettings | null {
  const { SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_TEAM_ID, SLACK_SIGN_IN_URL } = value;
  if (SLACK_CLIENT_ID === undefined || SLACK_CLIENT_SECRET === undefined || SLACK_TEAM_ID === undefined) return null;
  return {
    clientId: SLACK_CLIENT_ID,
    clientSecret: SLACK_CLIENT_SECRET,
    team: SLACK_TEAM_ID,
    url: SLACK_SIGN_IN_URL?.replace(/\/+$/, "") ?? null,
  };
}

/** What cannot be set together, or not without each other: each with the setting to change. */
export function slackConflicts(value: Values): readonly string[] {
  const problems: string[] = [];
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
  if (bot !== undefined && !bot.startsWith("xoxb-"))
    problems.push("SLACK_BOT_TOKEN: expected a bot token, which starts with xoxb-");
  const signIn = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_TEAM_ID"] as const;
  // The workspace alone is whose members Muster serves.
  const isTeamAlone =
    bot !== undefined && value.SLACK_CLIENT_ID === undefined && value.SLACK_CLIENT_SECRET === undefined;
  if (!isTeamAlone && signIn.some((name) => value[name] !== undefined))
    for (const name of signIn)
      if (value[name] === undefined)
        problems.push(
          `${name}: SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM_ID must be set together (Sign in with Slack)`,
        );
  return problems;
}
