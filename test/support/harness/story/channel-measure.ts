import { isJson, stringOrEmpty, type JsonObject } from "#test/support/builders/json.ts";
import type { SeenMessage } from "#test/support/doubles/slack/slack-double.ts";
import { writtenMessages } from "./story-channel.ts";

/** How much of a channel someone has to read: what a budget limits. */
export type ChannelMeasure = {
  /** Messages of Muster that stand in the channel, edited ones once; files count. */
  readonly messages: number;
  /** Lines that the chat writes because the topic changed. */
  readonly topics: number;
  /** Times that someone is notified: mentions in messages as they were posted or stand now. */
  readonly mentions: number;
  /** Lines of all messages on a phone, without buttons. */
  readonly lines: number;
  /** Lines of the pinned card on a phone, with its buttons. */
  readonly card: number;
};

/** Characters of one line on a phone: Slack's own type on a screen of 390 points. */
const PHONE_CHARACTERS = 44;

/** Measures a channel as it stands. `card`: the pinned message. */
export function measureChannel(messages: readonly SeenMessage[], card: string | null): ChannelMeasure {
  const written = writtenMessages(messages);
  const files = messages.filter(({ subtype }) => subtype === "file_share");
  const pinned = written.find(({ ts }) => ts === card);
  return {
    messages: written.length + files.length,
    topics: messages.filter(({ subtype }) => subtype === "channel_topic").length,
    mentions: written.reduce(
      (sum, { blocks }) => sum + (JSON.stringify(blocks).match(/<@[UW][A-Z0-9]+>/g)?.length ?? 0),
      0,
    ),
    lines: written.reduce((sum, message) => sum + linesOf(message, false), 0),
    card: pinned === undefined ? 0 : linesOf(pinned, true),
  };
}

function linesOf({ blocks, text }: SeenMessage, buttons: boolean): number {
  if (blocks.length === 0) return wrapped(text);
  return blocks.reduce((sum, block) => sum + linesOfBlock(block, buttons), 0);
}

function linesOfBlock(block: JsonObject, buttons: boolean): number {
  if (block["type"] === "actions") return buttons ? 1 : 0;
  const own = isJson(block["text"]) ? wrapped(stringOrEmpty(block["text"]["text"])) : 0;
  const others = [block["fields"], block["elements"]]
    .flatMap((each): readonly unknown[] => (Array.isArray(each) ? each : []))
    .reduce<number>((sum, each) => sum + (isJson(each) ? wrapped(stringOrEmpty(each["text"])) : 0), 0);
  return own + others;
}

/** The lines of a text on a phone, its links and times as they are shown. */
function wrapped(markup: string): number {
  const shown = markup
    .replace(/<!date\^\d+\^\{date[^|]*\|[^>]*>/g, "today at 2:32 PM")
    .replace(/<!date\^[^|]*\|[^>]*>/g, "2:32 PM")
    .replace(/<[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<@[^>]*>/g, "@Alice")
    .replace(/[*_`]/g, "");
  return shown
    .split("\n")
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(Array.from(line).length / PHONE_CHARACTERS)), 0);
}
