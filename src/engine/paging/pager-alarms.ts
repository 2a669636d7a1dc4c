import { findAlarmPlaces } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Page } from "#domain/incident/incident.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PagerAlarm } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";

/** Every alarm of an episode, and those of people called by name; `except` the alarm that the event came from. */
export function listAlarms(stored: StoredIncident, episode: number, except: string | undefined): readonly PagerAlarm[] {
  const { number, pages } = stored.state;
  const own = pages.filter(
    // Of a page that failed the pager may have an alarm all the same, when it took it once: late, or because of a rule.
    (page) =>
      (page.status !== "failed" || page.via !== null) &&
      (page.apart === true || isPageOfEpisode(page, { number, episode })),
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

/**
 * Does something with alarms, each in the place where it was opened, whatever the policy says by now. One that fails keeps
 * no other from its turn; then the whole is tried again, or has failed for good when nothing else is left to try.
 *
 * @throws PortError of the alarm that may still succeed, else of the first that failed
 */
export async function forEachAlarm(
  { connection }: Engine,
  { uid, state }: StoredIncident,
  alarms: readonly PagerAlarm[],
  work: (alarm: PagerAlarm) => Promise<void>,
): Promise<void> {
  if (alarms.length === 0) return;
  const places = new Map(
    (await findAlarmPlaces(connection.db, state.number)).map(({ page, place }) => [composeAlarmKey(page, uid), place]),
  );
  const failures: PortError[] = [];
  for (const alarm of alarms) {
    const place = places.get(alarm.dedupKey) ?? null;
    try {
      await work(place === null ? alarm : { ...alarm, place });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      failures.push(error);
    }
  }
  const failure = failures.find(({ retryable }) => retryable) ?? failures[0];
  if (failure !== undefined) throw failure;
}
