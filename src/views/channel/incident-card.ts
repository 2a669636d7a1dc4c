import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, ROLE_TITLES, type Link, type Person, type Status } from "#domain/values/language.ts";
import { describeRecord, describeTrust, type RunRecord as TrackRecord } from "#domain/automation/run-trust.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import { describeStormServices } from "#domain/incident/storm-state.ts";
import { awaitsAnswer } from "#domain/paging/escalation-summary.ts";
import { escalationLines, nextPageText } from "#domain/paging/escalation-text.ts";
import { stillFiringText } from "#views/alerting/still-firing.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import type { ChatButton, ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import {
  richText,
  markedText,
  joinText,
  linkText,
  linkList,
  mentionPerson,
  mentionChannel,
  localTime,
  isEmptyText,
  clipText,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import {
  LONGEST_PART,
  textPart,
  fieldsPart,
  contextPart,
  buttonsPart,
  fallbackText,
} from "#views/values/message-parts.ts";

export const STATUS_EMOJI: Readonly<Record<Status, string>> = {
  triggered: "🔥",
  acknowledged: "👀",
  mitigated: "🩹",
  resolved: "✅",
  closed: "📁",
  merged: "🔗",
  canceled: "🚫",
};

/** A runbook that matches, and how its run is getting on. */
export type RunbookLine = {
  readonly run: Pick<Run, "number" | "runbook" | "mode" | "state">;
  readonly record: TrackRecord;
};

function runbookLine({ run, record }: RunbookLine): RichText {
  return richText`📓 ${run.runbook} · ${runId(run.number)} ${run.state.replace("-", " for ")} · ${describeTrust(run.mode, record)} · ${describeRecord(record)}`;
}

