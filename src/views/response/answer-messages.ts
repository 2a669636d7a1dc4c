import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { incidentId, isOpen, ROLE_TITLES, ROLES, type Instant } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import type { RoleTenure } from "#domain/postmortem/role-history.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { escalationLines, hasOneEscalation, nextPageText, waitingText } from "#domain/paging/escalation-text.ts";
import { truncateText } from "#domain/values/text.ts";
import { clockIn, dayIn } from "#domain/values/wall-clock.ts";
import type { FormName } from "#verbs/verb.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { durationOrDash, formatPercent, remediatedText } from "#views/reporting/statistics-export.ts";
import { stillFiringText } from "#views/alerting/still-firing.ts";
import { STATUS_EMOJI } from "#views/channel/incident-card.ts";
import type { ChatButton, ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  markedText,
  joinText,
  linkText,
  mentionPerson,
  mentionChannel,
  localTime,
  clipText,
  type RichText,
} from "#domain/values/rich-text.ts";
import {
  LONGEST_PART,
  textMessage,
  textPart,
  contextPart,
  buttonsPart,
  fallbackText,
} from "#views/values/message-parts.ts";

/** Where one incident stands. */
export function statusMessage(
  incident: Incident,
  page: string,
  now: Instant,
  off: readonly string[] = [],
): ChatMessage {
  const { number, priority, plan, status, title, alerts, roles, updates, channel } = incident;
  const roleLines = ROLES.filter((role) => roles[role] !== null).map(
    (role) => richText`${ROLE_TITLES[role]} ${mentionPerson(roles[role]!)}`,
  );
  const lines = [
    richText`${STATUS_EMOJI[status]} *${linkText(page, incidentId(number))}* ${title}`,
    richText`${priority} (${plan.sev}), *${status}*, since ${localTime(incident.detectedAt)} (${formatDuration((incident.resolvedAt ?? now) - incident.detectedAt)})`,
    richText`${alerts.firing} of ${alerts.total} alerts firing · ${roleLines.length === 0 ? "no roles assigned" : joinText(roleLines, ", ")}`,
    ...[stillFiringText(incident)].filter((line) => line !== null),
    ...pagingLines(incident),
    ...(updates.due === null
      ? []
      : [
          richText`Next update by ${localTime(updates.due)}${updates.sent === 0 ? "" : richText` · ${updates.onTime} of ${updates.sent} updates were on time`}`,
        ]),
    ...(channel === null || channel.url === "" ? [] : [richText`${mentionChannel(channel)}`]),
    ...off.map((line) => richText`⏸️ ${line}`),
  ];
  return textMessage(joinText(lines, "\n"));
}

/** Who has it, who is paged next and when: a line for each escalation. */
function pagingLines(incident: Incident): readonly RichText[] {
  if (!hasOneEscalation(incident)) return escalationLines(incident);
  const next = nextPageText(incident);
  return [
    ...(incident.status === "acknowledged" && incident.ackUntil !== null
      ? [richText`Pages again ${localTime(incident.ackUntil)} without activity`]
      : []),
    ...(next === null ? [] : [richText`Next: ${next}`]),
  ];
}

/**
 * Open incidents, the newest first; then those that ended while alerts of them fire.
 * @param filter the words that all of them fit; null: they are all that is open
 */
export function listMessage(
  incidents: readonly Incident[],
  page: (incident: LinkedIncident) => string,
  firing: readonly Incident[] = [],
  filter: string | null = null,
): ChatMessage {
  const fitting = filter === null ? "" : ` for "${oneLine(filter, 60)}"`;
  const ended = firing.slice(0, 10).map((each) => {
    const place = linkText(page(each), incidentId(each.number));
    return richText`${place} ${each.priority} *${each.status}* ${each.title}\n${stillFiringText(each) ?? ""}`;
  });
  const stillFiring =
    ended.length === 0 ? "" : richText`\n*${firing.length} ended while alerts fire*\n${joinText(ended, "\n")}`;
  if (incidents.length === 0 && filter !== null)
    return textMessage(
      richText`No open incident is a match${fitting}: it takes a priority, a team and a service. \`list\` alone lists all.${stillFiring}`,
    );
  if (incidents.length === 0)
    return textMessage(ended.length === 0 ? "No incident is open. 🎉" : richText`No incident is open.${stillFiring}`);
  const lines = incidents
    .slice(0, 20)
    .map(
      (each) =>
        richText`${STATUS_EMOJI[each.status]} ${linkText(page(each), incidentId(each.number))} ${each.priority} *${each.status}* ${each.title}${each.channel === null || each.channel.url === "" ? "" : richText` ${mentionChannel(each.channel)}`} · IC ${each.roles.commander === null ? markedText("_unassigned_") : mentionPerson(each.roles.commander)}${waitingLine(each)}`,
    );
  return textMessage(
    richText`*${incidents.length} open*${fitting}\n${joinText(lines, "\n")}${incidents.length > 20 ? "\n… and more: the dashboard has them all" : ""}${stillFiring}`,
  );
}

