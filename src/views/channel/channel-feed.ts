import type { Event } from "#domain/incident/event.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { describeEvent } from "#domain/incident/timeline.ts";
import { cutMarkup, escapeMrkdwn, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

/** What the channel is told as it happens. The rest stands in the card and in the timeline. */
const TOLD: Partial<Readonly<Record<Event["type"], string>>> = {
  "incident.opened": "🔥",
  "alerts.fired": "🔔",
  "alerts.resolved": "🔕",
  "alerts.unheard": "❓",
  "priority.changed": "📈",
  "quiet.began": "🤫",
  "quiet.ended": "🔔",
  "incident.acknowledged": "👀",
  "incident.unacknowledged": "⚠️",
  "pager.told": "📟",
  "incident.mitigated": "🩹",
  "incident.resolved": "✅",
  "incident.reopened": "🔁",
  "role.assigned": "🧭",
  "page.sent": "📟",
  "page.failed": "⚠️",
  "storm.gathered": "🌩️",
  "page.held": "🤐",
  "page.delayed": "⏳",
  "escalation.advanced": "⏫",
  "escalation.exhausted": "⚠️",
  "ticket.opened": "🎫",
  "ticket.updated": "🎫",
  "ticket.failed": "⚠️",
  "incident.closed": "📁",
  "incident.canceled": "🚫",
  "incident.merged": "🔗",
  "alerts.absorbed": "🔗",
  "alerts.returned": "🔗",
  "title.changed": "✏️",
  "verb.undone": "↩️",
  "handoff.ended": "🤝",
  "command.missing": "🧭",
  "note.added": "📝",
  "update.posted": "📣",
  "update.overdue": "⏰",
  "task.added": "☐",
  "task.done": "☑️",
  "task.ticketed": "🎫",
  "task.ticket_failed": "⚠️",
  "channel.drifted": "🔧",
  "run.requested": "🙋",
  "run.approved": "👍",
  "run.started": "🛠️",
  "step.finished": "📏",
  "run.overdue": "⏰",
  "run.unknown": "❓",
  "run.settled": "🗳️",
  "run.succeeded": "✅",
  "run.failed": "⚠️",
  "run.canceled": "🛑",
  "postmortem.asked": "📄",
  "postmortem.owned": "📄",
  "postmortem.nudged": "⏰",
  "postmortem.review_asked": "🔎",
  "postmortem.reviewed": "📗",
  "postmortem.closed": "📕",
  "postmortem.published": "📚",
  "postmortem.unpublished": "⚠️",
};

/** Alert lines of one message beyond this are told as a sum. */
const MANY = 5;

/** Everything since the last message, as one message; null when there is nothing worth telling. */
export function feedMessage(incident: Incident, events: readonly Event[]): SlackMessage | null {
  const told = events.filter((event) => TOLD[event.type] !== undefined);
  if (told.length === 0) return null;
  const lines: string[] = [];
  const alertEvents = told.flatMap((event) => (event.type === "alerts.fired" || event.type === "alerts.resolved" ? [event] : []));
  for (const event of told) {
    if (alertEvents.length > MANY && (event.type === "alerts.fired" || event.type === "alerts.resolved")) continue;
    lines.push(`${TOLD[event.type]} ${escapeMrkdwn(describeEvent(event))}`);
  }
  if (alertEvents.length > MANY) {
    const sum = (type: Event["type"]): number => alertEvents.reduce((total, event) => (event.type === type ? total + event.data.count : total), 0);
    lines.push(
      `🔔 ${sum("alerts.fired")} alerts fired and ${sum("alerts.resolved")} resolved; ${incident.alerts.firing} of ${incident.alerts.total} are firing now`,
    );
  }
  // When it is too much for one message the oldest lines go: the timeline has them all.
  let from = 0;
  while (lines.length - from > 1 && lines.slice(from).join("\n").length > 2_900) from++;
  const text = `${from > 0 ? `… ${from} earlier lines are in the timeline\n` : ""}${lines.slice(from).join("\n")}`;
  return { text: cutMarkup(text, 3_000), blocks: [sectionBlock(text)] };
}
