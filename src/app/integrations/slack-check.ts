import type { AppConfig } from "#config/app-config.ts";
import { missingScopes } from "#integrations/slack/app-manifest.ts";
import { createSlackClient, slackCode } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { Instant } from "#domain/values/language.ts";
import { checkSlackChannels } from "./slack-channel-check.ts";
import type { DoctorFinding } from "./integration.ts";

/** Who the token is of, which scopes it lacks, and which channels of the policy Muster cannot post in. */
export async function checkSlack(config: AppConfig, clock: () => Instant): Promise<readonly DoctorFinding[]> {
  if (config.slack === null) return [{ what: "slack", ok: true, says: "not set up: dry run" }];
  const { web } = createSlackClient({
    token: config.slack.botToken,
    apiUrl: config.slack.apiUrl,
    clock,
    monotonic: clock,
    onCall: () => {},
    allowances: UNLIMITED_ALLOWANCES,
  });
  try {
    const { team, user, response_metadata } = await web.auth.test();
    // Slack names them in a header; where something on the way leaves it out, they are unknown, and none is missed.
    const scopes = response_metadata?.scopes ?? null;
    const missing = scopes === null ? [] : missingScopes(scopes);
    const known: DoctorFinding = {
      what: "slack",
      ok: true,
      says: `Slack knows the token: ${user ?? "the app"} in ${team ?? "the workspace"}${scopes === null ? ". It did not name the token's scopes, so they are not checked" : ""}`,
    };
    return [
      known,
      ...missing.map(({ name, without }): DoctorFinding => ({
        what: "slack",
        ok: false,
        says: `the app lacks the scope ${name}: ${without}. Add it under OAuth & Permissions (or paste the output of "muster manifest") and install the app again.`,
      })),
      ...(await checkSlackChannels(web, config.policy, scopes === null || scopes.includes("chat:write.public"))),
    ];
  } catch (error) {
    const unreachable = slackCode(error) === null;
    return [
      {
        what: "slack",
        ok: false,
        says: unreachable
          ? `Slack cannot be reached at ${config.slack.apiUrl ?? "https://slack.com/api/"}: ${reason(error)}. Check the network, a proxy or firewall on the way${config.slack.apiUrl === null ? "" : ", and SLACK_API_URL"}.`
          : `${reason(error)}. Check SLACK_BOT_TOKEN (app page, OAuth & Permissions).`,
      },
    ];
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
