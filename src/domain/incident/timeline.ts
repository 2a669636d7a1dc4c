import { describeStormServices } from "./storm-state.ts";
import type { AlertSnapshot, Event } from "./event.ts";
import { formatDuration, formatUtc, formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId, ROLE_TITLES, type Instant } from "#domain/values/language.ts";
import { describeRunEvent } from "#domain/automation/run-text.ts";
import { truncateText } from "#domain/values/text.ts";
import { isRunEvent } from "#domain/automation/run-event.ts";

/** One line of the timeline as people and programs read it. */
export type TimelineEntry = {
  /** The number of the event. */
  readonly seq: number;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly type: Event["type"];
  readonly actor: string;
  readonly summary: string;
  readonly source: string;
  readonly permalink: string | null;
  readonly data: Event["data"];
};

/**
 * The timeline of an incident: its events in the order they happened, those of one instant in the order they were
 * recorded. What was taken back is not there, but that it was is; a message stands at the time it was written, as it reads
 * now, for as long as somebody marks it.
 */
export function buildTimeline(events: readonly Event[]): readonly TimelineEntry[] {
  const struck = new Set(events.flatMap((event) => (event.type === "verb.undone" ? event.data.strikes : [])));
  const messages = messagesAsTheyAre(events);
  return events
    .filter((event) => !struck.has(event.seq) && !OF_A_MESSAGE.has(event.type) && (event.type !== "message.captured" || messages.get(event.seq) !== undefined))
    .map((event) => messages.get(event.seq) ?? event)
    .toSorted((a, b) => a.at - b.at || a.seq - b.seq)
    .map((event) => ({
      seq: event.seq,
      at: event.at,
      recordedAt: event.recordedAt,
      type: event.type,
      actor: event.actor.name,
      summary: describeEvent(event),
      source: event.evidence.command,
      permalink: event.evidence.permalink,
      data: event.data,
    }));
}

/** What happened to a message shows in the message. */
const OF_A_MESSAGE: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["message.marked", "message.unmarked", "message.edited", "message.deleted"]);

/** The captured messages that are still wanted, by the number of the event that captured them, as they read now. */
function messagesAsTheyAre(events: readonly Event[]): ReadonlyMap<number, Event> {
  const byMessage = new Map<string, Event & { type: "message.captured" }>();
  const marks = new Map<string, Set<string>>();
  const change = (key: string, to: (text: string) => string): void => {
    const event = byMessage.get(key);
    if (event !== undefined) byMessage.set(key, { ...event, data: { ...event.data, message: { ...event.data.message, text: to(event.data.message.text) } } });
  };
  for (const event of events) {
    if (event.type === "message.captured") {
      const { channel, message } = event.data;
      const evidence = { ...event.evidence, permalink: message.permalink ?? event.evidence.permalink };
      byMessage.set(`${channel}:${message.id}`, { ...event, at: message.at, evidence });
    } else if (event.type === "message.marked" || event.type === "message.unmarked") {
      const key = `${event.data.channel}:${event.data.id}`;
      const by = marks.get(key) ?? new Set();
      marks.set(key, by);
      if (event.type === "message.marked") by.add(event.actor.id);
      else by.delete(event.actor.id);
      if (by.size === 0) byMessage.delete(key);
    } else if (event.type === "message.edited") change(`${event.data.channel}:${event.data.id}`, () => event.data.text);
    else if (event.type === "message.deleted") change(`${event.data.channel}:${event.data.id}`, (text) => `${text} (deleted since)`);
  }
  return new Map(Array.from(byMessage.values(), (event) => [event.seq, event]));
}

/** What came of one command, in one line. "At 14:05", said in the morning, was yesterday: then the day is said. */
export function describeEvents(events: readonly Event[]): string {
  const earlier = events.find(({ at, recordedAt }) => formatUtcDay(at) !== formatUtcDay(recordedAt));
  return `${events.map(describeEvent).join(" · ")}${earlier === undefined ? "" : ` (on ${formatUtcDay(earlier.at)} at ${formatUtcTime(earlier.at)} UTC)`}`;
}

/** What a page that woke nobody says it went through. */
const DRY_RUN = "dry-run";

