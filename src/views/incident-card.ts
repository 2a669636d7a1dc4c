import type { Button, KnownBlock } from "@slack/types";
import type { Incident } from "#domain/incident.ts";
import { incidentId, isOpen, ROLE_TITLES, type Link, type Person, type Status } from "#domain/language.ts";
import { recordOf, trustOf, type Record as TrackRecord } from "#domain/run-trust.ts";
import { runId, type Run } from "#domain/run.ts";
import { servicesOf } from "#domain/storm-state.ts";
import { button } from "./actions.ts";
import { context, escape, fallback, fields, link, links, localTime, mention, plain, section, type SlackMessage } from "./slack.ts";

export const FACES: Readonly<Record<Status, string>> = {
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
  return `📓 ${escape(run.runbook)} · ${runId(run.number)} ${run.state.replace("-", " for ")} · ${trustOf(run.mode, record)} · ${recordOf(record)}`;
}

/** The pinned card at the top of an incident's channel: the state of everything, and the next thing to press. */
export function incidentCard(incident: Incident, page: string, runbooks: readonly RunbookLine[] = [], off: readonly string[] = []): SlackMessage {
  const { number, priority, plan, title, status } = incident;
  const id = incidentId(number);
  const alerts = `${incident.alerts.firing} firing of ${incident.alerts.total}${incident.alerts.flaps > 0 ? ` (${incident.alerts.flaps} flaps)` : ""}`;
  const blocks: KnownBlock[] = [
    { type: "header", text: plain(`${FACES[status]} ${id} · ${title}`, 150) },
    fields([
      ["Priority", `${priority} (${escape(plan.sev)})`],
      ["Status", `${FACES[status]} ${status}${incident.drill ? " · drill" : ""}`],
      ["Service", escape(incident.route.service ?? "unknown")],
      ["Team", escape(incident.route.team ?? "none")],
      ["Incident Commander", `${holder(incident.roles.commander)}${incident.handoff === null ? "" : ` (offered to ${mention(incident.handoff.to)})`}`],
      ["Scribe", holder(incident.roles.scribe)],
      ["Alerts", alerts],
      ["Started", localTime(incident.detectedAt)],
      ...others(incident),
    ]),
    section(
      `*Why ${priority}:* ${escape(incident.priorityReason)}${incident.unmapped ? `\n⚠️ The severity of this alert is not in the policy. Map it under \`severity\` in muster.yaml.` : ""}`,
    ),
  ];
  if (incident.storm !== null)
    blocks.push(section(`🌩️ *Holds back ${incident.storm.total} incidents:* ${escape(servicesOf(incident.storm))}. P0s are opened all the same.`));
  if (incident.summary !== null) blocks.push(section(`*Summary:* ${escape(incident.summary)}`));
  if (runbooks.length > 0) blocks.push(section(`*Runbooks:*\n${runbooks.slice(0, 8).map(runbookLine).join("\n")}`));
  if (off.length > 0) blocks.push(context(`⏸️ ${escape(off.join(" ").slice(0, 1_500))}`));
  const next = whatNext(incident);
  if (next !== "") blocks.push(context(`*What happens next:* ${next}`));
  const owed = promised(incident);
  if (owed !== "") blocks.push(context(owed));
  blocks.push(section(linkRow(incident, page)));
  const actions = buttons(incident);
  if (actions.length > 0) blocks.push({ type: "actions", block_id: `incident:${number}`, elements: actions });
  return { text: fallback(`${id} ${priority} ${status}: ${escape(title)} · ${alerts} · IC ${escape(incident.roles.commander?.name ?? "unassigned")}`), blocks };
}

/**
 * The channel's topic: the state in one line of at most 250 characters. Counts of alerts stand in the card only: Slack
 * posts a line in the channel for every change of a topic. Slack would read `<…>` and entities in it, and answer another
 * text than it was given.
 */
export function topic(incident: Incident): string {
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
  return plain(text, 250).text;
}

/** The message in the channels where people watch all incidents; edited in place as the incident goes on. */
export function announcement(incident: Incident, page: string): SlackMessage {
  const { number, priority, plan, title, status, channel, route } = incident;
  const id = incidentId(number);
  const where =
    channel === null
      ? incident.channelFailed
        ? " · ⚠️ no channel could be opened"
        : ""
      : channel.url === ""
        ? ` · #${escape(channel.name)}`
        : ` · <#${channel.id}>`;
  const text = `${FACES[status]} *${link(page, id)}* ${priority} (${escape(plan.sev)}) *${status}*: ${escape(title)}`;
  return {
    text: fallback(`${id} ${priority} ${status}: ${escape(title)}`),
    blocks: [
      section(text),
      context(
        `${escape(route.service ?? "unknown service")} · ${escape(route.team ?? "no team")} · IC ${holder(incident.roles.commander)} · since ${localTime(incident.detectedAt)}${where}`,
      ),
    ],
  };
}

/** What stays in reach at the top of the channel. */
export function bookmarks(incident: Incident, page: string): readonly Link[] {
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
  if (next !== null) return `pages ${escape(next.to)} ${localTime(next.at)} unless somebody acknowledges`;
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
  return `${runbook === null ? "⚠️ no runbook is linked to this alert · " : ""}${links(row)}`;
}

/** Roles that not every incident needs: shown when somebody has them. Slack takes ten fields, eight are always there. */
function others({ roles }: Incident): (readonly [string, string])[] {
  return (["tech", "comms"] as const).filter((role) => roles[role] !== null).map((role) => [ROLE_TITLES[role], holder(roles[role])]);
}

function holder(person: Person | null): string {
  return person === null ? "_unassigned_" : mention(person);
}

function buttons(incident: Incident): Button[] {
  if (!isOpen(incident.status)) return [];
  const { number } = incident;
  return [
    ...(incident.status === "triggered" ? [button("acknowledge", number, "primary")] : []),
    ...(incident.roles.commander === null ? [button("command", number)] : []),
    ...(incident.roles.scribe === null ? [button("scribe", number)] : []),
    button("update", number),
    ...(incident.status === "mitigated" ? [] : [button("mitigate", number)]),
    button("resolve", number, "danger"),
  ];
}
