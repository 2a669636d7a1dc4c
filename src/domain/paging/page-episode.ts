import type { Incident, Page } from "#domain/incident/incident.ts";

/** Whether a page belongs to an episode of its incident: alarms of an earlier one say nothing about the incident as it is. */
export function isPageOfEpisode(page: Page, { number, episode }: Pick<Incident, "number" | "episode">): boolean {
  // A page that an earlier version stored tells its episode in its key only, which begins with INC-n:EPISODE.
  return page.episode === undefined ? page.key.startsWith(`INC-${number}:${episode}:`) : page.episode === episode;
}
