import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { incidentId, isOpen, ROLE_TITLES, type Link, type Person, type Status } from "#domain/values/language.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import { describeStormServices } from "#domain/incident/storm-state.ts";
import { awaitsAnswer } from "#domain/paging/escalation-summary.ts";
import { hasLiveChannel } from "#domain/incident/own-channel.ts";
import { escalationLines, nextPageText } from "#domain/paging/escalation-text.ts";
import { stillFiringText } from "#views/alerting/still-firing.ts";
import { actionButton, type ButtonName } from "#views/values/action-buttons.ts";
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
  clipText,
  isEmptyText,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { LONGEST_PART, textPart, contextPart, buttonsPart, fallbackText } from "#views/values/message-parts.ts";

export const STATUS_EMOJI: Readonly<Record<Status, string>> = {
  triggered: "🔥",
  acknowledged: "👀",
  mitigated: "🩹",
  resolved: "✅",
  closed: "📁",
  merged: "🔗",
  canceled: "🚫",
};

/** A runbook that matches, and its latest run. */
export type RunbookLine = {
  readonly run: Pick<Run, "number" | "runbook" | "state">;
};

/** How far it is; its own message has the rest. */
function runbookLine({ run }: RunbookLine): RichText {
  return richText`📓 ${run.runbook}: ${run.state.replace("-", " for ")} (${runId(run.number)})`;
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
  const alerts = richText`${firingText(incident.alerts)}${incident.alerts.flaps > 0 ? richText` (${incident.alerts.flaps} flaps)` : ""}`;
  const escalations = escalationLines(incident);
  const actions = cardButtons(incident);
  const parts: MessagePart[] = [
    { kind: "header", text: `${STATUS_EMOJI[status]} ${id} · ${title}` },
    ...nextParts(incident, escalations),
    ...(actions.first.length === 0 ? [] : [buttonsPart(`incident:${number}`, actions.first, actions.more)]),
    textPart(
      richText`*${priority} (${plan.sev})* · *${status}*${incident.drill ? " · drill" : ""} · commander ${commanderText(incident)}${incident.alerts.total === 0 ? "" : richText` · ${alerts}`}`,
    ),
  ];
  if (incident.unmapped)
    parts.push(
      textPart(richText`⚠️ The severity of this alert is not in the policy. Map it under \`severity\` in muster.yaml.`),
    );
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
  parts.push(contextPart(restOfCard(incident, page, runbooks.length > 0)));
  return {
    text: fallbackText(
      richText`${id} ${priority} ${status}: ${title} · ${alerts} · commander ${incident.roles.commander?.name ?? "unassigned"}`,
    ),
    parts,
  };
}

/**
 * The channel's topic: what a newcomer needs first, in one line of at most 250 characters. Chats post a line in the
 * channel for every change of a topic, so it has only what changes seldom; the card has the rest. Some read `<…>` and
 * entities in it, and answer another text than they were given.
 */
export function channelTopic(incident: Incident): string {
  const { priority, plan, roles, route } = incident;
  const parts = [
    `${priority} (${plan.sev})`,
    `IC: ${roles.commander?.name ?? "unassigned"}`,
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
  if (incident.private) return hiddenAnnouncement(incident);
  const where =
    channel === null
      ? incident.channelFailed
        ? " · ⚠️ no channel could be opened"
        : hasLiveChannel(incident) && isOpen(status)
          ? " · channel opens"
          : ""
      : incident.channelLost
        ? richText` · ⚠️ #${channel.name} cannot be used`
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
      ...(isOpen(status)
        ? [
            buttonsPart(`announced:${number}`, [
              actionButton("join", writeReference(incident)),
              actionButton("subscribe", writeReference(incident)),
            ]),
          ]
        : []),
    ],
  };
}

