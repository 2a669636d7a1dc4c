import type { ChatPolicyKeys } from "#domain/policy/policy-vendors.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import { isWorkspaceMember, readSlackMentions } from "./render-text.ts";

export const SLACK_PLATFORM: ChatPlatform = {
  title: "Slack",
  personKey: "slack",
  isMember: isWorkspaceMember,
  readMentions: readSlackMentions,
  signInSettings: "set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM_ID",
};

/** How the policy names people and user groups of Slack. */
export const SLACK_POLICY_KEYS: ChatPolicyKeys = {
  personKey: SLACK_PLATFORM.personKey,
  personId: /^[UW][A-Z0-9]+$/,
  personIdHint: "expected a Slack member id such as U012AB3CD",
  groupId: /S[A-Z0-9]{5,}/,
};
