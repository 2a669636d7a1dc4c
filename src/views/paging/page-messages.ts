import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident, Page, PageStatus } from "#domain/incident/incident.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import type { ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { incidentId, isOpen, type Person } from "#domain/values/language.ts";
import {
  clipText,
  joinText,
  linkList,
  localTime,
  mentionPerson,
  richText,
  type RichText,
} from "#domain/values/rich-text.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { incidentPlace, incidentTitle } from "#views/values/incident-place.ts";
import { buttonsPart, contextPart, fallbackText, textMessage, textPart } from "#views/values/message-parts.ts";
import { firingCount, reasonHint } from "#views/values/reason-hint.ts";

/** For the person who has an incident in which something new fires; null when they have seen it. */
export function attentionMessage(incident: Incident, page: string): ChatMessage | null {
  const isUnseen = [incident.escalation, ...Object.values(incident.teamEscalations)].some(
    ({ unseenSince }) => unseenSince !== null,
  );
  if (!isOpen(incident.status) || !isUnseen) return null;
  const what = incident.private ? "" : richText`: ${incident.title}`;
  return {
    text: fallbackText(richText`👉 Something new fires in ${incidentId(incident.number)}`),
    parts: [
      textPart(
        richText`👉 Something new fires in ${incidentPlace(incident, page)}, which you have${what}. Without activity people are paged again.`,
      ),
      buttonsPart(`attention:${incident.number}`, [actionButton("acknowledge", writeReference(incident), "primary")]),
    ],
  };
}

/** What a page's message shows besides the incident. `description`: of what fires; `to`: whose message it is. */
export type PageMessageFacts = { readonly description: string | null; readonly to: Pick<Person, "id"> };

/**
 * The message of a page, for its whole life: with the buttons that answer it, then who answered it and when, or that it
 * has ended or was called off. null: the incident does not have the page.
 */
export function pageMessage(
  incident: Incident,
  key: string,
  url: string,
  { description, to }: PageMessageFacts,
): ChatMessage | null {
  const page = incident.pages.find((each) => each.key === key);
  if (page === undefined) return null;
  const isOver = !isOpen(incident.status) || !WAITING.includes(page.status);
  if (!isOver) return waitingMessage(incident, page, url, description);
  const end = pageEnd(incident, page, to);
  const title = incident.private ? "private" : incident.title;
  return {
    text: fallbackText(richText`${end} ${incident.priority} ${incidentId(incident.number)}: ${title}`),
    parts: [textPart(richText`${end}\n${pageHead(incident, url)}`)],
  };
}

function pageHead(incident: Incident, url: string): RichText {
  return richText`*${incident.priority}* ${incidentPlace(incident, url)}: ${incidentTitle(incident)}`;
}

/** `page` null: an earlier version asked for the message, and named no page. */
function waitingMessage(incident: Incident, page: Page | null, url: string, description: string | null): ChatMessage {
  // Under a page, it is that page which is answered, by either button.
  const under = page === null ? writeReference(incident) : `${writeReference(incident)} ${page.key}`;
  const call = page?.call;
  const title = incident.private ? "private" : incident.title;
  const caller = call === undefined ? "" : richText`${call.by.name} pages you: `;
  return {
    text: fallbackText(richText`🚨 ${caller}${incident.priority} ${incidentId(incident.number)}: ${title}`),
    parts: [
      textPart(richText`🚨 ${pageHead(incident, url)}`),
      ...(call === undefined
        ? []
        : [
            textPart(
              richText`*${mentionPerson(call.by)} pages you*${call.message === null ? "" : `: ${call.message}`}`,
            ),
          ]),
      ...(incident.private ? [] : pageContext(incident, description)),
      buttonsPart(`page:${incident.number}`, [
        actionButton("acknowledge", under, "primary"),
        actionButton("command", under),
      ]),
    ],
  };
}

