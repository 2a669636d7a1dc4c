import type { CapturedMessage } from "#domain/command.ts";
import { webUrl } from "#domain/text.ts";
import type { Ask } from "#ports/chat.ts";
import { slackCode, type Call } from "./client.ts";
import type { People } from "./people.ts";

type Said = {
  readonly ts: string;
  readonly subtype?: string;
  readonly user?: string;
  readonly username?: string;
  readonly text?: string;
  readonly files?: readonly { readonly name?: string; readonly title?: string; readonly permalink?: string }[];
};

/**
 * One message with its author, link and files. Asked by conversations.replies, which finds replies in threads as well as
 * messages of the channel; conversations.history would answer the message before a reply instead.
 */
export async function readMessage(call: Call, people: People, channel: string, id: string, ask: Ask): Promise<CapturedMessage | null> {
  let said: Said | undefined;
  try {
    const { messages } = await call<{ messages?: readonly Said[] }>("conversations.replies", { channel, ts: id, latest: id, inclusive: true, limit: 1 }, ask);
    said = messages?.find(({ ts }) => ts === id);
  } catch (error) {
    if (!["thread_not_found", "message_not_found", "channel_not_found"].includes(slackCode(error) ?? "")) throw error;
  }
  // Of a deleted message with replies a tombstone stays.
  if (said === undefined || said.subtype === "tombstone") return null;
  const { permalink } = await call<{ permalink?: string }>("chat.getPermalink", { channel, message_ts: id }, ask);
  const author = said.user === undefined ? null : await people.person(said.user);
  return {
    id,
    author: { id: said.user ?? "", name: author?.name ?? said.username ?? "somebody" },
    text: await readable(said.text ?? "", people),
    at: Math.round(Number(id) * 1_000),
    permalink: webUrl(permalink ?? ""),
    files: (said.files ?? []).map(({ name, title, permalink: url }) => ({ name: title ?? name ?? "file", url: webUrl(url ?? "") ?? "" })),
  };
}

/** Slack's markup as people read it: names for ids, addresses for links, no entities. */
export async function readable(text: string, people: People): Promise<string> {
  const ids = [...new Set(Array.from(text.matchAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g), ([, id]) => id!))];
  const names = new Map(await Promise.all(ids.map(async (id) => [id, (await people.person(id)).name] as const)));
  return unescape(
    text
      .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${names.get(id) ?? id}`)
      .replace(/<#[A-Z0-9]+\|([^>]*)>/g, "#$1")
      .replace(/<!subteam\^[A-Z0-9]+\|@?([^>]*)>/g, "@$1")
      .replace(/<!(here|channel|everyone)(?:\|[^>]*)?>/g, "@$1")
      .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
      .replace(/<(https?:[^|>]*)\|([^>]*)>/g, "$2 ($1)")
      .replace(/<[^|>]*\|([^>]*)>/g, "$1")
      .replace(/<([^|>]*)>/g, "$1"),
  );
}

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
