import type { StoredIncident } from "#db/incidents.ts";
import type { Page } from "#domain/incident/incident.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { PagerAlarm } from "#ports/paging.ts";

/** Every alarm of an episode, and those of people called by name; `except` the alarm that the event came from. */
export function listAlarms(stored: StoredIncident, episode: number, except: string | undefined): readonly PagerAlarm[] {
  const { number, pages } = stored.state;
  const own = pages.filter(
    (page) => page.status !== "failed" && (page.apart === true || isPageOfEpisode(page, { number, episode })),
  );
  return [...new Map(own.map((page) => alarmOf(stored, page)).map((alarm) => [alarm.dedupKey, alarm])).values()].filter(
    ({ dedupKey }) => dedupKey !== except,
  );
}

/**
 * The alarm that a page starts. A pager joins what has the same key and wakes no one twice for it, so a page that must wake
 * someone has a key of its own: each episode, each priority it rises to, each further step of the escalation policy.
 */
export function alarmOf({ uid, state }: StoredIncident, { key, team }: Pick<Page, "key" | "team">): PagerAlarm {
  return { dedupKey: composeAlarmKey(key, uid), team: team ?? state.route.team };
}
