import { randomUUID } from "node:crypto";
import { type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { deliverSigned, type SlackDelivery, type ProductEndpoint } from "./signed-delivery.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** Someone does something in a channel. `as` is a person's id. */
type InChannel = ProductEndpoint & { readonly as: string; readonly channelId: string };
type OnMessage = InChannel & { readonly ts: string };

/** A message that someone wrote, and what the product answered when it heard of it. */
export type SentMessage = { readonly ts: string; readonly delivery: SlackDelivery };

/** What people do in the workspace itself: it really happens there, and Slack tells the product as an event. */
export type ChannelActivity = {
  /** Writes a message; one that begins with `@muster` is a mention of the app, which Slack tells as such. */
  says(what: InChannel & { readonly text: string; readonly threadTs?: string }): Promise<SentMessage>;
  reacts(what: OnMessage & { readonly emoji: string }): Promise<SlackDelivery>;
  unreacts(what: OnMessage & { readonly emoji: string }): Promise<SlackDelivery>;
  edits(what: OnMessage & { readonly text: string }): Promise<SlackDelivery>;
  /** Deletes; of a message with replies a tombstone stays, which Slack tells as an edit. */
  deletes(what: OnMessage): Promise<SlackDelivery>;
  joins(what: InChannel): Promise<SlackDelivery>;
  leaves(what: InChannel): Promise<SlackDelivery>;
  renames(what: Omit<InChannel, "as"> & { readonly name: string }): Promise<SlackDelivery>;
  opensHome(what: ProductEndpoint & { readonly as: string }): Promise<SlackDelivery>;
  /** Any event, as Slack would tell it. */
  sendEvent(product: ProductEndpoint, event: JsonObject): Promise<SlackDelivery>;
};

const now = (): string => (wallClock() / 1_000).toFixed(6);

/** Lets people act by other means than the product's commands, buttons and forms. */
export function createChannelActivity(workspace: SlackWorkspace): ChannelActivity {
  const { bot } = workspace;
  const delivers: ChannelActivity["sendEvent"] = (product, event) => {
    const envelope = {
      token: "verification",
      team_id: bot.teamId,
      api_app_id: bot.appId,
      event: { event_ts: now(), ...event },
      type: "event_callback",
      event_id: `Ev${randomUUID().replaceAll("-", "").slice(0, 10).toUpperCase()}`,
      event_time: Math.floor(wallClock() / 1_000),
      authorizations: [
        { enterprise_id: null, team_id: bot.teamId, user_id: bot.userId, is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: false,
      event_context: randomUUID(),
    };
    return deliverSigned(product, JSON.stringify(envelope), "application/json", "");
  };
  const does = async (method: string, body: JsonObject, as?: string): Promise<MethodAnswer> => {
    const answer = await workspace.call(method, body, as);
    if (!answer.ok) throw new Error(`${as ?? "the bot"} cannot ${method}: ${answer.error ?? "?"}`);
    return answer;
  };
  const inThread = async (channel: string, ts: string): Promise<JsonObject[]> => {
    const { messages } = await workspace.call("conversations.replies", { channel, ts });
    return Array.isArray(messages) ? (messages as JsonObject[]) : [];
  };
  const react = async (
    type: "reaction_added" | "reaction_removed",
    { as, channelId, ts, emoji, ...product }: Parameters<ChannelActivity["reacts"]>[0],
  ): Promise<SlackDelivery> => {
    await does(
      type === "reaction_added" ? "reactions.add" : "reactions.remove",
      { channel: channelId, timestamp: ts, name: emoji },
      as,
    );
    return delivers(product, { type, user: as, reaction: emoji, item: { type: "message", channel: channelId, ts } });
  };
  const moves =
    (type: "member_joined_channel" | "member_left_channel", method: string) =>
    async ({ as, channelId, ...product }: InChannel): Promise<SlackDelivery> => {
      await does(method, { channel: channelId }, as);
      return delivers(product, { type, user: as, channel: channelId, channel_type: "C", team: bot.teamId });
    };

  return {
    sendEvent: delivers,
    says: async ({ as, channelId, text, threadTs, ...product }) => {
      const mentions = text.startsWith("@muster");
      const reply = text.replace(/^@muster/, `<@${bot.userId}>`);
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      const ts = stringOrEmpty((await does("chat.postMessage", { channel: channelId, text: reply, ...thread }, as)).ts);
      const event = { user: as, text: reply, ts, channel: channelId, ...thread };
      const received = await delivers(product, { type: "message", channel_type: "channel", ...event });
      return { ts, delivery: mentions ? await delivers(product, { type: "app_mention", ...event }) : received };
    },
    reacts: (what) => react("reaction_added", what),
    unreacts: (what) => react("reaction_removed", what),
    edits: async ({ as, channelId, ts, text, ...product }) => {
      const before = (await inThread(channelId, ts)).find((message) => message.ts === ts);
      await does("chat.update", { channel: channelId, ts, text }, as);
      const message = { ...before, text, edited: { user: as, ts: now() } };
      return delivers(product, {
        type: "message",
        subtype: "message_changed",
        hidden: true,
        channel: channelId,
        ts: now(),
        message,
        previous_message: before,
      });
    },
    deletes: async ({ as, channelId, ts, ...product }) => {
      const [before, ...replies] = await inThread(channelId, ts);
      await does("chat.delete", { channel: channelId, ts }, as);
      const common = { type: "message", hidden: true, channel: channelId, ts: now(), previous_message: before };
      const tombstone = {
        ...before,
        subtype: "tombstone",
        user: "USLACKBOT",
        text: "This message was deleted.",
        hidden: true,
      };
      return delivers(
        product,
        replies.length > 0
          ? { ...common, subtype: "message_changed", message: tombstone }
          : { ...common, subtype: "message_deleted", deleted_ts: ts },
      );
    },
    joins: moves("member_joined_channel", "conversations.join"),
    leaves: moves("member_left_channel", "conversations.leave"),
    renames: async ({ channelId, name, ...product }) => {
      // The emulator lets only whoever made a channel rename it.
      await does("conversations.rename", { channel: channelId, name });
      return delivers(product, {
        type: "channel_rename",
        channel: { id: channelId, name, created: Math.floor(wallClock() / 1_000) },
      });
    },
    opensHome: ({ as, ...product }) =>
      delivers(product, { type: "app_home_opened", user: as, channel: `D${as.slice(1)}`, tab: "home" }),
  };
}
