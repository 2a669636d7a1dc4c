/**
 * The ms that a `Retry-After` asks to wait; null when it has none. Of its two forms only seconds are understood: a date
 * would be counted by the other side's clock. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | number | null | undefined): number | null {
  const seconds = Number(value ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
