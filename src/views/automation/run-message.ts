import { runId } from "#domain/automation/run.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { authoredText, escapeValue, joinText, richText, writtenLength } from "#domain/values/rich-text.ts";
import { textPart } from "#views/values/message-parts.ts";

/** A message that a run posts; `to` names whom it is for, when that is not everyone who reads there. */
export function runMessage(
  run: { readonly number: number; readonly title: string },
  text: string,
  to: string | null,
): ChatMessage {
  const words = to === null ? text : `${escapeValue(to)}: ${text}`;
  const head = richText`📓 *${runId(run.number)}* ${run.title}\n`;
  const body = authoredText(words.slice(0, Math.max(0, 2_950 - writtenLength(head))));
  return { text: authoredText(words.slice(0, 3_000)), parts: [textPart(joinText([head, body], ""))] };
}
