import type { ChatPlatform } from "#ports/chat-platform.ts";
import { readSlackMentions } from "./read-message.ts";
import { isWorkspaceMember } from "./render-text.ts";

export const SLACK_PLATFORM: ChatPlatform = {
  title: "Slack",
  personKey: "slack",
  isMember: isWorkspaceMember,
  readMentions: readSlackMentions,
  signInSettings: "set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM_ID",
};
