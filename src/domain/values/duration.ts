export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/** "90s", "10m", "1h30m" in ms; null when it is no duration. The syntax is Prometheus's. */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:ms|[smhdw]))+$/.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) total += Number(count) * (UNITS[unit!] ?? 0);
  return total;
}

/** "22 min", "1 h 5 min", "8 s": two units at most. Of two clocks one may be ahead: what would be less than nothing is "0 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 300 && seconds % 60) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** "at once", "after 5 min": how long something took to come. */
export function formatDelay(ms: number): string {
  return ms < 1_000 ? "at once" : `after ${formatDuration(ms)}`;
}
