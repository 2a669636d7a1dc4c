import { stringify } from "yaml";
import { MESSAGE_SHORTCUTS, SLACK_EVENTS, SLASH_COMMANDS } from "./subscriptions.ts";
import { ALL_VERBS } from "#verbs/verb-registry.ts";

/** A permission of the app, the methods and events that need it, and what people miss without it. */
export type SlackScope = { readonly name: string; readonly needs: string; readonly without: string };

/** Everything that the app may do; the manifest asks for it, and `muster doctor` looks whether it was given. */
export const SLACK_SCOPES: readonly SlackScope[] = [
  {
    name: "commands",
    needs: "/incident, message shortcuts",
    without: "no one can use /incident or the message shortcuts",
  },
  { name: "app_mentions:read", needs: "app_mention", without: "mentioning the app in a channel does nothing" },
  {
    name: "channels:manage",
    needs: "conversations.create, .setTopic, .invite, .archive",
    without: "no incident gets a channel",
  },
  {
    name: "channels:read",
    needs: "users.conversations, conversations.info, member_joined_channel",
    without: "a channel that was changed by hand is not put right, and one that an attempt left behind is not found",
  },
  {
    name: "channels:history",
    needs: "conversations.history, .replies, message.channels",
    without: "messages cannot be kept in the timeline, and a message may be posted twice after a crash",
  },
  {
    name: "channels:join",
    needs: "conversations.join",
    without: "Muster does not come back into a channel that it was removed from",
  },
  { name: "groups:write", needs: "conversations.create (private)", without: "private incidents get no channel" },
  {
    name: "groups:read",
    needs: "conversations.info (private)",
    without: "the channels of private incidents are not looked after",
  },
  {
    name: "groups:history",
    needs: "conversations.replies (private), message.groups",
    without: "messages of private incidents cannot be kept in the timeline",
  },
  { name: "chat:write", needs: "chat.postMessage, .update, .postEphemeral", without: "nothing is posted at all" },
  {
    name: "chat:write.public",
    needs: "chat.postMessage without being invited",
    without: "Muster must be invited to every channel where incidents are announced",
  },
  {
    name: "im:write",
    needs: "conversations.open",
    without: "no one gets their role's checklist, a reminder or an answer in a message of their own",
  },
  {
    name: "pins:read",
    needs: "pin_added, pin_removed",
    without: "a message that is pinned in Slack is not kept in the timeline",
  },
  { name: "pins:write", needs: "pins.add", without: "the card is not pinned" },
  { name: "bookmarks:read", needs: "bookmarks.list", without: "there are no links at the top of the channel" },
  { name: "bookmarks:write", needs: "bookmarks.add", without: "there are no links at the top of the channel" },
  {
    name: "reactions:read",
    needs: "reaction_added, reaction_removed",
    without: "📌 on a message does not keep it in the timeline, and ☑️ makes no task of it",
  },
  { name: "reactions:write", needs: "reactions.add, .remove", without: "a kept message is not confirmed" },
  {
    name: "files:write",
    needs: "files.getUploadURLExternal, .completeUploadExternal",
    without: "the postmortem draft is not posted",
  },
  {
    name: "canvases:write",
    needs: "conversations.canvases.create, canvases.edit",
    without: "the postmortem is no canvas of the channel; its versions are posted as files",
  },
  {
    name: "canvases:read",
    needs: "canvases.sections.lookup",
    without: "after a crash Muster does not know its own canvas, and posts files",
  },
  { name: "users:read", needs: "users.info", without: "people are shown by their ids, and times are taken as UTC" },
  {
    name: "users:read.email",
    needs: "users.lookupByEmail",
    without: "people whom the policy knows by e-mail only are not invited",
  },
  {
    name: "usergroups:read",
    needs: "usergroups.list, .users.list",
    without: "permissions for user groups let no one pass",
  },
  {
    name: "usergroups:write",
    needs: "usergroups.users.update",
    without: "user groups of schedules do not follow who is on call",
  },
];

/** The scopes that a token lacks. `granted` is the header x-oauth-scopes of any answer of Slack. */
export function missingScopes(granted: readonly string[]): readonly SlackScope[] {
  return SLACK_SCOPES.filter(({ name }) => !granted.includes(name));
}

/**
 * The app's manifest as YAML, made of what the code listens to. `url` is where Slack reaches Muster; null for Socket Mode,
 * where Muster reaches Slack.
 */
export function renderManifest(url: string | null): string {
  const requestUrl = url === null ? {} : { request_url: `${url.replace(/\/+$/, "")}/slack/events` };
  const commandUrl = url === null ? {} : { url: `${url.replace(/\/+$/, "")}/slack/events` };
  const hint = ALL_VERBS.slice(0, 8)
    .map(({ name }) => name)
    .join(" | ");
  const body = stringify(
    {
      _metadata: { major_version: 1 },
      display_information: {
        name: "Muster",
        description: "Incident response from the alert to the postmortem",
        background_color: "#8b1e3f",
      },
      features: {
        app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
        bot_user: { display_name: "Muster", always_online: true },
        shortcuts: [
          {
            name: "Add to incident timeline",
            type: "message",
            callback_id: MESSAGE_SHORTCUTS.capture,
            description: "Keep this message in the incident's timeline",
          },
          {
            name: "Declare incident",
            type: "message",
            callback_id: MESSAGE_SHORTCUTS.declare,
            description: "Open an incident",
          },
        ],
        slash_commands: SLASH_COMMANDS.map((command) => ({
          command,
          ...commandUrl,
          description: "Declare, command and resolve incidents",
          usage_hint: `${hint} | … (help lists them)`,
          // Mentions arrive as ids, not as names that several people may have.
          should_escape: true,
        })),
      },
      oauth_config: { scopes: { bot: SLACK_SCOPES.map(({ name }) => name) } },
      settings: {
        event_subscriptions: { ...requestUrl, bot_events: [...SLACK_EVENTS] },
        interactivity: { is_enabled: true, ...requestUrl },
        org_deploy_enabled: false,
        socket_mode_enabled: url === null,
        token_rotation_enabled: false,
      },
    },
    { lineWidth: 0 },
  );
  return `${HEAD}${body}`;
}

const HEAD = `# The Slack app of Muster, made by \`muster manifest\` (--url https://… for your address, --socket for Socket Mode).
# https://api.slack.com/apps → Create New App → From a manifest → paste this → Install to Workspace.
#   SLACK_BOT_TOKEN        OAuth & Permissions → Bot User OAuth Token (xoxb-…)
#   SLACK_SIGNING_SECRET   Basic Information → App Credentials → Signing Secret
#   SLACK_APP_TOKEN        Socket Mode only: Basic Information → App-Level Tokens, scope connections:write (xapp-…)
# After a change of the scopes: install the app again. The bot token stays the same.
`;
