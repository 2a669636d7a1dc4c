import { z } from "zod";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import { writeMention } from "#domain/values/mention.ts";
import { webUrl } from "#domain/values/text.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { slackCode, type SlackCaller } from "./client.ts";
import type { SlackPeople } from "./slack-people.ts";

const Said = z.object({
  ts: z.string(),
  subtype: z.string().optional().catch(undefined),
  user: z.string().optional().catch(undefined),
  username: z.string().optional().catch(undefined),
  text: z.string().optional().catch(undefined),
  files: z
    .array(
      z.object({
        name: z.string().optional().catch(undefined),
        title: z.string().optional().catch(undefined),
        permalink: z.string().optional().catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});
const Replies = z.object({ messages: z.array(Said) });
const Permalink = z.object({ permalink: z.string().optional().catch(undefined) });

/**
 * One message with its author, link and files. Asked by conversations.replies, which finds replies in threads as well as
 * messages of the channel; conversations.history would answer the message before a reply instead.
 */
export async function readMessage(
  call: SlackCaller,
  people: SlackPeople,
  channel: string,
  id: string,
  attempt: RequestAttempt,
): Promise<ImportedMessage | null> {
  let said: z.output<typeof Said> | undefined;
  try {
    const { messages } = await call(
      "conversations.replies",
      { channel, ts: id, latest: id, inclusive: true, limit: 1 },
      attempt,
      Replies,
    );
    said = messages.find(({ ts }) => ts === id);
  } catch (error) {
    if (!["thread_not_found", "message_not_found", "channel_not_found"].includes(slackCode(error) ?? "")) throw error;
  }
  // Of a deleted message with replies a tombstone stays.
  if (said === undefined || said.subtype === "tombstone") return null;
  const { permalink } = await call("chat.getPermalink", { channel, message_ts: id }, attempt, Permalink);
  const author = said.user === undefined ? null : await people.person(said.user);
  return {
    id,
    author: { id: said.user ?? "", name: author?.name ?? said.username ?? "somebody" },
    text: await toPlainText(said.text ?? "", people),
    at: Math.round(Number(id) * 1_000),
    permalink: webUrl(permalink ?? ""),
    files: (said.files ?? []).map(({ name, title, permalink: url }) => ({
      name: title ?? name ?? "file",
      url: webUrl(url ?? "") ?? "",
    })),
  };
}

/** Slack's markup as people read it: names for ids, addresses for links, no entities. */
export async function toPlainText(text: string, people: SlackPeople): Promise<string> {
  const ids = [...new Set(Array.from(text.matchAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g), ([, id]) => id!))];
  const names = new Map(await Promise.all(ids.map(async (id) => [id, (await people.person(id)).name] as const)));
  return unescapeMarkup(
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

/** `<@U012AB3CD|alice>`, as Slack escapes a mention in what people type, in the form that Muster reads. */
export function readSlackMentions(text: string): string {
  return text.replace(/<@([A-Z0-9]+)(?:\|([^<>]*))?>/gi, (_, id: string, name: string | undefined) =>
    writeMention(id.toUpperCase(), name ?? null),
  );
}

export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function unescapeMarkup(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
