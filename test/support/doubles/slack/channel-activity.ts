import { randomUUID } from "node:crypto";
import { type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { deliverSigned, type SlackDelivery, type ProductEndpoint } from "./signed-delivery.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** Someone does something in a channel. `as` is a person's id. */
type InChannel = ProductEndpoint & { readonly as: string; readonly channelId: string };
type OnMessage = InChannel & { readonly ts: string };

/** A message that someone wrote, and the product's answer to it. */
export type SentMessage = { readonly ts: string; readonly delivery: SlackDelivery };

/** What people do in the workspace itself: it really happens there, and Slack sends the product an event. */
export type ChannelActivity = {
  /** Writes a message; one that begins with `@muster` is a mention of the app, which Slack sends as such. */
  says(what: InChannel & { readonly text: string; readonly threadTs?: string }): Promise<SentMessage>;
  reacts(what: OnMessage & { readonly emoji: string }): Promise<SlackDelivery>;
  unreacts(what: OnMessage & { readonly emoji: string }): Promise<SlackDelivery>;
  edits(what: OnMessage & { readonly text: string }): Promise<SlackDelivery>;
  /** Deletes; of a message with replies a tombstone stays, which Slack sends as an edit. */
  deletes(what: OnMessage): Promise<SlackDelivery>;
  joins(what: InChannel): Promise<SlackDelivery>;
  leaves(what: InChannel): Promise<SlackDelivery>;
  renames(what: Omit<InChannel, "as"> & { readonly name: string }): Promise<SlackDelivery>;
  opensHome(what: ProductEndpoint & { readonly as: string }): Promise<SlackDelivery>;
  /** Any event, as Slack would send it. */
  sendEvent(product: ProductEndpoint, event: JsonObject): Promise<SlackDelivery>;
};

const now = (): string => (wallClock() / 1_000).toFixed(6);

type Messages = Pick<ChannelActivity, "says" | "edits" | "deletes">;

/** Lets people act by other means than the product's commands, buttons and forms. */
export function createChannelActivity(workspace: SlackWorkspace): ChannelActivity {
  const actor = new WorkspaceActor(workspace);
  const react = async (
    type: "reaction_added" | "reaction_removed",
    { as, channelId, ts, emoji, ...product }: Parameters<ChannelActivity["reacts"]>[0],
  ): Promise<SlackDelivery> => {
    const method = type === "reaction_added" ? "reactions.add" : "reactions.remove";
    await actor.does(method, { channel: channelId, timestamp: ts, name: emoji }, as);
    const item = { type: "message", channel: channelId, ts };
    return actor.sends(product, { type, user: as, reaction: emoji, item });
  };
  const moves =
    (type: "member_joined_channel" | "member_left_channel", method: string) =>
    async ({ as, channelId, ...product }: InChannel): Promise<SlackDelivery> => {
      await actor.does(method, { channel: channelId }, as);
      const team = workspace.bot.teamId;
      return actor.sends(product, { type, user: as, channel: channelId, channel_type: "C", team });
    };

  return {
    ...messageActivity(actor, workspace.bot.userId),
    sendEvent: (product, event) => actor.sends(product, event),
    reacts: (what) => react("reaction_added", what),
    unreacts: (what) => react("reaction_removed", what),
    joins: moves("member_joined_channel", "conversations.join"),
    leaves: moves("member_left_channel", "conversations.leave"),
    renames: async ({ channelId, name, ...product }) => {
      // The emulator lets only the maker of a channel rename it.
      await actor.does("conversations.rename", { channel: channelId, name });
      const created = Math.floor(wallClock() / 1_000);
      return actor.sends(product, { type: "channel_rename", channel: { id: channelId, name, created } });
    },
    opensHome: ({ as, ...product }) =>
      actor.sends(product, { type: "app_home_opened", user: as, channel: `D${as.slice(1)}`, tab: "home" }),
  };
}

/** What people write, change and delete. `bot`: the user id of the app. */
function messageActivity(actor: WorkspaceActor, bot: string): Messages {
  return {
    says: async ({ as, channelId, text, threadTs, ...product }) => {
      const mentions = text.startsWith("@muster");
      const reply = text.replace(/^@muster/, `<@${bot}>`);
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      const posted = await actor.does("chat.postMessage", { channel: channelId, text: reply, ...thread }, as);
      const ts = stringOrEmpty(posted.ts);
      const event = { user: as, text: reply, ts, channel: channelId, ...thread };
      const received = await actor.sends(product, { type: "message", channel_type: "channel", ...event });
      return { ts, delivery: mentions ? await actor.sends(product, { type: "app_mention", ...event }) : received };
    },
    edits: async ({ as, channelId, ts, text, ...product }) => {
      const before = (await actor.thread(channelId, ts)).find((message) => message.ts === ts);
      await actor.does("chat.update", { channel: channelId, ts, text }, as);
      const message = { ...before, text, edited: { user: as, ts: now() } };
      return actor.sends(product, {
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
      const [before, ...replies] = await actor.thread(channelId, ts);
      await actor.does("chat.delete", { channel: channelId, ts }, as);
      const common = { type: "message", hidden: true, channel: channelId, ts: now(), previous_message: before };
      const tombstone = {
        ...before,
        subtype: "tombstone",
        user: "USLACKBOT",
        text: "This message was deleted.",
        hidden: true,
      };
      return actor.sends(
        product,
        replies.length > 0
          ? { ...common, subtype: "message_changed", message: tombstone }
          : { ...common, subtype: "message_deleted", deleted_ts: ts },
      );
    },
  };
}

/** Does things in the workspace, and delivers their events to the product. */
class WorkspaceActor {
  readonly #workspace: SlackWorkspace;

  constructor(workspace: SlackWorkspace) {
    this.#workspace = workspace;
  }

  async does(method: string, body: JsonObject, as?: string): Promise<MethodAnswer> {
    const answer = await this.#workspace.call(method, body, as);
    if (!answer.ok) throw new Error(`${as ?? "the bot"} cannot ${method}: ${answer.error ?? "?"}`);
    return answer;
  }

  async thread(channel: string, ts: string): Promise<JsonObject[]> {
    const { messages } = await this.#workspace.call("conversations.replies", { channel, ts });
    return Array.isArray(messages) ? (messages as JsonObject[]) : [];
  }

  sends(product: ProductEndpoint, event: JsonObject): Promise<SlackDelivery> {
    const { teamId, appId, userId } = this.#workspace.bot;
    const envelope = {
      token: "verification",
      team_id: teamId,
      api_app_id: appId,
      event: { event_ts: now(), ...event },
      type: "event_callback",
      event_id: `Ev${randomUUID().replaceAll("-", "").slice(0, 10).toUpperCase()}`,
      event_time: Math.floor(wallClock() / 1_000),
      authorizations: [
        { enterprise_id: null, team_id: teamId, user_id: userId, is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: false,
      event_context: randomUUID(),
    };
    return deliverSigned(product, JSON.stringify(envelope), "application/json", "");
  }
}
