import type { AppConfig } from "#config/app-config.ts";
import type { TicketPlace } from "#config/ticket-place.ts";
import { checkProject } from "#integrations/jira/check.ts";
import type { Instant } from "#domain/values/language.ts";
import { noTicketPlace } from "./trackers.ts";

/** Whether a place of the policy takes tickets; rejects with what to do. */
export async function checkJiraPlace({ jira }: AppConfig, place: TicketPlace, clock: () => Instant): Promise<string> {
  if (jira === null || place.target !== "jira") return noTicketPlace(place);
  return checkProject({ ...jira, clock, onCall: () => {} }, place.project, place.issueType);
}
