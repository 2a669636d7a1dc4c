/** Someone who is mentioned: their id in the chat, and the name in the mention, if it has one. */
export type PersonMention = { readonly id: string; readonly name: string | null };

/**
 * A mention of a person in words, of no platform in particular: `@person[ID]` or `@person[ID|NAME]`, one word without
 * blanks. A chat turns its own way of writing one into this (`readMentions` of `src/ports/chat-platform.ts`).
 */
const MENTION = "@person\\[([^\\s|[\\]]+)(?:\\|([^\\s|[\\]]*))?\\]";
const MENTION_WORD = new RegExp(`^${MENTION}$`);
const MENTION_IN_TEXT = new RegExp(MENTION, "g");

/**
 * Writes a mention as one word; a name that would make it several is left out, and the chat finds the name by the id.
 */
export function writeMention(id: string, name: string | null): string {
  return name === null || name === "" || /[\s|[\]]/.test(name) ? `@person[${id}]` : `@person[${id}|${name}]`;
}

/** The mention that a word is, or null. */
export function parseMention(word: string): PersonMention | null {
  const found = MENTION_WORD.exec(word);
  return found === null ? null : { id: found[1]!, name: found[2] || null };
}

/** The first mention in a text, or null. */
export function findMention(text: string): PersonMention | null {
  return parseMention(new RegExp(MENTION).exec(text)?.[0] ?? "");
}

/** A text with each mention in it replaced. */
export function replaceMentions(text: string, replacement: (mention: PersonMention) => string): string {
  return text.replace(MENTION_IN_TEXT, (_, id: string, name: string | undefined) =>
    replacement({ id, name: name || null }),
  );
}
