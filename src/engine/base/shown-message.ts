import { createHash } from "node:crypto";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { PortError } from "#ports/port-error.ts";
import type { EffectContext, EffectResult } from "./effect-context.ts";

/** The last shown message, with a digest of its content. */
export type ShownMessage = {
  readonly channel: string;
  readonly id: string;
  readonly said: string;
  readonly pinned?: boolean;
  /** The last event that a thread behind it has; absent: none. */
  readonly reported?: number;
};

export function shownMessageState(memo: unknown): ShownMessage | null {
  return typeof memo === "object" && memo !== null && "id" in memo ? (memo as ShownMessage) : null;
}

/** What a message comes to: two that look alike have the same. */
export function digestMessage(message: ChatMessage): string {
  return createHash("sha256").update(JSON.stringify(message)).digest("base64");
}

/** Part of the key after a person deleted the message: the next one is another message. */
function afterDeleted(memo: unknown): string {
  return typeof memo === "object" && memo !== null && "deleted" in memo ? `:after ${String(memo.deleted)}` : "";
}

/** Posts the message, or edits the one posted before; does nothing when the content is unchanged. */
export async function showMessage(
  context: EffectContext,
  channel: string,
  message: ChatMessage,
  first: { readonly pinned?: boolean },
): Promise<EffectResult> {
  const { chat } = context.engine;
  const digest = digestMessage(message);
  const memo = shownMessageState(context.state);
  // After a re-opening the card belongs in another channel than the one it was in.
  if (memo === null || (first.pinned !== undefined && memo.channel !== channel)) {
    const posted = await chat.post(channel, message, {
      ...context.attempt,
      key: `${context.attempt.key}:${context.stored?.uid ?? ""}:${channel}${afterDeleted(context.state)}`,
    });
    return {
      state: { channel: posted.channel, id: posted.id, said: context.attempt.unsure ? "" : digest, ...first },
      reschedule: context.attempt.unsure || first.pinned !== undefined,
    };
  }
  if (memo.said === digest) return {};
  try {
    await chat.edit(memo.channel, memo.id, message, context.attempt);
  } catch (error) {
    // Someone deleted it: post it again.
    if (error instanceof PortError && error.reason === "not_found")
      return { state: { deleted: memo.id }, reschedule: true };
    throw error;
  }
  return { state: { ...memo, said: digest } };
}
