import { findMention } from "./mention.ts";

/**
 * The first of the names, or a mention of anyone, in a text; null when it names no one. A whole name of several words is
 * found in any case, a single word or a part of a name only as it is written: "mark the deploy" names no Mark.
 */
export function findNameInText(text: string, names: readonly string[]): string | null {
  for (const name of new Set(names.map((each) => each.trim()))) {
    const parts = name.split(/\s+/);
    if (parts.length > 1 && containsWord(text.toLowerCase(), name.toLowerCase())) return name;
    for (const part of parts) if (parts.length === 1 || isOfAName(part)) if (containsWord(text, part)) return part;
  }
  // What stands in code is no mention: annotations and packages begin with the same sign.
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, " ");
  const mention = findMention(prose);
  if (mention !== null) return `@${mention.name ?? mention.id}`;
  return /(?<![\w.])@[a-z][\w.-]*(?![\w./-])/i.exec(prose)?.[0] ?? null;
}

/** "Mia" of "Mia van den Berg"; words such as "the" and "deploy" name no one by themselves. */
function isOfAName(part: string): boolean {
  return part.length > 2 && !/^\p{Ll}/u.test(part);
}

/** As a word of its own: "Al" does not stand in "alert". */
function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text.slice(Math.max(0, at - 2), at), text.slice(at + word.length, at + word.length + 2)];
    if (!/[\p{L}\p{N}_]$/u.test(before) && !/^[\p{L}\p{N}_]/u.test(after)) return true;
  }
  return false;
}
