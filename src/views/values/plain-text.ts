import type { ChatMessage } from "#domain/values/chat-message.ts";
import { plainWords } from "#domain/values/plain-words.ts";

/** A message for where there is no markup: a terminal, a program. Times are in UTC. */
export function plainText({ parts, text }: ChatMessage): string {
  const lines = parts.flatMap((part): string[] => {
    if (part.kind === "text" || part.kind === "context") return [plainWords(part.text)];
    if (part.kind === "fields") return part.pairs.map(([name, value]) => `${name}: ${plainWords(value)}`);
    return [];
  });
  return lines.length === 0 ? plainWords(text) : lines.join("\n");
}
