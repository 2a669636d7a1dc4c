import type { Button, KnownBlock } from "@slack/types";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, ROLE_TITLES, type Link, type Person, type Status } from "#domain/values/language.ts";
import { describeRecord, describeTrust, type RunRecord as TrackRecord } from "#domain/automation/run-trust.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import { describeStormServices } from "#domain/incident/storm-state.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import {
  contextBlock,
  escapeMrkdwn,
  fallbackText,
  fieldsBlock,
  mrkdwnLink,
  mrkdwnLinks,
  localTime,
  mentionPerson,
  plainTextObject,
  sectionBlock,
  type SlackMessage,
} from "#views/values/block-kit.ts";

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
export type RunbookLine = { readonly run: Pick<Run, "number" | "runbook" | "mode" | "state">; readonly record: TrackRecord };

function runbookLine({ run, record }: RunbookLine): string {
  return `📓 ${escapeMrkdwn(run.runbook)} · ${runId(run.number)} ${run.state.replace("-", " for ")} · ${describeTrust(run.mode, record)} · ${describeRecord(record)}`;
}

/** The pinned card at the top of an incident's channel: the state of everything, and the next thing to press. */
export function incidentCard(incident: Incident, page: string, runbooks: readonly RunbookLine[] = [], off: readonly string[] = []): SlackMessage {
  const { number, priority, plan, title, status } = incident;
  const id = incidentId(number);
  const alerts = `${incident.alerts.firing} firing of ${incident.alerts.total}${incident.alerts.flaps > 0 ? ` (${incident.alerts.flaps} flaps)` : ""}`;
  const blocks: KnownBlock[] = [
    { type: "header", text: plainTextObject(`${STATUS_EMOJI[status]} ${id} · ${title}`, 150) },
    fieldsBlock([
      ["Priority", `${priority} (${escapeMrkdwn(plan.sev)})`],
      ["Status", `${STATUS_EMOJI[status]} ${status}${incident.drill ? " · drill" : ""}`],
      ["Service", escapeMrkdwn(incident.route.service ?? "unknown")],
      ["Team", escapeMrkdwn(incident.route.team ?? "none")],
      ["Incident Commander", `${holder(incident.roles.commander)}${incident.handoff === null ? "" : ` (offered to ${mentionPerson(incident.handoff.to)})`}`],
      ["Scribe", holder(incident.roles.scribe)],
      ["Alerts", alerts],
      ["Started", localTime(incident.detectedAt)],
      ...others(incident),
    ]),
    sectionBlock(
      `*Why ${priority}:* ${escapeMrkdwn(incident.priorityReason)}${incident.unmapped ? `\n⚠️ The severity of this alert is not in the policy. Map it under \`severity\` in muster.yaml.` : ""}`,
    ),
  ];
  if (incident.storm !== null)
    blocks.push(
      sectionBlock(`🌩️ *Holds back ${incident.storm.total} incidents:* ${escapeMrkdwn(describeStormServices(incident.storm))}. P0s are opened all the same.`),
    );
  if (incident.summary !== null) blocks.push(sectionBlock(`*Summary:* ${escapeMrkdwn(incident.summary)}`));
  if (runbooks.length > 0) blocks.push(sectionBlock(`*Runbooks:*\n${runbooks.slice(0, 8).map(runbookLine).join("\n")}`));
  if (off.length > 0) blocks.push(contextBlock(`⏸️ ${escapeMrkdwn(off.join(" ").slice(0, 1_500))}`));
  const next = whatNext(incident);
  if (next !== "") blocks.push(contextBlock(`*What happens next:* ${next}`));
  const owed = promised(incident);
  if (owed !== "") blocks.push(contextBlock(owed));
  blocks.push(sectionBlock(linkRow(incident, page)));
  const actions = buttons(incident);
  if (actions.length > 0) blocks.push({ type: "actions", block_id: `incident:${number}`, elements: actions });
  return {
    text: fallbackText(`${id} ${priority} ${status}: ${escapeMrkdwn(title)} · ${alerts} · IC ${escapeMrkdwn(incident.roles.commander?.name ?? "unassigned")}`),
    blocks,
  };
}

/**
 * The channel's topic: the state in one line of at most 250 characters. Counts of alerts stand in the card only: Slack
 * posts a line in the channel for every change of a topic. Slack would read `<…>` and entities in it, and answer another
 * text than it was given.
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
  return plainTextObject(text, 250).text;
}

/** The message in the channels where people watch all incidents; edited in place as the incident goes on. */
export function incidentAnnouncement(incident: Incident, page: string): SlackMessage {
  const { number, priority, plan, title, status, channel, route } = incident;
  const id = incidentId(number);
  const where =
    channel === null
      ? incident.channelFailed
        ? " · ⚠️ no channel could be opened"
        : ""
      : channel.url === ""
        ? ` · #${escapeMrkdwn(channel.name)}`
        : ` · <#${channel.id}>`;
  const text = `${STATUS_EMOJI[status]} *${mrkdwnLink(page, id)}* ${priority} (${escapeMrkdwn(plan.sev)}) *${status}*: ${escapeMrkdwn(title)}`;
  return {
    text: fallbackText(`${id} ${priority} ${status}: ${escapeMrkdwn(title)}`),
    blocks: [
      sectionBlock(text),
      contextBlock(
        `${escapeMrkdwn(route.service ?? "unknown service")} · ${escapeMrkdwn(route.team ?? "no team")} · IC ${holder(incident.roles.commander)} · since ${localTime(incident.detectedAt)}${where}`,
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

function whatNext(incident: Incident): string {
  if (incident.quietUntil !== null && isOpen(incident.status)) return `resolves ${localTime(incident.quietUntil)} unless an alert fires again`;
  const { next } = incident.escalation;
  if (next !== null) return `pages ${escapeMrkdwn(next.to)} ${localTime(next.at)} unless somebody acknowledges`;
  if (incident.status === "acknowledged" && incident.ackUntil !== null) return `pages again ${localTime(incident.ackUntil)} if nobody is heard from by then`;
  if (incident.status === "resolved") return "the postmortem: its draft is in this channel";
  if (incident.status === "merged" && incident.mergedInto !== null) return `it goes on as ${incidentId(incident.mergedInto)}`;
  return "";
}

/** What responders owe: the next update, and the tasks that are open. */
function promised({ updates, tasks }: Incident): string {
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task").length;
  return [
    ...(updates.due === null ? [] : [`*Next update by* ${localTime(updates.due)}`]),
    ...(open === 0 ? [] : [`${open} open ${open === 1 ? "task" : "tasks"}`]),
  ].join(" · ");
}

function linkRow(incident: Incident, page: string): string {
  const { runbook, dashboards, source } = incident.links;
  // The page comes first: when the others are too long for one message, it has them all.
  const row: Link[] = [
    { title: "Incident page", url: page },
    ...incident.tickets.map(({ key, url }) => ({ title: `Ticket ${key}`, url })),
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...dashboards.slice(0, 5),
    ...(source === null ? [] : [{ title: "Alert source", url: source }]),
  ];
  return `${runbook === null ? "⚠️ no runbook is linked to this alert · " : ""}${mrkdwnLinks(row)}`;
}

/** Roles that not every incident needs: shown when somebody has them. Slack takes ten fields, eight are always there. */
function others({ roles }: Incident): (readonly [string, string])[] {
  return (["tech", "comms"] as const).filter((role) => roles[role] !== null).map((role) => [ROLE_TITLES[role], holder(roles[role])]);
}

function holder(person: Person | null): string {
  return person === null ? "_unassigned_" : mentionPerson(person);
}

function buttons(incident: Incident): Button[] {
  if (!isOpen(incident.status)) return [];
  const { number } = incident;
  return [
    ...(incident.status === "triggered" ? [actionButton("acknowledge", number, "primary")] : []),
    ...(incident.roles.commander === null ? [actionButton("command", number)] : []),
    ...(incident.roles.scribe === null ? [actionButton("scribe", number)] : []),
    actionButton("update", number),
    ...(incident.status === "mitigated" ? [] : [actionButton("mitigate", number)]),
    actionButton("resolve", number, "danger"),
  ];
}
