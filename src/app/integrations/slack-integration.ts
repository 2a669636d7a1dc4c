import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { mountClosedDoor } from "./slack-closed-door.ts";
import type { Integration } from "./integration.ts";

export const slackIntegration: Integration = {
  name: "slack",
  title: SLACK_PLATFORM.title,
  platform: SLACK_PLATFORM,
  async connect(setup) {
    const { slack, signIn } = setup.config;
    return {
      ...(slack === null
        ? { mountDoors: mountClosedDoor("Slack is not set up: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET") }
        : {}),
      ...(slack === null && signIn === null ? {} : (await import("./slack-connect.ts")).connectSlack(setup)),
    };
  },
  setup: {
    offers: "chat",
    isSetUp: ({ slack }) => slack !== null,
    hint: "Set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET or (for Socket Mode) SLACK_APP_TOKEN, to use Slack",
  },
  check: async (config, clock) => (await import("./slack-check.ts")).checkSlack(config, clock),
};
