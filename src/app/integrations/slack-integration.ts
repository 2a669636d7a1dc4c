import type { SlackAppSettings } from "#integrations/slack/settings.ts";
import { createSlackClient } from "#integrations/slack/client.ts";
import { isSlackResponseUrl } from "#integrations/slack/ephemeral-message.ts";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { createSlackSignIn } from "#integrations/slack/slack-sign-in.ts";
import { mountSlack } from "#handlers/slack/slack-connection.ts";
import type { DoorLine, DoorMount, Integration, IntegrationOffer, IntegrationSetup } from "./integration.ts";
import { checkSlack } from "./slack-check.ts";

export const slackIntegration: Integration = {
  name: "slack",
  title: SLACK_PLATFORM.title,
  platform: SLACK_PLATFORM,
  connect: (setup) => ({
    ...(setup.config.signIn === null ? {} : { signIn: createSlackSignIn(setup.config.signIn, setup.clock) }),
    ...(setup.config.slack === null
      ? { mountDoors: mountClosed("Slack is not set up: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET") }
      : connectSlack(setup, setup.config.slack)),
  }),
  setup: {
    offers: "chat",
    isSetUp: ({ slack }) => slack !== null,
    hint: "Set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET or (for Socket Mode) SLACK_APP_TOKEN, to use Slack",
  },
  check: checkSlack,
};

function connectSlack(setup: IntegrationSetup, settings: SlackAppSettings): IntegrationOffer {
  const { clock, monotonic, metrics, allowances } = setup;
  const { botToken, apiUrl } = settings;
  const client = createSlackClient({
    token: botToken,
    apiUrl,
    clock,
    monotonic,
    onCall: (made) => metrics.chatCall({ chat: "slack", ...made }),
    allowances,
  });
  return { chat: createSlackChat(client, monotonic), mountDoors: (mount) => openSlackDoors(mount, settings) };
}

function openSlackDoors(mount: DoorMount, settings: SlackAppSettings): DoorLine {
  const { app, door, onError, warn } = mount;
  const { signingSecret, botToken, appToken, apiUrl } = settings;
  const connection = mountSlack(
    app,
    {
      signingSecret,
      token: botToken,
      socket: appToken === null ? null : { appToken, apiUrl },
      isSlacks: (url) => isSlackResponseUrl(url, apiUrl),
      onError,
      warn,
    },
    door,
  );
  if (appToken === null) return connection;
  mountClosed("Socket Mode is on: Slack's requests come over the line that Muster dials")(mount);
  const probe = (): Promise<void> =>
    connection.line() ? Promise.resolve() : Promise.reject(new Error("no line to Slack is open"));
  return { ...connection, checks: [{ name: "slack-line", critical: false, probe }] };
}

/** A closed door that answers why. */
function mountClosed(error: string): (mount: DoorMount) => DoorLine {
  return ({ app }) => {
    app.post("/slack/events", (_, response) => void response.status(404).json({ error }));
    return {};
  };
}
