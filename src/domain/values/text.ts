/**
 * Text from outside as one line that can be stored, shown and sent anywhere: no control characters, no direction
 * overrides, no broken surrogates; at most `max` code points, the last a "…" when something was cut.
 */
export function oneLine(text: string, max: number): string {
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

/** 52 bits that tell texts apart, in hexadecimal: two rounds of FNV-1a. For names, never for secrets. */
export function digestText(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return ((a >>> 0) * 0x100000 + ((b >>> 0) & 0xfffff)).toString(16);
}
