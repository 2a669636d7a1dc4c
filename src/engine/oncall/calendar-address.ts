import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { getOrCreateSecret } from "#db/stored-secrets.ts";
import type { QueryExecutor } from "#db/client.ts";

/** Whose calendar it is. */
export type CalendarSubject = "schedule" | "person";

/** The key of all secret addresses of calendars, made up once. */
export function calendarSecret(db: QueryExecutor): Promise<string> {
  return getOrCreateSecret(db, "calendar", randomBytes(32).toString("hex"));
}

/** The path of a calendar: its holder may read it, because calendar programs cannot sign in. */
export function calendarPath(secret: string, of: CalendarSubject, name: string): string {
  return `/oncall/${keyOf(secret, of, name)}/${of}/${encodeURIComponent(name)}.ics`;
}

/** Whether a key is that of a calendar; takes as long for every wrong one. */
export function isCalendarKey(secret: string, of: CalendarSubject, name: string, key: string): boolean {
  const [wanted, given] = [Buffer.from(keyOf(secret, of, name)), Buffer.from(key)];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function keyOf(secret: string, of: CalendarSubject, name: string): string {
  return createHmac("sha256", secret).update(`${of}:${name}`).digest("hex").slice(0, 40);
}
