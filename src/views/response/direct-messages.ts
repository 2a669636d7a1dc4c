import type { KnownBlock } from "@slack/types";
import type { MessageTopic } from "#domain/incident/effect.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/instant.ts";
import { incidentId, isOpen, ROLE_TITLES, ROLES, type Instant, type Person, type Role } from "#domain/values/language.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import {
  contextBlock,
  escapeMrkdwn,
  fallbackText,
  fieldsBlock,
  mrkdwnLink,
  localTime,
  mentionPerson,
  sectionBlock,
  type SlackMessage,
} from "#views/values/block-kit.ts";

/** What each role is for, as steps: sent to whoever gets it. */
const CHECKLISTS: Readonly<Record<Role, readonly string[]>> = {
  commander: [
    "Say in the channel that you have command.",
    "Make sure of the priority: `/incident severity P1 REASON`.",
    "Give out the roles: `/incident role tech @USER`, `comms`, `scribe`.",
    "Decide, and have decisions written down: `/incident note TEXT`.",
    "Give no more than one task at a time to anybody: `/incident task TEXT @USER`.",
    "Hand over before you leave: `/incident handoff @USER`.",
  ],
  tech: [
    "Find out what changed: deployments, configuration, traffic, dependencies.",
    "Say what you are about to do before you do it.",
    "Prefer the fix that stops the pain: roll back, restart, fail over. The cause can wait.",
    "Say when it is better: `/incident mitigate`.",
  ],
  comms: [
    "Write the first update now, even if there is little to say: `/incident update TEXT`.",
    "Say what is affected, since when, what is being done, and when you will write again.",
    "Keep the time that the card promises for the next update.",
    "Note what customers were told: `/incident update customer: TEXT`.",
  ],
  scribe: [
    "Mark messages that matter with 📌.",
    "Write down decisions, and why: `/incident note TEXT`. What was earlier: `… at 14:05`.",
    "Write down what has to be done afterwards: `/incident followup TEXT @USER due friday`.",
  ],
};

/** A message for one person alone; null when what it would say is true no more. */
export function directMessage(incident: Incident, to: Person, about: MessageTopic, page: string): SlackMessage | null {
  const where = place(incident, page);
  switch (about.kind) {
    case "role": {
      if (incident.roles[about.role]?.id !== to.id || !isOpen(incident.status)) return null;
      const text = `You are *${ROLE_TITLES[about.role]}* of ${where}: ${escapeMrkdwn(incident.title)}`;
      return {
        text: fallbackText(`You are ${ROLE_TITLES[about.role]} of ${incidentId(incident.number)}: ${escapeMrkdwn(incident.title)}`),
        blocks: [sectionBlock(text), sectionBlock(CHECKLISTS[about.role].map((step) => `☐ ${step}`).join("\n"))],
      };
    }
    case "update-owed": {
      if (incident.updates.due === null) return null;
      return said(
        `⏰ An update of ${where} is overdue since ${localTime(incident.updates.due)}. \`/incident update TEXT\` in its channel, or the button below its card.`,
      );
    }
    case "still-commander":
      if (incident.roles.commander?.id !== to.id || !isOpen(incident.status)) return null;
      return said(
        `You left the channel of ${where} and still have command. Hand it over with \`/incident ${incidentId(incident.number)} handoff @USER\`, or come back.`,
      );
    case "postmortem": {
      const { owner, due, state } = incident.postmortem;
      if (owner?.id !== to.id || state === "reviewed" || state === "closed") return null;
      return said(
        `📄 You own the postmortem of ${where}: ${titleOf(incident)}${due === null ? "" : `, due by *${due}*`}. ${mrkdwnLink(`${page}/postmortem`, "Most of it is written")}; \`/incident ${incidentId(incident.number)} postmortem\` shows what is missing.`,
      );
    }
    case "review":
      if (incident.postmortem.state !== "in review") return null;
      return said(
        `🔎 You are asked to review the ${mrkdwnLink(`${page}/postmortem`, "postmortem")} of ${where}: ${titleOf(incident)}. When it is good: \`/incident ${incidentId(incident.number)} postmortem reviewed\`.`,
      );
    case "page": {
      // Somebody has answered since.
      if (about.key === undefined ? incident.status !== "triggered" : !isWaiting(incident, about.key)) return null;
      const what = incident.private
        ? "a private incident"
        : `${escapeMrkdwn(incident.title)}\nWhy ${incident.priority}: ${escapeMrkdwn(incident.priorityReason)}`;
      return {
        text: fallbackText(`🚨 ${incident.priority} ${incidentId(incident.number)}: ${incident.private ? "private" : escapeMrkdwn(incident.title)}`),
        blocks: [
          sectionBlock(`🚨 *${incident.priority}* ${where}: ${what}`),
          {
            type: "actions",
            block_id: `page:${incident.number}`,
            elements: [actionButton("acknowledge", incident.number, "primary"), actionButton("command", incident.number)],
          },
        ],
      };
    }
    case "handoff":
      if (incident.handoff?.to.id !== to.id) return null;
      return {
        text: fallbackText(`${escapeMrkdwn(incident.handoff.from.name)} offers you command of ${incidentId(incident.number)}`),
        blocks: [
          sectionBlock(
            `${mentionPerson(incident.handoff.from)} offers you command of ${where}: ${escapeMrkdwn(incident.title)}. They have it until you take it.`,
          ),
          {
            type: "actions",
            block_id: `handoff:${incident.number}`,
            elements: [actionButton("take", incident.number), actionButton("declineHandoff", incident.number)],
          },
        ],
      };
  }
}