/** Under an incident of a list: who of several has not answered. */
function waitingLine(incident: Incident): RichText | string {
  const waiting = waitingText(incident);
  return waiting === null ? "" : clipText(richText`\n    📣 ${waiting}`, 300);
}

/** Who holds which role, and for how long. */
export function rolesMessage(incident: Incident, tenures: readonly RoleTenure[], now: Instant): ChatMessage {
  const lines = ROLES.map((role) => {
    const since = incident.rolesSince[role];
    const holder = incident.roles[role];
    return richText`*${ROLE_TITLES[role]}* ${holder === null ? markedText("_unassigned_") : richText`${mentionPerson(holder)}${since === null ? "" : richText`, for ${formatDuration((incident.resolvedAt ?? now) - since)}`}`}`;
  });
  const past = tenures
    .filter(({ until }) => until !== null)
    .map(
      ({ role, name, since, until }) =>
        richText`${name} was ${ROLE_TITLES[role]} for ${formatDuration(until! - since)}`,
    );
  if (past.length > 0) lines.push(joinText(past.slice(-10), "\n"));
  if (incident.handoff !== null)
    lines.push(richText`Command is offered to ${mentionPerson(incident.handoff.to)} and not taken yet.`);
  const free: ChatButton[] = isOpen(incident.status)
    ? [
        ...(incident.roles.commander === null ? [actionButton("command", writeReference(incident))] : []),
        ...(incident.roles.scribe === null ? [actionButton("scribe", writeReference(incident))] : []),
      ]
    : [];
  return {
    text: fallbackText(joinText(lines, "\n")),
    parts: [
      textPart(joinText(lines, "\n")),
      ...(free.length === 0 ? [] : [buttonsPart(`roles:${incident.number}`, free)]),
    ],
  };
}

/** The end of the timeline, and where the whole of it is. */
/** What happened recently, by the clock of who asks, with the day where it is not today. */
export function timelineMessage(
  incident: Incident,
  entries: readonly TimelineEntry[],
  page: string,
  zone: string,
  now: Instant,
): ChatMessage {
  const shown = entries.slice(-15);
  const today = dayIn(now, zone);
  const when = (at: Instant): string =>
    dayIn(at, zone) === today ? clockIn(at, zone) : `${dayIn(at, zone)} ${clockIn(at, zone)}`;
  const lines = shown.map(({ at, summary }) => richText`\`${when(at)}\` ${summary}`);
  const left = entries.length - shown.length;
  return textMessage(
    richText`*${linkText(page, incidentId(incident.number))}*${zone === "UTC" ? " (UTC)" : ""}${left > 0 ? richText`\n… ${left} earlier entries are on the page` : ""}\n${joinText(lines, "\n")}`,
  );
}

/** Tasks and follow-ups, those to do first. */
export function tasksMessage(incident: Incident): ChatMessage {
  const { tasks, number } = incident;
  if (tasks.length === 0)
    return textMessage(
      richText`${incidentId(number)} has no tasks. \`task TEXT @USER\` adds one, \`followup TEXT @USER due friday\` one for afterwards.`,
    );
  const line = ({ id, kind, text, owner, due, doneAt, dropped }: Incident["tasks"][number]): RichText =>
    richText`${doneAt === null ? "☐" : dropped === undefined ? "☑" : "☒"} ${id} ${kind === "followup" ? markedText("_follow-up_ ") : ""}${text}${owner === null ? "" : richText` · ${mentionPerson(owner)}`}${due === null ? "" : richText` · due ${due}`}${dropped === undefined ? "" : ` · dropped: ${dropped}`}`;
  const open = tasks.filter(({ doneAt }) => doneAt === null);
  const done = tasks.filter(({ doneAt }) => doneAt !== null);
  const text = richText`*Tasks of ${incidentId(number)}*\n${joinText([...open, ...done].map(line), "\n")}\n\`task done N\` ticks one off.`;
  return textMessage(clipText(text, LONGEST_PART));
}