/** Where an incident was announced before it was made private. */
function hiddenAnnouncement(incident: Incident): ChatMessage {
  const text = richText`🔒 ${incidentId(incident.number)} is private`;
  return {
    text: fallbackText(text),
    parts: [
      textPart(text),
      ...(isOpen(incident.status)
        ? [buttonsPart(`hidden:${incident.number}`, [actionButton("requestAccess", writeReference(incident))])]
        : []),
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

/** "2 alerts firing", "1 of 3 alerts firing". */
function firingText({ firing, total }: Incident["alerts"]): string {
  return firing === total
    ? `${countedNoun(total, "alert")} firing`
    : `${firing} of ${countedNoun(total, "alert")} firing`;
}

/** What happens next: a line for each escalation where there are several, and what becomes of alerts that still fire. */
function nextParts(incident: Incident, escalations: readonly RichText[]): readonly MessagePart[] {
  const firing = stillFiringText(incident);
  const next = nextChange(incident, escalations.length > 0);
  return [
    ...(firing === null ? [] : [textPart(firing)]),
    ...(escalations.length === 0 ? [] : [textPart(clipText(joinText(escalations, "\n"), LONGEST_PART))]),
    ...(isEmptyText(next) ? [] : [textPart(richText`*What happens next:* ${next}`)]),
  ];
}

/** `hasLines`: the escalations have lines of their own. */
function nextChange(incident: Incident, hasLines: boolean): TextLike {
  const { status } = incident;
  if (incident.quietUntil !== null && isOpen(status))
    return richText`resolves ${localTime(incident.quietUntil)} unless an alert fires again`;
  const next = hasLines ? null : nextPageText(incident);
  if (next !== null) return next;
  if (status === "resolved") return "write the postmortem, its draft is in this channel";
  if (status === "merged" && incident.mergedInto !== null)
    return richText`it goes on as ${incidentId(incident.mergedInto)}`;
  if (!isOpen(status)) return "";
  return joinText(
    [
      ...(status !== "triggered" && incident.roles.commander === null ? ["someone takes command"] : []),
      ...(!hasLines && status === "acknowledged" && incident.ackUntil !== null
        ? [richText`pages again ${localTime(incident.ackUntil)} without activity`]
        : []),
    ],
    "; ",
  );
}

/** All that is not needed at once, in one line of small print. The page comes first: it has whatever does not fit. */
function restOfCard(incident: Incident, page: string, hasRun: boolean): RichText {
  const { links, route, roles, tasks, updates, priority } = incident;
  const held = (["scribe", "tech", "comms"] as const).filter((role) => roles[role] !== null);
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task").length;
  const { runbook, dashboards, source } = links;
  const row: Link[] = [
    { title: "Incident page", url: page },
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...incident.tickets.map(({ key, url }) => ({ title: `Ticket ${key}`, url })),
    ...dashboards.slice(0, 3),
    ...(source === null ? [] : [{ title: "Alert source", url: source }]),
  ];
  return joinText(
    [
      linkList(row),
      ...(runbook === null && !hasRun && incident.alerts.total > 0 ? ["⚠️ no runbook is linked to this alert"] : []),
      richText`${route.service ?? "unknown service"}, ${route.team === null ? "no team" : `team ${route.team}`}`,
      richText`since ${localTime(incident.detectedAt)}`,
      ...held.map((role) => richText`${ROLE_TITLES[role]} ${mentionPerson(roles[role]!)}`),
      ...(updates.due === null ? [] : [richText`*Next update by* ${localTime(updates.due)}`]),
      ...(open === 0 ? [] : [richText`${open} open ${open === 1 ? "task" : "tasks"}`]),
      richText`${priority}: ${clipText(incident.priorityReason, 300)}`,
    ],
    " · ",
  );
}

function commanderText({ roles, handoff }: Incident): RichText {
  return richText`${holder(roles.commander)}${handoff === null ? "" : richText` (offered to ${mentionPerson(handoff.to)})`}`;
}

function holder(person: Person | null): RichText {
  return person === null ? markedText("_unassigned_") : mentionPerson(person);
}

/**
 * What is pressed now, and what may be pressed later. *Resolve* never stands beside *Mitigated*: a slip at night would
 * end the incident.
 */
function cardButtons(incident: Incident): {
  readonly first: readonly ChatButton[];
  readonly more: readonly ChatButton[];
} {
  const { status, roles } = incident;
  if (!isOpen(status)) return { first: [], more: [] };
  const about = writeReference(incident);
  const awaits = awaitsAnswer(incident);
  const triggered = status === "triggered";
  const mitigated = status === "mitigated";
  const only = (wanted: boolean, name: ButtonName, style?: "primary" | "danger"): readonly ChatButton[] =>
    wanted ? [actionButton(name, about, style)] : [];
  return {
    first: [
      ...only(awaits, "acknowledge", "primary"),
      ...only(roles.commander === null, "command"),
      ...only(awaits || triggered, "escalate"),
      ...only(!triggered, "update"),
      ...only(status === "acknowledged", "mitigate"),
      ...only(mitigated, "resolve", "danger"),
    ],
    more: [
      ...only(triggered, "mitigate"),
      ...only(triggered, "update"),
      ...only(!awaits && !triggered, "escalate"),
      ...only(true, "roles"),
      ...only(status === "acknowledged" && roles.scribe === null, "scribe"),
      ...only(!mitigated, "resolve"),
      // A chat shows five of them.
      ...only(!incident.private, "makePrivate"),
    ],
  };
}
