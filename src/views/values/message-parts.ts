import type { ChatButton, ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { clipText, richText, toRichText, type RichText, type TextLike } from "#domain/values/rich-text.ts";
import { truncateText } from "#domain/values/text.ts";

/**
 * The characters that a part of a message has at most, its marks written out: ours, as much as people read at once. An
 * integration whose chat takes less cuts where it renders.
 */
export const LONGEST_PART = 2_900;

export function textPart(text: TextLike): MessagePart & { readonly kind: "text" } {
  return { kind: "text", text: toRichText(text) };
}

export function fieldsPart(pairs: readonly (readonly [string, TextLike])[]): MessagePart {
  return { kind: "fields", pairs };
}

export function contextPart(text: TextLike): MessagePart {
  return { kind: "context", text: toRichText(text) };
}

export function buttonsPart(
  name: string,
  buttons: readonly ChatButton[],
  more: readonly ChatButton[] = [],
): MessagePart {
  return { kind: "buttons", name, buttons, ...(more.length === 0 ? {} : { more }) };
}

/** What notifications and screen readers get instead of the parts: short. */
export function fallbackText(text: TextLike): RichText {
  return clipText(text, 500);
}

/** A message of one part. */
export function textMessage(text: TextLike): ChatMessage {
  return { text: fallbackText(text), parts: [textPart(text)] };
}

/** A message for one person whom the chat does not have, as it is posted to those around. */
export function messageForUnknown(
  { name }: { readonly name: string },
  { text, parts, ...rest }: ChatMessage,
): ChatMessage {
  const who = richText`For ${truncateText(name, 80)}, who is not in this chat`;
  return { ...rest, text: fallbackText(richText`${who}: ${text}`), parts: [textPart(richText`${who}:`), ...parts] };
}
