import type { Chat } from "#ports/chat.ts";
import { ignoreCodes, type SlackCaller, type SlackClient } from "./client.ts";
import { findMessage, type HistoryMessage } from "./earlier-attempt.ts";
import { sendEphemeral } from "./ephemeral-message.ts";
import { renderMessage } from "./render-message.ts";
import { readMessage } from "./read-message.ts";
import type { createSlackPeople } from "./slack-people.ts";

/** How our messages say which request they come from; invisible to people. */
const EVENT_TYPE = "muster";

/** Messages: written, changed, read and marked. */
export function slackPosts(
  client: SlackClient,
  people: ReturnType<typeof createSlackPeople>,
): Pick<Chat, "post" | "edit" | "pin" | "whisper" | "direct" | "message" | "react"> {
  const { call } = client;
  const post = postOnce(call);
  return {
    post,

    async edit(channel, id, message, ask) {
      await call("chat.update", { channel, ts: id, ...renderMessage(message) }, ask);
    },

    async pin(channel, id, ask) {
      await ignoreCodes(["already_pinned"], call("pins.add", { channel, timestamp: id }, ask));
    },

    whisper: (to, message, ask) => sendEphemeral(client, to, message, ask),

    async direct(user, message, ask) {
      const { channel } = await call<{ channel: { id: string } }>("conversations.open", { users: user }, ask);
      await post(channel.id, message, ask);
    },

    message: (channel, id, _, ask) => readMessage(call, people, channel, id, ask),

    async react(channel, id, emoji, there, ask) {
      const work = call(there ? "reactions.add" : "reactions.remove", { channel, timestamp: id, name: emoji }, ask);
      await ignoreCodes(there ? ["already_reacted", "message_not_found"] : ["no_reaction", "message_not_found"], work);
    },
  };
}

/** Posts a message unless an earlier attempt left it there. */
function postOnce(call: SlackCaller): Chat["post"] {
  return async (channel, message, ask) => {
    const note = message.note ?? "";
    if (ask.unsure) {
      const there = await findMessage(
        call,
        channel,
        ask,
        ({ metadata }) => metadata?.event_type === EVENT_TYPE && metadata.event_payload?.["key"] === ask.key,
      );
      if (there !== null) return { id: there.message.ts, channel: there.channel, note: noteOf(there.message) };
    }
    const metadata = { event_type: EVENT_TYPE, event_payload: { key: ask.key, note } };
    const { ts, channel: id } = await call<{ ts: string; channel: string }>(
      "chat.postMessage",
      { channel, ...renderMessage(message), metadata, unfurl_links: false, unfurl_media: false },
      ask,
    );
    return { id: ts, channel: id, note };
  };
}

function noteOf({ metadata }: HistoryMessage): string {
  const note = metadata?.event_payload?.["note"];
  return typeof note === "string" ? note : "";
}
