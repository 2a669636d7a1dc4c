import type { Button, KnownBlock } from "@slack/types";
import type { Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/instant.ts";
import { incidentId, isOpen, ROLE_TITLES, ROLES, type Instant } from "#domain/values/language.ts";
import type { RoleTenure } from "#domain/postmortem/role-history.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { truncateText } from "#domain/values/text.ts";
import { clockIn, dayIn } from "#domain/values/wall-clock.ts";
import { findVerb, ALL_VERBS } from "#verbs/verb-registry.ts";
import { VERB_GROUPS, type FormName } from "#verbs/verb.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { durationOrDash, formatPercent, remediatedText } from "#views/reporting/statistics-export.ts";
import { STATUS_EMOJI } from "#views/channel/incident-card.ts";
import {
  contextBlock,
  cutMarkup,
  escapeMrkdwn,
  fallbackText,
  mrkdwnLink,
  localTime,
  mentionPerson,
  plainTextObject,
  sectionBlock,
  type SlackMessage,
} from "#views/values/block-kit.ts";

/** The verbs, as text and as buttons for those who use them once a year. */
export function helpMessage(name: string | null): SlackMessage {
  const one = name === null ? null : findVerb(name);
  if (one !== null) {
    const also = one.aliases.length === 0 ? "" : ` Also: ${one.aliases.map((alias) => `\`${alias}\``).join(", ")}.`;
    return textMessage(`\`/incident ${one.name}${one.usage === "" ? "" : ` ${one.usage}`}\` ${one.summary}.${also}`);
  }
  const blocks: KnownBlock[] = [];
  for (const group of VERB_GROUPS) {
    const lines = ALL_VERBS.filter((verb) => verb.group === group).map(
      (verb) => `\`${verb.name}${verb.usage === "" ? "" : ` ${verb.usage}`}\` ${verb.summary}`,
    );
    blocks.push(sectionBlock(`*${group}*\n${lines.join("\n")}`));
  }
  const buttons = ["declare", "list", "oncall", "status", "update", "timeline"].map((verb): Button => ({
    type: "button",
    text: plainTextObject(verb, 75),
    action_id: `verb.${verb}`,
    value: verb,
  }));
  blocks.push({ type: "actions", block_id: "verbs", elements: buttons });
  blocks.push(
    contextBlock("In an incident's channel the incident is understood; elsewhere say `INC-n`, or pick one. 📌 on a message keeps it in the timeline."),
  );
  return { text: "The verbs of /incident: declare, ack, severity, update, mitigate, resolve and more", blocks };
}

/** Where one incident stands. */
export function statusMessage(incident: Incident, page: string, now: Instant, off: readonly string[] = []): SlackMessage {
  const { number, priority, plan, status, title, alerts, roles, escalation, updates, channel } = incident;
  const held = ROLES.filter((role) => roles[role] !== null).map((role) => `${ROLE_TITLES[role]} ${mentionPerson(roles[role]!)}`);
  const lines = [
    `${STATUS_EMOJI[status]} *${mrkdwnLink(page, incidentId(number))}* ${escapeMrkdwn(title)}`,
    `${priority} (${escapeMrkdwn(plan.sev)}), *${status}*, since ${localTime(incident.detectedAt)} (${formatDuration((incident.resolvedAt ?? now) - incident.detectedAt)})`,
    `${alerts.firing} of ${alerts.total} alerts firing · ${held.length === 0 ? "nobody has a role" : held.join(", ")}`,
    ...(incident.status === "acknowledged" && incident.ackUntil !== null
      ? [`Pages again ${localTime(incident.ackUntil)} if nobody is heard from by then`]
      : []),
    ...(escalation.next === null ? [] : [`Next: pages ${escapeMrkdwn(escalation.next.to)} ${localTime(escalation.next.at)} unless somebody acknowledges`]),
    ...(updates.due === null
      ? []
      : [`Next update by ${localTime(updates.due)}${updates.sent === 0 ? "" : ` · ${updates.onTime} of ${updates.sent} updates were on time`}`]),
    ...(channel === null || channel.url === "" ? [] : [`<#${channel.id}>`]),
    ...off.map((line) => `⏸️ ${escapeMrkdwn(line)}`),
  ];
  return textMessage(lines.join("\n"));
}