/** The pinned card at the top of an incident's channel: the state of everything, and the next thing to press. */
export function incidentCard(
  incident: Incident,
  page: string,
  runbooks: readonly RunbookLine[] = [],
  off: readonly string[] = [],
): ChatMessage {
  const { number, priority, plan, title, status } = incident;
  const id = incidentId(number);
  const alerts = richText`${incident.alerts.firing} firing of ${incident.alerts.total}${incident.alerts.flaps > 0 ? richText` (${incident.alerts.flaps} flaps)` : ""}`;
  const parts: MessagePart[] = [
    { kind: "header", text: `${STATUS_EMOJI[status]} ${id} · ${title}` },
    fieldsPart([
      ["Priority", richText`${priority} (${plan.sev})`],
      ["Status", richText`${STATUS_EMOJI[status]} ${status}${incident.drill ? " · drill" : ""}`],
      ["Service", incident.route.service ?? "unknown"],
      ["Team", incident.route.team ?? "none"],
      [
        "Incident Commander",
        richText`${holder(incident.roles.commander)}${incident.handoff === null ? "" : richText` (offered to ${mentionPerson(incident.handoff.to)})`}`,
      ],
      ["Scribe", holder(incident.roles.scribe)],
      ["Alerts", alerts],
      ["Started", localTime(incident.detectedAt)],
      ...others(incident),
    ]),
    textPart(
      richText`*Why ${priority}:* ${incident.priorityReason}${incident.unmapped ? richText`\n⚠️ The severity of this alert is not in the policy. Map it under \`severity\` in muster.yaml.` : ""}`,
    ),
  ];
  if (incident.storm !== null)
    parts.push(
      textPart(
        richText`🌩️ *Holds back ${incident.storm.total} incidents:* ${describeStormServices(incident.storm)}. P0s are opened all the same.`,
      ),
    );
  if (incident.summary !== null) parts.push(textPart(richText`*Summary:* ${incident.summary}`));
  if (runbooks.length > 0)
    parts.push(textPart(richText`*Runbooks:*\n${joinText(runbooks.slice(0, 8).map(runbookLine), "\n")}`));
  if (off.length > 0) parts.push(contextPart(richText`⏸️ ${off.join(" ").slice(0, 1_500)}`));
  const firing = stillFiringText(incident);
  if (firing !== null) parts.push(textPart(firing));
  const escalations = escalationLines(incident);
  if (escalations.length > 0) parts.push(textPart(clipText(joinText(escalations, "\n"), LONGEST_PART)));
  const next = nextChange(incident, escalations.length > 0);
  if (next !== "") parts.push(contextPart(richText`*What happens next:* ${next}`));
  const owed = openCommitments(incident);
  if (!isEmptyText(owed)) parts.push(contextPart(owed));
  parts.push(textPart(linkRow(incident, page)));
  const actions = buttons(incident);
  if (actions.length > 0) parts.push(buttonsPart(`incident:${number}`, actions));
  return {
    text: fallbackText(
      richText`${id} ${priority} ${status}: ${title} · ${alerts} · IC ${incident.roles.commander?.name ?? "unassigned"}`,
    ),
    parts,
  };
}

/**
 * The channel's topic: the state in one line of at most 250 characters. Counts of alerts stand in the card only: chats
 * post a line in the channel for every change of a topic. Some read `<…>` and entities in it, and answer another text
 * than they were given.
 */
export function channelTopic(incident: Incident): string {
  const { priority, plan, status, roles, route } = incident;
  const parts = [
    `${priority} (${plan.sev})`,
    status === "merged" && incident.mergedInto !== null ? `merged into ${incidentId(incident.mergedInto)}` : status,
    `IC: ${roles.commander?.name ?? "unassigned"}`,
    `Scribe: ${roles.scribe?.name ?? "unassigned"}`,
    route.service ?? incident.title,
  ];
  const text = parts
    .join(" · ")
    .replaceAll("<", "‹")
    .replaceAll(">", "›")
    .replace(/&(?=(?:amp|lt|gt);)/g, "＆");
  return text.length <= 250 ? text : `${text.slice(0, 249).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The message in the channels where people watch all incidents; edited in place as the incident goes on. */
export function incidentAnnouncement(incident: Incident, page: string): ChatMessage {
  const { number, priority, plan, title, status, channel, route } = incident;
  const id = incidentId(number);
  const where =
    channel === null
      ? incident.channelFailed
        ? " · ⚠️ no channel could be opened"
        : ""
      : channel.url === ""
        ? richText` · #${channel.name}`
        : richText` · ${mentionChannel(channel)}`;
  const stillFiring = stillFiringText(incident);
  const text = richText`${STATUS_EMOJI[status]} *${linkText(page, id)}* ${priority} (${plan.sev}) *${status}*: ${title}`;
  return {
    text: fallbackText(richText`${id} ${priority} ${status}: ${title}`),
    parts: [
      textPart(text),
      contextPart(
        richText`${stillFiring === null ? "" : richText`${stillFiring} · `}${route.service ?? "unknown service"} · ${route.team ?? "no team"} · IC ${holder(incident.roles.commander)} · since ${localTime(incident.detectedAt)}${where}`,
      ),
    ],
  };
}

/** What stays in reach at the top of the channel. */
export function channelBookmarks(incident: Incident, page: string): readonly Link[] {
  const { runbook, dashboards } = incident.links;
  return [
    { title: `${incidentId(incident.number)} page`, url: page },
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...dashboards.slice(0, 3),
    { title: "Postmortem", url: `${page}/postmortem` },
  ];
}

/** `hasLines`: the escalations have lines of their own. */
function nextChange(incident: Incident, hasLines: boolean): TextLike {
  if (incident.quietUntil !== null && isOpen(incident.status))
    return richText`resolves ${localTime(incident.quietUntil)} unless an alert fires again`;
  const next = hasLines ? null : nextPageText(incident);
  if (next !== null) return next;
  if (!hasLines && incident.status === "acknowledged" && incident.ackUntil !== null)
    return richText`pages again ${localTime(incident.ackUntil)} without activity`;
  if (incident.status === "resolved") return "the postmortem: its draft is in this channel";
  if (incident.status === "merged" && incident.mergedInto !== null)
    return richText`it goes on as ${incidentId(incident.mergedInto)}`;
  return "";
}

/** What responders owe: the next update, and the tasks that are open. */
function openCommitments({ updates, tasks }: Incident): RichText {
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task").length;
  return joinText(
    [
      ...(updates.due === null ? [] : [richText`*Next update by* ${localTime(updates.due)}`]),
      ...(open === 0 ? [] : [richText`${open} open ${open === 1 ? "task" : "tasks"}`]),
    ],
    " · ",
  );
}

function linkRow(incident: Incident, page: string): RichText {
  const { runbook, dashboards, source } = incident.links;
  // The page comes first: when the others are too long for one message, it has them all.
  const row: Link[] = [
    { title: "Incident page", url: page },
    ...incident.tickets.map(({ key, url }) => ({ title: `Ticket ${key}`, url })),
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...dashboards.slice(0, 5),
    ...(source === null ? [] : [{ title: "Alert source", url: source }]),
  ];
  return richText`${runbook === null ? "⚠️ no runbook is linked to this alert · " : ""}${linkList(row)}`;
}

/** Roles that not every incident needs: shown when someone has them. a message has room for ten fields, eight are always there. */
function others({ roles }: Incident): (readonly [string, TextLike])[] {
  return (["tech", "comms"] as const)
    .filter((role) => roles[role] !== null)
    .map((role) => [ROLE_TITLES[role], holder(roles[role])]);
}

function holder(person: Person | null): RichText {
  return person === null ? markedText("_unassigned_") : mentionPerson(person);
}

function buttons(incident: Incident): ChatButton[] {
  if (!isOpen(incident.status)) return [];
  const about = writeReference(incident);
  return [
    ...(awaitsAnswer(incident) ? [actionButton("acknowledge", about, "primary")] : []),
    ...(incident.roles.commander === null ? [actionButton("command", about)] : []),
    ...(incident.roles.scribe === null ? [actionButton("scribe", about)] : []),
    actionButton("update", about),
    ...(incident.status === "mitigated" ? [] : [actionButton("mitigate", about)]),
    actionButton("resolve", about, "danger"),
  ];
}
