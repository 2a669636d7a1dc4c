import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId, type Person } from "#domain/values/language.ts";
import { linkText, richText } from "#domain/values/rich-text.ts";
import { incidentPlace, incidentTitle } from "#views/values/incident-place.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/**
 * For the owner of a postmortem: when it is due and where it stands; null when they no longer own it, or it is
 * reviewed.
 */
export function ownerMessage(incident: Incident, to: Person, page: string): ChatMessage | null {
  const { owner, due, state } = incident.postmortem;
  if (!isSamePerson(null, owner, to) || state === "reviewed" || state === "closed") return null;
  return textMessage(
    richText`📄 You own the postmortem of ${incidentPlace(incident, page)}: ${incidentTitle(incident)}${due === null ? "" : richText`, due by *${due}*`}. ${linkText(`${page}/postmortem`, "Most of it is written")}; \`/incident ${incidentId(incident.number)} postmortem\` shows what is missing.`,
  );
}

/** For a reviewer of a postmortem; null when it is not in review. */
export function reviewerMessage(incident: Incident, page: string): ChatMessage | null {
  if (incident.postmortem.state !== "in review") return null;
  return textMessage(
    richText`🔎 You are asked to review the ${linkText(`${page}/postmortem`, "postmortem")} of ${incidentPlace(incident, page)}: ${incidentTitle(incident)}. When it is good: \`/incident ${incidentId(incident.number)} postmortem reviewed\`.`,
  );
}
