import { z } from "zod";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import { webUrl } from "#domain/values/text.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { slackCode, type SlackCaller } from "./client.ts";
import { unescapeMarkup } from "./render-text.ts";
import type { SlackPeople } from "./slack-people.ts";

const Reply = z.looseObject({
  ts: z.string(),
  subtype: z.string().optional().catch(undefined),
  user: z.string().optional().catch(undefined),
  username: z.string().optional().catch(undefined),
  bot_profile: z.object({ name: z.string() }).optional().catch(undefined),
});
const Replies = z.object({ messages: z.array(Reply) });
const Permalink = z.object({ permalink: z.string().optional().catch(undefined) });

/**
 * One message with its author, all its words, link and files. Asked by conversations.replies, which finds replies in threads as well as
 * messages of the channel; conversations.history would answer the message before a reply instead.
 */
export async function readMessage(
  call: SlackCaller,
  people: SlackPeople,
  channel: string,
  id: string,
  attempt: RequestAttempt,
): Promise<ImportedMessage | null> {
  let found: z.output<typeof Reply> | undefined;
  try {
    const { messages } = await call(
      "conversations.replies",
      { channel, ts: id, latest: id, inclusive: true, limit: 1 },
      attempt,
      Replies,
    );
    found = messages.find(({ ts }) => ts === id);
  } catch (error) {
    if (!["thread_not_found", "message_not_found", "channel_not_found"].includes(slackCode(error) ?? "")) throw error;
  }
  // Of a deleted message with replies a tombstone stays.
  if (found === undefined || found.subtype === "tombstone") return null;
  const { permalink } = await call("chat.getPermalink", { channel, message_ts: id }, attempt, Permalink);
  const author = found.user === undefined ? null : await people.person(found.user);
  return {
    id,
    author: { id: found.user ?? "", name: author?.name ?? found.username ?? found.bot_profile?.name ?? "a program" },
    text: await toPlainText(wordsOfMessage(found), people),
    at: Math.round(Number(id) * 1_000),
    permalink: webUrl(permalink ?? ""),
    files: filesOfMessage(found).map(({ name, title, permalink: url }) => ({
      name: fileName(title, name),
      url: webUrl(typeof url === "string" ? url : "") ?? "",
    })),
  };
}

/** What a file is called: by its title, else its name. */
function fileName(...names: readonly unknown[]): string {
  for (const name of names) if (typeof name === "string" && name !== "") return name;
  return "file";
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

/** A message, a block, an attachment: whatever Slack sends, read with care. */
type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textOf = (value: unknown): string =>
  typeof value === "string"
    ? value.trim()
    : isObject(value) && typeof value["text"] === "string"
      ? value["text"].trim()
      : "";

/** A file of a message, as Slack describes it. */
export type SlackFile = { readonly name?: unknown; readonly title?: unknown; readonly permalink?: unknown };

/**
 * Every word of a message, in Slack's markup: its text, its blocks, its attachments and the messages that were forwarded
 * with it. Previews of links are not its author's words. No line stands twice: a text often repeats its blocks.
 */
export function wordsOfMessage(message: unknown): string {
  if (!isObject(message)) return "";
  const text = textOf(message["text"]);
  // A person's own words stand in the text; Slack repeats them as a block of rich text.
  const blocks = listOf(message["blocks"]).filter(({ type }) => text === "" || type !== "rich_text");
  const all = [text, ...blocks.map(wordsOfBlock), ...attachmentsOf(message).map(wordsOfAttachment)];
  const seen = new Set<string>();
  return all
    .filter((part) => part !== "")
    .flatMap((part) => part.split("\n"))
    .filter((line) => {
      const key = line.replace(/[\s*_~`]+/g, " ").trim();
      if (key === "" || !seen.has(key)) return (seen.add(key), true);
      return false;
    })
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** The files of a message and of those that were forwarded with it. */
export function filesOfMessage(message: unknown): readonly SlackFile[] {
  if (!isObject(message)) return [];
  return [...listOf(message["files"]), ...attachmentsOf(message).flatMap((each) => listOf(each["files"]))];
}

/** Attachments that its author or a program sent. Slack adds a preview of each link. */
function attachmentsOf(message: Json): readonly Json[] {
  return listOf(message["attachments"]).filter(
    (each) =>
      each["is_share"] === true ||
      each["is_msg_unfurl"] === true ||
      (each["original_url"] === undefined && each["app_unfurl_url"] === undefined),
  );
}

function wordsOfAttachment(attachment: Json): string {
  const { pretext, title, text, fallback, fields, image_url: image, from_url: from, author_name: author } = attachment;
  const nested = [
    ...listOf(attachment["blocks"]),
    ...listOf(attachment["message_blocks"]).flatMap((each) =>
      isObject(each["message"]) ? listOf(each["message"]["blocks"]) : [],
    ),
  ];
  const own = textOf(text);
  const body = [own, ...nested.filter(({ type }) => own === "" || type !== "rich_text").map(wordsOfBlock)];
  const words = body.filter((part) => part !== "").join("\n");
  const link = textOf(attachment["title_link"]);
  const heading = textOf(title);
  const parts = [
    textOf(pretext),
    link === "" || heading === "" ? heading : `<${link}|${heading}>`,
    textOf(author) !== "" && words !== "" ? `${textOf(author)}: ${words}` : words,
    ...listOf(fields).map((field) => `${textOf(field["title"])}: ${textOf(field["value"])}`),
    textOf(image),
  ].filter((part) => part !== "");
  const all = parts.length === 0 ? textOf(fallback) : parts.join("\n");
  return textOf(from) === "" || all === "" ? all : `${all} <${textOf(from)}>`;
}

function wordsOfBlock(block: Json): string {
  if (block["type"] === "actions" || block["type"] === "divider") return "";
  if (block["type"] === "rich_text") return listOf(block["elements"]).map(wordsOfRichText).join("\n");
  const cells = Array.isArray(block["rows"])
    ? block["rows"].map((row) => (Array.isArray(row) ? row : []).filter(isObject).map(wordsOfBlock).join(" | "))
    : [];
  return [
    textOf(block["title"]),
    textOf(block["text"]),
    ...listOf(block["fields"]).map(textOf),
    ...listOf(block["elements"]).map((element) => textOf(element["text"]) || textOf(element["alt_text"])),
    block["type"] === "image" ? `${textOf(block["alt_text"])} ${textOf(block["image_url"])}`.trim() : "",
    ...cells,
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function wordsOfRichText(element: Json): string {
  switch (element["type"]) {
    case "rich_text_list":
      return listOf(element["elements"])
        .map((item) => `- ${wordsOfRichText(item)}`)
        .join("\n");
    case "rich_text_quote":
      return `&gt; ${listOf(element["elements"]).map(wordsOfRichText).join("")}`;
    case "rich_text_section":
    case "rich_text_preformatted":
      return listOf(element["elements"]).map(wordsOfRichText).join("");
    case "link":
      return textOf(element["text"]) === ""
        ? `<${textOf(element["url"])}>`
        : `<${textOf(element["url"])}|${textOf(element["text"])}>`;
    case "user":
      return `<@${textOf(element["user_id"])}>`;
    case "channel":
      return `<#${textOf(element["channel_id"])}>`;
    case "usergroup":
      return `<!subteam^${textOf(element["usergroup_id"])}>`;
    case "broadcast":
      return `<!${textOf(element["range"])}>`;
    case "emoji":
      return `:${textOf(element["name"])}:`;
    case "date":
      return textOf(element["fallback"]);
    default:
      return typeof element["text"] === "string"
        ? element["text"].replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
        : "";
  }
}
