import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { SlackWorkspace } from "./slack-workspace.ts";

/** A channel as a person sees it; `members` are user ids. */
export type SeenChannel = {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly archived: boolean;
  readonly private: boolean;
  readonly members: readonly string[];
};

/** A message in a channel. `subtype` is set on the workspace's own, like "channel_topic", and on files. */
export type SeenMessage = {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly metadata: JsonObject | null;
  readonly subtype: string | null;
};

/** A link at the top of a channel. */
export type SeenBookmark = { readonly title: string; readonly link: string };
/** A file shared in a channel. */
export type SeenFile = { readonly id: string; readonly name: string; readonly title: string; readonly text: string };

/** Reads the workspace past the gate: not journalled, never faulty. */
export type WorkspaceView = {
  /** Every channel that the bot can see, archived ones too. */
  channels(): Promise<SeenChannel[]>;
  /** A channel by id or name (with or without `#`), or null. */
  channel(idOrName: string): Promise<SeenChannel | null>;
  /** Oldest first. */
  messages(idOrName: string): Promise<SeenMessage[]>;
  /** The pinned messages. */
  pins(idOrName: string): Promise<SeenMessage[]>;
  bookmarks(idOrName: string): Promise<SeenBookmark[]>;
  files(idOrName: string): Promise<SeenFile[]>;
};

const toMessage = (raw: JsonObject): SeenMessage => ({
  ts: stringOrEmpty(raw.ts),
  user: stringOrEmpty(raw.user),
  text: stringOrEmpty(raw.text),
  blocks: jsonList(raw.blocks),
  metadata: isJson(raw.metadata) ? raw.metadata : null,
  subtype: stringOrEmpty(raw.subtype) || null,
});

async function toChannel(workspace: SlackWorkspace, raw: JsonObject): Promise<SeenChannel> {
  const members = (await workspace.call("conversations.members", { channel: raw.id })).members;
  return {
    id: stringOrEmpty(raw.id),
    name: stringOrEmpty(raw.name),
    topic: isJson(raw.topic) ? stringOrEmpty(raw.topic.value) : "",
    archived: raw.is_archived === true,
    private: raw.is_private === true,
    members: Array.isArray(members) ? members.map(stringOrEmpty) : [],
  };
}

async function toFile(workspace: SlackWorkspace, raw: JsonObject): Promise<SeenFile> {
  const path = new URL(stringOrEmpty(raw.url_private)).pathname;
  return {
    id: stringOrEmpty(raw.id),
    name: stringOrEmpty(raw.name),
    title: stringOrEmpty(raw.title),
    text: await (await workspace.fetch(path)).text(),
  };
}

/** Reads through the bot's eyes. */
export function viewWorkspace(workspace: SlackWorkspace): WorkspaceView {
  const list = (): Promise<JsonObject[]> =>
    workspace.all("conversations.list", "channels", { types: "public_channel,private_channel" });

  const find = async (idOrName: string): Promise<JsonObject | null> => {
    const name = idOrName.replace(/^#/, "");
    return (await list()).find((channel) => channel.id === idOrName || channel.name === name) ?? null;
  };
  /** Ids are taken as they are, so that direct messages (D…) can be read too. */
  const idOf = async (idOrName: string): Promise<string> => {
    if (/^[CDG][A-Z0-9]{8,}$/.test(idOrName)) return idOrName;
    const found = await find(idOrName);
    if (found === null) throw new Error(`there is no channel ${idOrName}`);
    return stringOrEmpty(found.id);
  };
  const listed = async (method: string, key: string, body: JsonObject): Promise<JsonObject[]> => {
    const answer = await workspace.call(method, body);
    if (!answer.ok) throw new Error(`${method}: ${answer.error ?? "?"}`);
    return jsonList(answer[key]);
  };
  return {
    channels: async () => Promise.all((await list()).map((raw) => toChannel(workspace, raw))),
    channel: async (idOrName) => {
      const found = await find(idOrName);
      return found === null ? null : toChannel(workspace, found);
    },
    messages: async (idOrName) => {
      const all = await workspace.all("conversations.history", "messages", { channel: await idOf(idOrName) });
      return all.map(toMessage).toReversed();
    },
    pins: async (idOrName) =>
      (await listed("pins.list", "items", { channel: await idOf(idOrName) })).map((item) =>
        toMessage(isJson(item.message) ? item.message : {}),
      ),
    bookmarks: async (idOrName) => {
      const found = await listed("bookmarks.list", "bookmarks", { channel_id: await idOf(idOrName) });
      return found.map((bookmark) => ({ title: stringOrEmpty(bookmark.title), link: stringOrEmpty(bookmark.link) }));
    },
    files: async (idOrName) => {
      const found = await listed("files.list", "files", { channel: await idOf(idOrName), count: 1000 });
      return Promise.all(found.map((file) => toFile(workspace, file)));
    },
  };
}