/** What is wrong, why it is so urgent, how much of it fires, and where to look. */
function pageContext(incident: Incident, description: string | null): readonly MessagePart[] {
  const { priority, priorityReason, alerts, links } = incident;
  const firing = alerts.total === 0 ? "" : ` · ${alerts.firing} of ${alerts.total} alerts firing`;
  const row = [
    ...(links.runbook === null ? [] : [{ title: "Runbook", url: links.runbook }]),
    ...links.dashboards.slice(0, 5),
    ...(links.source === null ? [] : [{ title: "Alert source", url: links.source }]),
  ];
  const missing = links.runbook === null ? "no runbook is linked to this alert" : "";
  return [
    ...(description === null ? [] : [textPart(clipText(description, 800))]),
    contextPart(richText`Why ${priority}: ${priorityReason}${firing}`),
    contextPart(joinText([...(missing === "" ? [] : [missing]), ...(row.length === 0 ? [] : [linkList(row)])], " · ")),
  ];
}

/** What became of a page that no longer waits. */
function pageEnd(incident: Incident, page: Page, to: Pick<Person, "id">): RichText {
  const rest = "You can go back to sleep.";
  const { status, answeredBy, acknowledgedAt, canceledBy } = page;
  if (status === "canceled") return richText`↩️ ${canceledBy?.name ?? "Someone"} called this page off. ${rest}`;
  if (!isOpen(incident.status) || status === "resolved")
    return incident.resolvedAt === null
      ? richText`✅ This page has ended. ${rest}`
      : richText`✅ ${endWord(incident)} ${localTime(incident.resolvedAt)}. ${rest}`;
  const at = acknowledgedAt === null ? "" : richText` ${localTime(acknowledgedAt)}`;
  if (isSamePerson(null, answeredBy, to)) return richText`✅ You acknowledged this page${at}.`;
  return richText`✅ Acknowledged by ${answeredBy?.name ?? "someone"}${at}. ${rest}`;
}

function endWord({ status, number }: Incident): string {
  return status === "canceled" ? `${incidentId(number)} was canceled` : `${incidentId(number)} was resolved`;
}

/** For the person who ended an incident whose alerts still fire. */
export function reopenedMessage(incident: Incident, page: string): ChatMessage {
  const { number, alerts } = incident;
  return {
    text: fallbackText(richText`${incidentId(number)} is open again: alerts still fire`),
    parts: [
      textPart(
        richText`🔁 You ended ${incidentPlace(incident, page)} while alerts fired, and ${firingCount(alerts)}: ${incidentTitle(incident)}. It is open again, and people are being paged.`,
      ),
      buttonsPart(`page:${number}`, [
        actionButton("acknowledge", writeReference(incident), "primary"),
        actionButton("command", writeReference(incident)),
      ]),
    ],
  };
}

/** For the person who ended an incident in the pager without a reason. */
export function reasonMessage(incident: Incident, page: string): ChatMessage {
  return textMessage(
    richText`❓ You ended ${incidentPlace(incident, page)} in the pager while ${firingCount(incident.alerts)}: ${incidentTitle(incident)}. ${reasonHint(incident)}`,
  );
}

/** Pages that wait for an answer: not given by someone else for a page of the escalation policy. */
const WAITING: readonly PageStatus[] = ["requested", "sent", "failed", "expired"];

/** The page as it is first sent; null when it is answered or has ended by then. `key` undefined: an earlier version stored it. */
export function newPageMessage(
  incident: Incident,
  key: string | undefined,
  url: string,
  { description }: PageMessageFacts,
): ChatMessage | null {
  if (key === undefined)
    return incident.status === "triggered" ? waitingMessage(incident, null, url, description) : null;
  const page = incident.pages.find((each) => each.key === key);
  const isWanted = isOpen(incident.status) && page !== undefined && page.status !== "expired";
  return isWanted && WAITING.includes(page.status) ? waitingMessage(incident, page, url, description) : null;
}
