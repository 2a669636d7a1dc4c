import { runId } from "#domain/automation/run.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { authoredText, escapeValue, joinText, richText } from "#domain/values/rich-text.ts";
import { fallbackText, textPart } from "#views/values/message-parts.ts";

/** A message that a run posts; `to` names whom it is for, when that is not everyone who reads there. */
export function runMessage(
  run: { readonly number: number; readonly title: string },
  text: string,
  to: string | null,
): ChatMessage {
  const words = to === null ? text : `${escapeValue(to)}: ${text}`;
  const head = richText`📓 *${runId(run.number)}* ${run.title}\n`;
  // Cut by the integration: it has the limits, and can see where in its markup a text may end.
  return { text: fallbackText(authoredText(words)), parts: [textPart(joinText([head, authoredText(words)], ""))] };
}
