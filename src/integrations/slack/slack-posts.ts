import { z } from "zod";
import type { Chat } from "#ports/chat.ts";
import { ignoreCodes, OpenedConversation, type SlackCaller, type SlackClient } from "./client.ts";
import { findMessage, type HistoryMessage } from "./earlier-attempt.ts";
import { sendEphemeral } from "./ephemeral-message.ts";
import { renderMessage } from "./render-message.ts";
import { readMessage } from "./read-message.ts";
import type { createSlackPeople } from "./slack-people.ts";

/** The hidden mark of our messages with the key of their request. */
const EVENT_TYPE = "muster";

const Posted = z.object({ ts: z.string(), channel: z.string() });
const Permalink = z.object({ permalink: z.string() });

/** Messages: written, changed, read and marked. */
export function slackPosts(
  client: SlackClient,
  people: ReturnType<typeof createSlackPeople>,
): Pick<Chat, "post" | "edit" | "messageUrl" | "pin" | "sendEphemeral" | "direct" | "message" | "react"> {
  const { call } = client;
  const post = postOnce(call);
  return {
    post,

    async edit(channel, id, message, attempt) {
      await call("chat.update", { channel, ts: id, ...renderMessage(message) }, attempt);
    },

    async messageUrl(channel, id, attempt) {
      return (await call("chat.getPermalink", { channel, message_ts: id }, attempt, Permalink)).permalink;
    },

    async pin(channel, id, attempt) {
      await ignoreCodes(["already_pinned"], call("pins.add", { channel, timestamp: id }, attempt));
    },

    sendEphemeral: (to, message, attempt) => sendEphemeral(client, to, message, attempt),

    async direct(user, message, attempt) {
      const { channel } = await call("conversations.open", { users: user }, attempt, OpenedConversation);
      const { id } = await post(channel.id, message, attempt);
      return { id, channel: channel.id };
    },

    message: (channel, id, _, attempt) => readMessage(call, people, channel, id, attempt),

    async react(channel, id, emoji, there, attempt) {
      const work = call(there ? "reactions.add" : "reactions.remove", { channel, timestamp: id, name: emoji }, attempt);
      await ignoreCodes(there ? ["already_reacted", "message_not_found"] : ["no_reaction", "message_not_found"], work);
    },
  };
}

/** Posts a message unless an earlier attempt left it there. */
function postOnce(call: SlackCaller): Chat["post"] {
  return async (channel, message, attempt) => {
    const note = message.note ?? "";
    if (attempt.unsure) {
      const there = await findMessage(
        call,
        channel,
        attempt,
        ({ metadata }) => metadata?.event_type === EVENT_TYPE && metadata.event_payload?.["key"] === attempt.key,
        message.thread,
      );
      if (there !== null) return { id: there.message.ts, channel: there.channel, note: noteOf(there.message) };
    }
    const thread = message.thread === undefined ? {} : { thread_ts: message.thread };
    const metadata = { event_type: EVENT_TYPE, event_payload: { key: attempt.key, note } };
    const { ts, channel: id } = await call(
      "chat.postMessage",
      { channel, ...renderMessage(message), ...thread, metadata, unfurl_links: false, unfurl_media: false },
      attempt,
      Posted,
    );
    return { id: ts, channel: id, note };
  };
}

function noteOf({ metadata }: HistoryMessage): string {
  const note = metadata?.event_payload?.["note"];
  return typeof note === "string" ? note : "";
}
