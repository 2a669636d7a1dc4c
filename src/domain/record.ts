import type { CapturedMessage, IncidentCommand } from "./command.ts";
import { accept, refuse, type Context, type Decision } from "./decision.ts";
import type { Fact } from "./event.ts";
import type { Incident } from "./incident.ts";
import { isOpen, type Instant, type Person } from "./language.ts";
import { oneLine, paragraph } from "./text.ts";

const LONGEST = 3_000;

/** Something is written into the timeline. */
export function note(text: string): Decision {
  const clean = paragraph(text, LONGEST);
  return clean === "" ? refuse("A note needs words.") : accept([{ type: "note.added", data: { text: clean } }]);
}

/** Those who wait are told where it stands. */
export function update(command: Extract<IncidentCommand, { type: "update.post" }>): Decision {
  const text = paragraph(command.text, LONGEST);
  return text === "" ? refuse("An update needs words.") : accept([{ type: "update.posted", data: { text, audience: command.audience } }]);
}

/** Something has to be done, now or afterwards. */
export function addTask(incident: Incident, command: Extract<IncidentCommand, { type: "task.add" }>): Decision {
  const text = oneLine(command.text, 500);
  if (text === "") return refuse("Say what is to be done.");
  if (incident.tasks.length >= 200) return refuse("There are 200 tasks already; finish some, or write them elsewhere.");
  const { kind, owner, due } = command;
  return accept([{ type: "task.added", data: { id: (incident.tasks.at(-1)?.id ?? 0) + 1, kind, text, owner, due } }]);
}

export function finishTask(incident: Incident, id: number): Decision {
  const task = incident.tasks.find((each) => each.id === id);
  if (task === undefined) return refuse(`There is no task ${id}.`);
  return task.doneAt === null ? accept([{ type: "task.done", data: { id } }]) : refuse(`Task ${id} is done already.`);
}

/** A message is wanted in the timeline: the first who marks it has it fetched. */
export function mark(incident: Incident, command: Extract<IncidentCommand, { type: "message.mark" }>, ctx: Context): Decision {
  const by = marksOf(incident, command);
  if (by.includes(ctx.actor.id)) return accept([]);
  const { channel, id, thread } = command;
  return accept([{ type: "message.marked", data: { channel, id, thread } }]);
}

export function unmark(incident: Incident, command: Extract<IncidentCommand, { type: "message.unmark" }>, ctx: Context): Decision {
  const { channel, id } = command;
  return accept(marksOf(incident, command).includes(ctx.actor.id) ? [{ type: "message.unmarked", data: { channel, id } }] : []);
}

/** What a marked message said, as the chat told it; nobody may want it any more by now. */
export function captured(incident: Incident, channel: string, message: CapturedMessage): Decision {
  const wanted = marksOf(incident, { channel, id: message.id }).length > 0;
  return accept(wanted ? [{ type: "message.captured", data: { channel, message: { ...message, text: paragraph(message.text, LONGEST) } } }] : []);
}

/** A message of the channel was edited or deleted: of interest when it is in the timeline. */
export function followed(incident: Incident, fact: Extract<Fact, { type: "message.edited" | "message.deleted" }>): Decision {
  return accept(marksOf(incident, fact.data).length > 0 ? [fact] : []);
}

function marksOf(incident: Incident, { channel, id }: { readonly channel: string; readonly id: string }): readonly string[] {
  return incident.marks[`${channel}:${id}`] ?? [];
}

/** The reminder of an update is due: whoever owes it is told, first who communicates, then who commands. */
export function updateDue(incident: Incident, due: Instant): readonly Fact[] {
  const { updates, roles } = incident;
  if (!isOpen(incident.status) || updates.due === null || updates.remindAt !== due) return [];
  const reminder = updates.reminders + 1;
  const owed: Person | null =
    reminder === 1 ? (roles.comms ?? roles.commander ?? incident.acknowledgedBy) : (roles.commander ?? roles.comms ?? incident.acknowledgedBy);
  // Nobody has answered yet: the escalation is looking for somebody, and there is nothing to update.
  return owed === null ? [] : [{ type: "update.overdue", data: { due: updates.due, owed, reminder } }];
}