/** Open incidents, the newest first. */
export function listMessage(incidents: readonly Incident[], page: (number: number) => string): SlackMessage {
  if (incidents.length === 0) return textMessage("No incident is open. 🎉");
  const lines = incidents
    .slice(0, 20)
    .map(
      (each) =>
        `${STATUS_EMOJI[each.status]} ${mrkdwnLink(page(each.number), incidentId(each.number))} ${each.priority} *${each.status}* ${escapeMrkdwn(each.title)}${each.channel === null || each.channel.url === "" ? "" : ` <#${each.channel.id}>`} · IC ${each.roles.commander === null ? "_nobody_" : mentionPerson(each.roles.commander)}`,
    );
  return textMessage(`*${incidents.length} open*\n${lines.join("\n")}${incidents.length > 20 ? "\n… and more: the dashboard has them all" : ""}`);
}

/** Who holds which role, and for how long. */
export function rolesMessage(incident: Incident, held: readonly RoleTenure[], now: Instant): SlackMessage {
  const lines = ROLES.map((role) => {
    const since = incident.rolesSince[role];
    const holder = incident.roles[role];
    return `*${ROLE_TITLES[role]}* ${holder === null ? "_nobody_" : `${mentionPerson(holder)}${since === null ? "" : `, for ${formatDuration((incident.resolvedAt ?? now) - since)}`}`}`;
  });
  const past = held
    .filter(({ until }) => until !== null)
    .map(({ role, name, since, until }) => `${escapeMrkdwn(name)} was ${ROLE_TITLES[role]} for ${formatDuration(until! - since)}`);
  if (past.length > 0) lines.push(past.slice(-10).join("\n"));
  if (incident.handoff !== null) lines.push(`Command is offered to ${mentionPerson(incident.handoff.to)} and not taken yet.`);
  const free: Button[] = isOpen(incident.status)
    ? [
        ...(incident.roles.commander === null ? [actionButton("command", incident.number)] : []),
        ...(incident.roles.scribe === null ? [actionButton("scribe", incident.number)] : []),
      ]
    : [];
  return {
    text: fallbackText(lines.join("\n")),
    blocks: [
      sectionBlock(lines.join("\n")),
      ...(free.length === 0 ? [] : [{ type: "actions" as const, block_id: `roles:${incident.number}`, elements: free }]),
    ],
  };
}

/** The end of the timeline, and where the whole of it is. */
/** What happened lately, by the clock of who asks, with the day where it is not today. */
export function timelineMessage(incident: Incident, entries: readonly TimelineEntry[], page: string, zone: string, now: Instant): SlackMessage {
  const shown = entries.slice(-15);
  const today = dayIn(now, zone);
  const when = (at: Instant): string => (dayIn(at, zone) === today ? clockIn(at, zone) : `${dayIn(at, zone)} ${clockIn(at, zone)}`);
  const lines = shown.map(({ at, summary }) => `\`${when(at)}\` ${escapeMrkdwn(summary)}`);
  const left = entries.length - shown.length;
  return textMessage(
    `*${mrkdwnLink(page, incidentId(incident.number))}*${zone === "UTC" ? " (UTC)" : ""}${left > 0 ? `\n… ${left} earlier entries are on the page` : ""}\n${lines.join("\n")}`,
  );
}

/** Tasks and follow-ups, those to do first. */
export function tasksMessage(incident: Incident): SlackMessage {
  const { tasks, number } = incident;
  if (tasks.length === 0)
    return textMessage(`${incidentId(number)} has no tasks. \`task TEXT @USER\` adds one, \`followup TEXT @USER due friday\` one for afterwards.`);
  const line = ({ id, kind, text, owner, due, doneAt }: Incident["tasks"][number]): string =>
    `${doneAt === null ? "☐" : "☑"} ${id} ${kind === "followup" ? "_follow-up_ " : ""}${escapeMrkdwn(text)}${owner === null ? "" : ` · ${mentionPerson(owner)}`}${due === null ? "" : ` · due ${due}`}`;
  const open = tasks.filter(({ doneAt }) => doneAt === null);
  const done = tasks.filter(({ doneAt }) => doneAt !== null);
  const text = `*Tasks of ${incidentId(number)}*\n${[...open, ...done].map(line).join("\n")}\n\`task done N\` ticks one off.`;
  return textMessage(cutMarkup(text, 2_900));
}

