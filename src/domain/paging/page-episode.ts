import type { Incident, Page } from "#domain/incident/incident.ts";
import { parsePageKey } from "./page-key.ts";

/** Whether a page belongs to an episode of its incident: alarms of an earlier one do not apply to the present one. */
export function isPageOfEpisode(page: Page, { number, episode }: Pick<Incident, "number" | "episode">): boolean {
  if (page.episode !== undefined) return page.episode === episode;
  // A page that an earlier version stored has its episode in its key only.
  const parsed = parsePageKey(page.key);
  return parsed?.incident === number && parsed.episode === episode;
}
