import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { keptSecret } from "#db/secrets.ts";
import type { Executor } from "#db/client.ts";

/** Whose calendar it is. */
export type CalendarOf = "schedule" | "person";

/** The key of all secret addresses of calendars, made up once. */
export function calendarSecret(db: Executor): Promise<string> {
  return keptSecret(db, "calendar", randomBytes(32).toString("hex"));
}

/** The path of a calendar: whoever knows it may read it, as is the custom with calendars, whose programs cannot sign in. */
export function calendarPath(secret: string, of: CalendarOf, name: string): string {
  return `/oncall/${keyOf(secret, of, name)}/${of}/${encodeURIComponent(name)}.ics`;
}

/** Whether a key is that of a calendar; takes as long for every wrong one. */
export function opensCalendar(secret: string, of: CalendarOf, name: string, key: string): boolean {
  const [wanted, given] = [Buffer.from(keyOf(secret, of, name)), Buffer.from(key)];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function keyOf(secret: string, of: CalendarOf, name: string): string {
  return createHmac("sha256", secret).update(`${of}:${name}`).digest("hex").slice(0, 40);
}
