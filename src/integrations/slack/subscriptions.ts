// The events that Slack sends the app: the manifest asks for them, and handlers/slack listens.

/** The slash command, under both of its names. */
export const SLASH_COMMANDS = ["/incident", "/inc"] as const;

/** What the message shortcuts are called in the manifest. */
export const MESSAGE_SHORTCUTS = { capture: "capture_message", declare: "declare_from_message" } as const;

/** Every event that the manifest subscribes to. */
export const SLACK_EVENTS = [
  "app_mention",
  "app_home_opened",
  "reaction_added",
  "reaction_removed",
  "pin_added",
  "pin_removed",
  "message.channels",
  "message.groups",
  "member_joined_channel",
  "member_left_channel",
  "channel_rename",
] as const;
