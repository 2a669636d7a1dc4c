import type { ChatButton, ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { clipText, toRichText, type RichText, type TextLike } from "#domain/values/rich-text.ts";

export function textPart(text: TextLike): MessagePart & { readonly kind: "text" } {
  return { kind: "text", text: toRichText(text) };
}

export function fieldsPart(pairs: readonly (readonly [string, TextLike])[]): MessagePart {
  return { kind: "fields", pairs };
}

export function contextPart(text: TextLike): MessagePart {
  return { kind: "context", text: toRichText(text) };
}

export function buttonsPart(name: string, buttons: readonly ChatButton[]): MessagePart {
  return { kind: "buttons", name, buttons };
}

/** What notifications and screen readers say instead of the parts: short. */
export function fallbackText(text: TextLike): RichText {
  return clipText(text, 500);
}

/** A message of one part. */
export function textMessage(text: TextLike): ChatMessage {
  return { text: fallbackText(text), parts: [textPart(text)] };
}