/** What happened, in one sentence without markup. */
export function describeEvent(event: Event): string {
  const who = event.actor.name;
  if (isRunEvent(event)) return describeRunEvent(event, who);
  switch (event.type) {
    case "incident.opened":
      return `${incidentId(event.data.number)} opened as ${event.data.priority} (${event.data.plan.sev}): ${event.data.title}. Why ${event.data.priority}: ${event.data.priorityReason}`;
    case "alerts.fired":
      return `${count(event.data.count, "alert")} ${event.data.again ? "reported as firing again" : "firing"}: ${some(event.data.alerts)}`;
    case "alerts.flapped":
      return `${count(event.data.count, "alert")} stopped and started again: ${some(event.data.alerts)}`;
    case "alerts.resolved":
      return `${count(event.data.count, "alert")} resolved: ${some(event.data.alerts)}`;
    case "alerts.moved":
      return `${count(event.data.count, "alert")} went on firing as ${incidentId(event.data.to)}`;
    case "alerts.unheard":
      return `${count(event.data.count, "alert")} not heard of since ${formatUtcTime(event.data.since)} UTC: still firing? Look at the source; nothing resolves by itself until it speaks again`;
    case "delivery.truncated":
      return event.data.hidden === 0
        ? "The sender lists the whole group again"
        : `The sender left ${count(event.data.hidden, "alert")} out of its message: silence proves nothing until the list is whole again`;
    case "quiet.began":
      return `Nothing fires any more: resolves at ${formatUtcTime(event.data.until)} UTC unless something fires before`;
    case "quiet.ended":
      return "Firing again: not resolved after all";
    case "priority.changed":
      return `${event.data.from} → ${event.data.to} (${event.data.plan.sev})${event.actor.kind === "person" ? ` by ${who}` : ""}: ${event.data.reason}`;
    case "incident.acknowledged":
      return `Acknowledged by ${who}`;
    case "incident.unacknowledged":
      return `Nobody has it any more: ${event.data.reason}`;
    case "pager.told":
      return event.data.text;
    case "incident.mitigated":
      return `Mitigated, says ${who}`;
    case "incident.resolved":
      return event.data.by === "alerts"
        ? "Resolved: every alert is quiet"
        : `Resolved by ${who}${event.data.reason === null ? "" : `: ${event.data.reason}`}${event.data.firing > 0 ? ` (${count(event.data.firing, "alert")} still firing)` : ""}`;
    case "incident.reopened":
      return `Re-opened: ${event.data.reason}`;
    case "incident.closed":
      return "Closed";
    case "incident.canceled":
      return `Canceled by ${who}: ${event.data.reason}`;
    case "incident.merged":
      return `Merged into ${incidentId(event.data.into)} by ${who}: go on there`;
    case "alerts.absorbed":
      if (event.data.back === true) return `${count(event.data.alerts.total, "alert")} came back from ${incidentId(event.data.from)}`;
      return `${incidentId(event.data.from)} was merged into this one by ${who}, with ${count(event.data.alerts.total, "alert")}`;
    case "alerts.returned":
      return `${incidentId(event.data.to)} stands for itself again, says ${who}: ${count(event.data.alerts.total, "alert")} went back to it`;
    case "title.changed":
      return `Title changed by ${who}: ${event.data.to}`;
    case "verb.undone":
      return `Taken back by ${who}: ${event.data.what}`;
    case "handoff.offered":
      return `${who} offers command to ${event.data.to.name}, and has it until they take it`;
    case "handoff.ended":
      return event.data.how === "declined" ? `${event.data.to.name} did not take command` : `The offer of command to ${event.data.to.name} was withdrawn`;
    case "command.missing":
      return `Nobody has command${event.data.reminder > 1 ? ", still" : ""}: take it with the button or \`ic\`${event.data.next === null ? "" : `, or the next step is paged at ${formatUtcTime(event.data.next)} UTC`}`;
    case "note.added":
      return `${who}: ${event.data.text}`;
    case "milestone.corrected":
      return `${who} corrected when it ${event.data.milestone === "began" ? "began" : `was ${event.data.milestone}`}: ${formatUtc(event.data.to)}${event.data.from === null ? "" : `, not ${formatUtc(event.data.from)}`}`;
    case "message.marked":
      return `${who} marked a message for the timeline`;
    case "message.unmarked":
      return `${who} took their mark off a message`;
    case "message.captured":
      return `${event.data.message.author.name}: ${event.data.message.text}${event.data.message.files.length === 0 ? "" : ` [${event.data.message.files.map(({ name }) => name).join(", ")}]`}`;
    case "message.edited":
      return `A message of the timeline was edited: ${event.data.text}`;
    case "message.deleted":
      return "A message of the timeline was deleted";
    case "update.posted":
      return `${event.data.audience === "customer" ? "Customers were told" : "Update"} by ${who}: ${event.data.text}`;
    case "update.overdue":
      return `The update that was promised for ${formatUtcTime(event.data.due)} UTC is overdue: ${event.data.owed.name} was reminded`;
    case "task.added":
      return `${event.data.kind === "task" ? "Task" : "Follow-up"} ${event.data.id}: ${event.data.text}${event.data.owner === null ? "" : `, ${event.data.owner.name}`}${event.data.due === null ? "" : `, due ${event.data.due}`}`;
    case "task.done":
      return `Task ${event.data.id} is done, says ${who}`;
    case "task.ticket_wanted":
      return `Ticket wanted for follow-up ${event.data.id}`;
    case "task.ticketed":
      return `Follow-up ${event.data.id} is ticket ${event.data.key}${noteOf(event.data)}`;
    case "task.ticket_failed":
      return `Follow-up ${event.data.id} could not become a ticket: ${event.data.reason}`;
    case "member.joined":
      return `${event.data.person.name} joined the channel`;
    case "member.left":
      return `${event.data.person.name} left the channel`;
    case "channel.renamed":
      return `The channel is now #${event.data.name}`;
    case "channel.drifted":
      return event.data.what;
    case "role.assigned": {
      const { role, person } = event.data;
      if (person === null) return `${ROLE_TITLES[role]}: nobody, says ${who}`;
      return `${person.name} is ${ROLE_TITLES[role]}${person.id === event.actor.id ? "" : `, says ${who}`}`;
    }
    case "page.requested":
      return `Paging ${event.data.to}: ${event.data.reason}`;
    case "page.sent":
      return event.data.via === DRY_RUN ? `Would have paged ${event.data.to}: paging is a dry run` : `Paged ${event.data.to} via ${event.data.via}`;
    case "page.failed":
      return `Could not page ${event.data.to}: ${event.data.reason}`;
    case "storm.gathered":
      return `${event.data.count} more ${event.data.count === 1 ? "incident" : "incidents"} held back by the storm: ${describeStormServices(event.data)}`;
    case "page.delayed":
      return `The page of ${event.data.to} does not get through (${event.data.reason}): it is tried again, they are told in the chat as far as they are known there, and the ladder goes on`;
    case "page.held":
      return `Not paged: ${event.data.people.join(", ")}, woken too often lately (${event.data.reason})`;
    case "acknowledgement.extended":
      return `Somebody was heard from: the acknowledgement holds until ${formatUtcTime(event.data.until)} UTC`;
    case "escalation.armed":
      return `Next: pages ${event.data.to} at ${formatUtcTime(event.data.due)} UTC (in ${formatDuration(event.data.due - event.at)}) unless somebody acknowledges`;
    case "escalation.advanced":
      return `Escalated to ${event.data.to}: ${event.data.reason}`;
    case "escalation.exhausted":
      return `Nobody is left to page: ${event.data.reason}`;
    case "ticket.requested":
      return `Ticket wanted: ${event.data.reason}`;
    case "ticket.opened":
      return `Ticket ${event.data.key} opened${noteOf(event.data)}`;
    case "ticket.updated":
      return `Ticket ${event.data.key} ${event.data.how === "reopened" ? "re-opened" : event.data.how === "closed" ? "closed" : "told how it ended"}${noteOf(event.data)}`;
    case "ticket.failed":
      if (event.data.what === undefined) return `No ticket could be opened: ${event.data.reason}`;
      return `The ticket could not be ${event.data.what === "close" ? "closed" : "re-opened"}: ${event.data.reason}`;
    case "channel.opened":
      return `Channel #${event.data.channel.name} opened`;
    case "channel.failed":
      return `No channel could be opened: ${event.data.reason}`;
    case "channel.archived":
      return "Channel archived";
    case "chat.failed":
      return `The chat refused ${event.data.what}: ${event.data.reason}`;
    case "draft.posted":
      return "Postmortem draft posted";
    case "postmortem.asked":
      return `A postmortem is due by ${event.data.due}, ${event.data.owner === null ? "and nobody owns it: `postmortem owner @USER`" : `owned by ${event.data.owner.name}`}`;
    case "postmortem.published":
      return `The postmortem is in ${event.data.where} as ${event.data.key}${noteOf(event.data)}`;
    case "postmortem.unpublished":
      return `The postmortem could not be put into ${event.data.where}: ${event.data.reason}`;
    case "postmortem.owned":
      return `${event.data.owner.name} owns the postmortem${event.data.owner.id === event.actor.id ? "" : `, says ${who}`}`;
    case "postmortem.nudged": {
      const { owner, due, overdue } = event.data;
      return `The postmortem ${overdue ? "was" : "is"} due by ${due}: ${owner === null ? "nobody owns it" : `${owner.name} was reminded`}`;
    }
    case "postmortem.review_asked":
      return `The postmortem is in review${event.data.reviewers.length === 0 ? "" : `, to be read by ${event.data.reviewers.map(({ name }) => name).join(", ")}`}`;
    case "postmortem.reviewed":
      return `The postmortem is reviewed, says ${who}`;
    case "postmortem.closed":
      return `The postmortem is closed, says ${who}`;
    case "postmortem.gap_waived":
      return `${who} waived the gap from ${formatUtcTime(event.data.from)} to ${formatUtcTime(event.data.to)} UTC: ${event.data.reason}`;
    case "postmortem.written":
      return `${who} wrote into the postmortem: ${event.data.sections.map((section) => section.replaceAll("_", " ")).join(", ")}`;
    case "command.refused":
      return `${who} was refused: ${event.data.reason}`;
  }
}

function noteOf({ note }: { readonly note?: string }): string {
  return note === undefined ? "" : ` (${note})`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function some(alerts: readonly AlertSnapshot[]): string {
  const shown = [...new Set(alerts.map(({ summary }) => truncateText(summary, 100)))];
  return shown.length <= 3 ? shown.join(" · ") : `${shown.slice(0, 3).join(" · ")} and ${shown.length - 3} more`;
}