/** Whether a page is still to be answered: not by somebody else for a page of the ladder, by nobody else for a call by name. */
function isWaiting({ pages, status }: Incident, key: string): boolean {
  const page = pages.find((each) => each.key === key);
  return isOpen(status) && page !== undefined && page.status !== "acknowledged" && page.status !== "resolved";
}

/** An event, told where incidents are watched; null for one that is not for there. */
export function eventAnnouncement(incident: Incident, event: Event, page: string): SlackMessage | null {
  if (event.type === "update.posted") {
    const head = `📣 ${event.data.audience === "customer" ? "Customers were told" : "Update"} · ${place(incident, page)} · ${incident.priority} *${incident.status}*`;
    const next = incident.updates.due === null ? "" : ` · next update by ${localTime(incident.updates.due)}`;
    return {
      text: fallbackText(`${incidentId(incident.number)} update: ${escapeMrkdwn(event.data.text)}`),
      blocks: [sectionBlock(`${head}\n${escapeMrkdwn(event.data.text)}`), contextBlock(`${escapeMrkdwn(event.actor.name)} at ${localTime(event.at)}${next}`)],
    };
  }
  return event.type === "channel.drifted" ? said(`⚠️ ${mrkdwnLink(page, incidentId(incident.number))}: ${escapeMrkdwn(event.data.what)}`) : null;
}

/** All that whoever takes command must know, computed, and the button that takes it. */
export function handoffPacket(incident: Incident, now: Instant, page: string): SlackMessage {
  const { handoff, updates, alerts, tasks, roles, pages, number } = incident;
  const to = handoff?.to ?? { id: "", name: "nobody" };
  const from = handoff?.from ?? { id: "", name: "nobody" };
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task");
  const empty = ROLES.filter((role) => roles[role] === null).map((role) => ROLE_TITLES[role]);
  const unanswered = pages.filter(({ status }) => status === "requested" || status === "sent" || status === "failed");
  const lines = open.slice(0, 10).map(({ id, text, owner }) => `• ${id}: ${escapeMrkdwn(text)}${owner === null ? "" : ` (${escapeMrkdwn(owner.name)})`}`);
  const blocks: KnownBlock[] = [
    sectionBlock(`🤝 ${mentionPerson(from)} offers command to ${mentionPerson(to)}. ${escapeMrkdwn(from.name)} has it until it is taken.`),
    fieldsBlock([
      ["State", `${incident.priority} *${incident.status}*, ${formatDuration(now - incident.detectedAt)} since it began`],
      ["Firing", `${alerts.firing} of ${alerts.total} alerts`],
      ["Last update", updates.last === null ? "none yet" : localTime(updates.last)],
      ["Next update due", updates.due === null ? "none owed" : localTime(updates.due)],
      ["Roles without anybody", empty.length === 0 ? "none" : empty.join(", ")],
      ["Pages not answered", unanswered.length === 0 ? "none" : unanswered.map((each) => escapeMrkdwn(`${each.to} (${each.status})`)).join(", ")],
    ]),
    sectionBlock(`*Open tasks*\n${lines.length === 0 ? "none" : lines.join("\n")}${open.length > 10 ? `\n… and ${open.length - 10} more` : ""}`),
    contextBlock(`${mrkdwnLink(page, "Everything else is on its page")}`),
    { type: "actions", block_id: `handoff:${number}`, elements: [actionButton("take", number), actionButton("declineHandoff", number)] },
  ];
  return { text: fallbackText(`${escapeMrkdwn(from.name)} offers command of ${incidentId(number)} to ${escapeMrkdwn(to.name)}`), blocks };
}

/** In the channel of an incident that was merged: where it goes on. */
export function mergeNotice(merged: Incident, survivor: Incident, page: string): SlackMessage {
  const room = survivor.channel === null || survivor.channel.url === "" ? "" : ` Go on in <#${survivor.channel.id}>.`;
  return said(`🔗 ${incidentId(merged.number)} is now a part of ${mrkdwnLink(page, incidentId(survivor.number))} ${escapeMrkdwn(survivor.title)}.${room}`);
}

function titleOf({ private: hidden, title }: Incident): string {
  return hidden ? "a private incident" : escapeMrkdwn(title);
}

/** The incident by its number, and its channel when there is one. */
function place(incident: Incident, page: string): string {
  const { channel } = incident;
  return `${mrkdwnLink(page, incidentId(incident.number))}${channel === null || channel.url === "" ? "" : ` <#${channel.id}>`}`;
}

function said(text: string): SlackMessage {
  return { text: fallbackText(text), blocks: [sectionBlock(text)] };
}