/** The figures of a period in a few lines; the command line and the API show all of them. */
export function statsMessage(figures: IncidentStatistics, days: number): ChatMessage {
  const { times, byPriority, total, open, pages, paging, updates, betweenFailures, services, remediated } = figures;
  const spread = (what: string, of: PercentileSummary | null): string =>
    `${what} ${of === null ? "–" : `${durationOrDash(of.p50)} (p90 ${durationOrDash(of.p90)})`}`;
  const urgent = services.items.filter(({ budget }) => budget !== null && budget.state !== "ship");
  return textMessage(
    joinText(
      [
        richText`*The last ${days} days*: ${total} incidents${
          total === 0
            ? ""
            : richText` (${joinText(
                Object.entries(byPriority).map(([priority, count]) => richText`${priority} ${count}`),
                ", ",
              )})`
        }`,
        richText`Median ${spread("to acknowledge", times.acknowledge)}, ${spread("to mitigate", times.mitigate)}, ${spread("to resolve", times.resolve)}; mean to resolve ${durationOrDash(times.resolve?.mean)}`,
        richText`${open} open now · ${pages} pages, ${paging.night} of them in the night (${figures.zone}) · ${updates.onTime} of ${updates.sent} updates on time · ${durationOrDash(betweenFailures)} between failures`,
        richText`Mitigated by verified runbooks: ${remediatedText(remediated.alone.count, remediated.resolved)} without a person, ${remediatedText(remediated.approved.count, remediated.resolved)} with approval`,
        ...urgent
          .slice(-10)
          .map(
            ({ service, month, uptime, budget }) =>
              richText`${budget!.state === "freeze" ? "🧊" : "🐢"} *${budget!.state}* ${truncateText(service, 100)} in ${month}: ${formatPercent(uptime)} up, ${durationOrDash(Math.abs(budget!.left))} ${budget!.left < 0 ? "over" : "left of"} its budget`,
          ),
      ],
      "\n",
    ),
  );
}

/** Forms of verbs that do something without any words, so that the form is asked for by name. */
const NAMED_FORMS: readonly FormName[] = ["resolve", "mitigate", "roles", "private"];

/** The form that was asked for where none can be opened: the button opens it. */
export function formOffer(form: FormName, incident: Incident | null): ChatMessage {
  const about =
    incident === null ? "" : `${incident.uid === undefined ? incidentId(incident.number) : writeReference(incident)} `;
  const words = NAMED_FORMS.includes(form) ? `${form} form` : form;
  const open: ChatButton = { action: `verb.${form}`, label: "Open the form", value: `${about}${words}` };
  const { text, parts } = textMessage(richText`A form needs a click. Or type it: \`help ${form}\` shows how.`);
  return { text, parts: [...parts, buttonsPart("form", [open])] };
}

/** Words that are no verb may be what is wrong: the button opens the form with them. */
export function declareOffer(problem: string, words: string): ChatMessage {
  const { text, parts } = textMessage(problem);
  const button: ChatButton = {
    action: "verb.declare",
    // A label has no markup, and shows none.
    label: `Declare "${truncateText(words, 50).replaceAll("<", "‹").replaceAll(">", "›")}"`,
    value: `declare form ${truncateText(words, 500)}`,
  };
  return { text, parts: [...parts, buttonsPart("declare", [button])] };
}

/** Of which incident? The same words again, with the answer. */
export function pickMessage(text: string, incidents: readonly Incident[]): ChatMessage {
  const question = truncateText(text, 200);
  // What a button cannot carry would be lost.
  if (Array.from(text).length > 1_900)
    return textMessage(richText`\`${question}\`: say it again with the incident in front, as in \`INC-n …\`.`);
  const buttons = incidents.map((each, i): ChatButton => ({
    action: `pick.${i}`,
    label: `${incidentId(each.number)} ${each.title}`,
    value: `${writeReference(each)} ${text}`,
  }));
  return {
    text: "Of which incident?",
    parts: [
      textPart(richText`\`${question}\`: of which incident?`),
      buttonsPart("pick", buttons),
      contextPart(markedText("Or name it: `/incident INC-n …`")),
    ],
  };
}
