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
  return cut(clean, max);
}

/** At most `max` code points; the last is "…" when something was cut. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text);
  return points.length <= max ? text : `${points.slice(0, max - 1).join("")}…`;
}

/** The text when it is an http(s) address that can stand in a link, else null. */
export function webUrl(text: string): string | null {
  return text.length <= 2_900 && /^https?:\/\/[^\s<>"|\\\p{Cc}]+$/u.test(text) && URL.canParse(text) ? text : null;
}
