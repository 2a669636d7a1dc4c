import type { Context } from "#domain/events/decision.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { incidentId, incidentNumber } from "#domain/values/language.ts";

/** The parts of a page's key. Keys are stored, and pagers use them to name alarms: their form stays. */
type PageKeyParts = { readonly incident: number; readonly episode: number };

/**
 * The key of an incident's next page. It counts pages, not steps: an incident may come back to the same priority and step,
 * and that page is a new one. `salt`: a word that no page had before. A pager joins what has the same key and wakes no one,
 * and a count begins again where a restored backup ends.
 */
export function nextPageKey(
  { number, episode, priority, pages }: Pick<Incident, "number" | "episode" | "priority" | "pages">,
  { salt = "" }: Pick<Context, "salt">,
): string {
  return `${incidentId(number)}:${episode}:${priority}:${pages.length}${salt === "" ? "" : `:${salt}`}`;
}

/** Whose page a key is, and of which episode; null when it is none that Muster made. */
export function parsePageKey(key: string): PageKeyParts | null {
  const [id = "", episode = "", ...rest] = key.split(":");
  const incident = incidentNumber(id);
  return incident === null || !/^\d+$/.test(episode) || rest.length === 0
    ? null
    : { incident, episode: Number(episode) };
}

/**
 * The key under which the pager has the alarm of a page. `uid`: that of the incident, as numbers begin again with a new
 * database.
 */
export function composeAlarmKey(page: string, uid: string): string {
  return `muster:${page}:${uid}`;
}

/** Whether an alarm is of this incident, and not of another that once had its number. */
export function isAlarmOf({ uid }: Pick<Incident, "uid">, alarm: string): boolean {
  return uid === undefined || alarm.endsWith(`:${uid}`);
}

/** The key of the page that an alarm was started for; null when it is no alarm that Muster started. */
export function parseAlarmKey(alarm: string): string | null {
  return /^muster:(.+):[^:]*$/s.exec(alarm)?.[1] ?? null;
}

/** The page that an alarm was started for, when it is one of these. */
export function pageOfAlarm(pages: readonly Page[], alarm: string): Page | undefined {
  const page = parseAlarmKey(alarm);
  return pages.find(({ key }) => key === page);
}
