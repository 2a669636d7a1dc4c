import { acceptDecision, type Context, type Decision } from "#domain/events/decision.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { pageOfAlarm } from "./page-key.ts";
import { restartPaging, rearmEscalation } from "./escalation.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, type PagerUpdate } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";

/** `what` happened to `alarm`, which is one of ours; `text` is the pager's description. */
type PagerReport = { readonly what: PagerUpdate; readonly alarm: string; readonly text: string };

/**
 * What the pager says happened there. It speaks of what is true there already, so nothing is refused; what is true here
 * too (above all what we told it ourselves) changes nothing, and so nothing follows from it: no echo of an echo.
 */
export function applyPagerUpdate(incident: Incident, { what, alarm, text }: PagerReport, ctx: Context): Decision {
  const { status } = incident;
  // An alarm of an earlier episode, a resolved one, or a call for a person does not apply to the incident as it is.
  if (what !== "told" && !appliesTo(incident, alarm, what))
    return acceptDecision([{ type: "pager.told", data: { text: oneLine(text, 500) } }]);
  switch (what) {
    case "acknowledged":
      return acceptDecision(status === "triggered" ? [{ type: "incident.acknowledged", data: { alarm } }] : []);
    case "unacknowledged":
      // A person with a role is active, whatever the pager's state.
      if (status !== "acknowledged" || incident.roles.commander !== null) return acceptDecision([]);
      return acceptDecision([
        { type: "incident.unacknowledged", data: { reason: oneLine(text, 300) } },
        ...restartPaging(incident, "nobody has it any more", ctx),
      ]);
    case "resolved":
      return acceptDecision(
        isOpen(status)
          ? [
              {
                type: "incident.resolved",
                data: { by: "person", reason: oneLine(text, 300), firing: incident.alerts.firing, alarm },
              },
            ]
          : [],
      );
    case "reopened":
      return acceptDecision(
        status === "resolved" || status === "closed"
          ? [
              { type: "incident.reopened", data: { status: "triggered", reason: oneLine(text, 300) } },
              ...rearmEscalation({ ...incident, escalation: { step: 0, next: null } }, ctx),
            ]
          : [],
      );
    case "told":
      return acceptDecision([{ type: "pager.told", data: { text: oneLine(text, 500) } }]);
  }
}

/** Whether an alarm is the incident's own, of this episode, and not over: only then what happens to it happens to the incident. */
function appliesTo(incident: Incident, alarm: string, what: PagerUpdate): boolean {
  const page = pageOfAlarm(incident.pages, alarm);
  if (page === undefined || page.apart === true) return false;
  return (
    isPageOfEpisode(page, incident) && (what === "reopened" || (page.status !== "resolved" && page.status !== "failed"))
  );
}
