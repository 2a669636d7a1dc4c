import type { Chat } from "#ports/chat.ts";
import type { SlackClient } from "./client.ts";
import { slackChannels } from "./slack-channels.ts";
import { slackFiles } from "./slack-files.ts";
import { slackForms } from "./slack-forms.ts";
import { createSlackPeople } from "./slack-people.ts";
import { slackPosts } from "./slack-posts.ts";
import { SLACK_PLATFORM } from "./slack-platform.ts";

/** Slack as a chat workspace. `monotonic`: ms that go on evenly. `ourTeam`: see `createSlackPeople`. */
export function createSlackChat(client: SlackClient, monotonic: () => number, ourTeam: string | null = null): Chat {
  const { call } = client;
  const people = createSlackPeople(call, monotonic, ourTeam);
  return {
    name: "slack",
    title: SLACK_PLATFORM.title,
    ...slackChannels(call),
    ...slackPosts(client, people),
    ...slackFiles(call),
    ...slackForms(call),
    isMember: SLACK_PLATFORM.isMember,
    readMentions: SLACK_PLATFORM.readMentions,
    person: people.person,
    standing: people.standing,
    group: people.group,
    groupId: people.groupId,
    setGroup: people.setGroup,

    ping: people.learnTeam,
  };
}