/** The figures of a period in a few lines; the command line and the API tell all of them. */
export function statsMessage(figures: IncidentStatistics, days: number): SlackMessage {
  const { times, byPriority, total, open, pages, paging, updates, betweenFailures, services, remediated } = figures;
  const spread = (what: string, of: PercentileSummary | null): string =>
    `${what} ${of === null ? "–" : `${durationOrDash(of.p50)} (p90 ${durationOrDash(of.p90)})`}`;
  const urgent = services.filter(({ budget }) => budget !== null && budget.state !== "ship");
  return textMessage(
    [
      `*The last ${days} days*: ${total} incidents${
        total === 0
          ? ""
          : ` (${Object.entries(byPriority)
              .map(([priority, count]) => `${priority} ${count}`)
              .join(", ")})`
      }`,
      `Median ${spread("to acknowledge", times.acknowledge)}, ${spread("to mitigate", times.mitigate)}, ${spread("to resolve", times.resolve)}; mean to resolve ${durationOrDash(times.resolve?.mean)}`,
      `${open} open now · ${pages} pages, ${paging.night} of them in the night (${escapeMrkdwn(figures.zone)}) · ${updates.onTime} of ${updates.sent} updates on time · ${durationOrDash(betweenFailures)} between failures`,
      `Mitigated by verified runbooks: ${remediatedText(remediated.alone.length, remediated.resolved)} without a person, ${remediatedText(remediated.approved.length, remediated.resolved)} with approval`,
      ...urgent
        .slice(-10)
        .map(
          ({ service, month, uptime, budget }) =>
            `${budget!.state === "freeze" ? "🧊" : "🐢"} *${budget!.state}* ${escapeMrkdwn(truncateText(service, 100))} in ${month}: ${formatPercent(uptime)} up, ${durationOrDash(Math.abs(budget!.left))} ${budget!.left < 0 ? "over" : "left of"} its budget`,
        ),
    ].join("\n"),
  );
}

/** The form that was asked for where none can be opened: the button opens it. */
export function formOffer(form: FormName, incident: Incident | null): SlackMessage {
  const about = incident === null ? "" : `${incidentId(incident.number)} `;
  const words = form === "resolve" || form === "mitigate" ? `${form} form` : form;
  const open: Button = { type: "button", text: plainTextObject("Open the form", 75), action_id: `verb.${form}`, value: `${about}${words}` };
  const { text, blocks } = textMessage(`A form needs a click. Or say it in words: \`help ${form}\` says how.`);
  return { text, blocks: [...blocks, { type: "actions", block_id: "form", elements: [open] }] };
}

/** Of which incident? The same words again, with the answer. */
export function pickMessage(text: string, incidents: readonly Incident[]): SlackMessage {
  const asked = truncateText(text, 200);
  // What a button cannot carry would be lost.
  if (Array.from(text).length > 1_900) return textMessage(`\`${escapeMrkdwn(asked)}\`: say it again with the incident in front, as in \`INC-n …\`.`);
  const elements = incidents.map((each, i): Button => ({
    type: "button",
    text: plainTextObject(`${incidentId(each.number)} ${each.title}`, 75),
    action_id: `pick.${i}`,
    value: `${each.number} ${text}`,
  }));
  return {
    text: "Of which incident?",
    blocks: [
      sectionBlock(`\`${escapeMrkdwn(asked)}\`: of which incident?`),
      { type: "actions", block_id: "pick", elements },
      contextBlock("Or name it: `/incident INC-n …`"),
    ],
  };
}

export function textMessage(text: string): SlackMessage {
  return { text: fallbackText(text), blocks: [sectionBlock(text)] };
}
