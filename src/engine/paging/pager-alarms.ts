import { findAlarmPlaces } from "#db/effects.ts";
import { incidentsByNumber, type StoredIncident } from "#db/incidents.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PagerAlarm } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";

/** Every alarm of an episode, and those of people called by name; `except` the alarm that the event came from. */
export function listAlarms(stored: StoredIncident, episode: number, except: string | undefined): readonly PagerAlarm[] {
  const { number, pages } = stored.state;
  const own = pages.filter(
    // What went along into another incident is its business. Of a page that failed the pager may have an alarm all the same, when it took it once: late, or because of a rule.
    (page) =>
      page.carriedTo === undefined &&
      (page.status !== "failed" || page.via !== null) &&
      (page.apart === true || isPageOfEpisode(page, { number, episode })),
  );
  return [...new Map(own.map((page) => alarmOf(stored, page)).map((alarm) => [alarm.dedupKey, alarm])).values()].filter(
    ({ dedupKey }) => dedupKey !== except,
  );
}

/**
 * Alarms that may be open although their pages failed: the first answer to a page may have been lost, and the next a
 * refusal. Code that ends them must accept a refusal as an answer.
 */
export function listDoubtfulAlarms(stored: StoredIncident, episode: number): readonly PagerAlarm[] {
  const { number, pages } = stored.state;
  return pages
    .filter(
      (page) =>
        page.carriedTo === undefined &&
        page.status === "failed" &&
        page.via === null &&
        isPageOfEpisode(page, { number, episode }),
    )
    .map((page) => alarmOf(stored, page));
}

/**
 * The alarm that a page starts; one that came along in a merge keeps that of the incident which asked for it. A pager joins what has the same key and wakes no one twice for it, so a page that must wake
 * someone has a key of its own: each episode, each priority it rises to, each further step of the escalation policy.
 */
export function alarmOf(
  { uid, state }: StoredIncident,
  { key, team, origin }: Pick<Page, "key" | "team" | "origin">,
): PagerAlarm {
  return origin === undefined
    ? { dedupKey: composeAlarmKey(key, uid), team: team ?? state.route.team }
    : { dedupKey: composeAlarmKey(key, origin.uid ?? uid), team: origin.team };
}

/** The incidents that asked for the pages of one: itself, and those that were merged into it. */
export function askingIncidents({ number, pages }: Incident): readonly number[] {
  return [...new Set([number, ...pages.flatMap(({ origin }) => origin?.incident ?? [])])];
}

/** Where a page is now, when merges may have taken it elsewhere since an effect was asked for; null: it is of no incident. */
export async function readPageHome(
  { connection }: Engine,
  stored: StoredIncident,
  key: string,
): Promise<{ readonly stored: StoredIncident; readonly page: Page } | null> {
  const known = new Map([[stored.state.number, stored]]);
  for (;;) {
    let missing: number | null = null;
    const home = findPageHome(stored.state, key, (number) => {
      missing = known.has(number) ? null : number;
      return known.get(number)?.state ?? null;
    });
    if (home !== null) return { stored: known.get(home.incident.number)!, page: home.page };
    const [next] = missing === null ? [] : await incidentsByNumber(connection.db, [missing]);
    if (next === undefined) return null;
    known.set(next.state.number, next);
  }
}

/**
 * Does something with alarms, each in the place where it was opened, whatever the policy is by now. One that fails
 * keeps no other from its turn; then the whole is tried again, or has failed for good when nothing else is left to try.
 *
 * @throws PortError of the alarm that may still succeed, else of the first that failed
 */
export async function forEachAlarm(
  { connection }: Engine,
  stored: StoredIncident,
  alarms: readonly PagerAlarm[],
  work: (alarm: PagerAlarm) => Promise<void>,
): Promise<void> {
  if (alarms.length === 0) return;
  const { state } = stored;
  const found = await findAlarmPlaces(connection.db, askingIncidents(state));
  const places = new Map(
    found.flatMap(({ page, place }) => {
      const of = state.pages.find(({ key }) => key === page);
      return of === undefined ? [] : [[alarmOf(stored, of).dedupKey, place]];
    }),
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
