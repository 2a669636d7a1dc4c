import { runId } from "#domain/automation/run.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { authoredText, joinText, richText, type RichText } from "#domain/values/rich-text.ts";
import { fallbackText, textPart } from "#views/values/message-parts.ts";

/** A message that a run posts; `to` names whom it is for, when that is not everyone who reads there. */
export function runMessage(
  run: { readonly number: number; readonly title: string },
  text: string,
  to: RichText | null,
): ChatMessage {
  const words = to === null ? authoredText(text) : joinText([to, ": ", authoredText(text)], "");
  const head = richText`📓 *${runId(run.number)}* ${run.title}\n`;
  // Cut by the integration: it has the limits, and can see where in its markup a text may end.
  return { text: fallbackText(words), parts: [textPart(joinText([head, words], ""))] };
}
