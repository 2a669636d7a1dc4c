/** Words of visible ASCII with single spaces between them: nothing is to be cleaned. */
const PLAIN_LINE = /^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/;

/**
 * Text from outside as one line that can be stored, shown and sent anywhere: no control characters, no direction
 * overrides, no broken surrogates; at most `max` code points, the last a "…" when something was cut.
 */
export function oneLine(text: string, max: number): string {
  // Nearly all text is so, and the hottest path asks for each alert.
  if (PLAIN_LINE.test(text)) return truncateText(text, max);
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
  return truncateText(clean, max);
}

/** The same for a text of several lines: they stay lines, empty ones at most one at a time. */
export function cleanParagraphs(text: string, max: number): string {
  const lines = text
    .toWellFormed()
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => oneLine(line, max));
  return truncateText(
    lines
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim(),
    max,
  );
}

/**
 * Control characters but tab and the ends of lines, with what a terminal takes for commands; and what turns the direction of a line
 * around, so that it reads as something else than it is.
 */
const HIDDEN_COMMANDS = /(?!\r?\n|\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text for a terminal or a chat: what would command it or hide something stands there as its number (\u001b), for people to
 * see. In JSON the same escape means the same character.
 */
export function neutralizeControls(text: string): string {
  return text.replace(HIDDEN_COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same for all texts in a value of plain objects and lists. */
export function neutralizeAll<T>(value: T): T {
  if (typeof value === "string") return neutralizeControls(value) as T;
  if (Array.isArray(value)) return value.map(neutralizeAll) as T;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, neutralizeAll(each)])) as T;
}

/** At most `max` code points; the last is "…" when something was cut. */
export function truncateText(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text);
  return points.length <= max ? text : `${points.slice(0, max - 1).join("")}…`;
}

/** The text when it is an http(s) address that can stand in a link, else null. */
export function webUrl(text: string): string | null {
  return text.length <= 2_900 && /^https?:\/\/[^\s<>"|\\\p{Cc}]+$/u.test(text) && URL.canParse(text) ? text : null;
}

/** 52 bits that separate texts, in hexadecimal: two rounds of FNV-1a. For names, never for secrets. */
export function digestText(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return ((a >>> 0) * 0x100000 + ((b >>> 0) & 0xfffff)).toString(16);
}
