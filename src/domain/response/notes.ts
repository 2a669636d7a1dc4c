import { longestReminderWait, owesUpdate } from "#domain/events/update-sla.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { formatDuration, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { incidentId, isOpen, type Audience, type Instant, type Person } from "#domain/values/language.ts";
import { oneLine, cleanParagraphs } from "#domain/values/text.ts";
import { isPersonAmong } from "#domain/policy/people.ts";

const MAX_LENGTH = 3_000;

/** A message, by its id in its channel. */
type MessageId = { readonly channel: string; readonly id: string };

/** Something is written into the timeline. */
export function addNote(text: string): Decision {
  const clean = cleanParagraphs(text, MAX_LENGTH);
  return clean === ""
    ? refuseDecision("A note needs words.")
    : acceptDecision([{ type: "note.added", data: { text: clean } }]);
}

/** Notifies those who wait for an update. */
export function postUpdate(command: { readonly text: string; readonly audience: Audience }): Decision {
  const text = cleanParagraphs(command.text, MAX_LENGTH);
  return text === ""
    ? refuseDecision("An update needs words.")
    : acceptDecision([{ type: "update.posted", data: { text, audience: command.audience } }]);
}

/** Something has to be done, now or afterwards. */
export function addTask(
  incident: Incident,
  command: Omit<Task, "id" | "doneAt" | "dropped" | "ticket" | "origin">,
): Decision {
  const text = oneLine(command.text, 500);
  if (text === "") return refuseDecision("Add what is to be done.");
  if (incident.tasks.length >= 200)
    return refuseDecision("There are 200 tasks already; finish some, or write them elsewhere.");
  const { kind, owner, due } = command;
  return acceptDecision([{ type: "task.added", data: { id: nextTaskId(incident), kind, text, owner, due } }]);
}

/** The number of the next task: one above all that were, those that were undone too. */
export function nextTaskId({ tasks, lastTask }: Pick<Incident, "tasks" | "lastTask">): number {
  return Math.max(lastTask, ...tasks.map(({ id }) => id)) + 1;
}

/** A task is done; `dropped`: it will not be, in words. */
export function finishTask(incident: Incident, id: number, dropped: string | null = null): Decision {
  const task = incident.tasks.find((each) => each.id === id);
  if (task === undefined) return refuseDecision(`There is no task ${id}.`);
  return task.doneAt === null
    ? acceptDecision([{ type: "task.done", data: { id, ...(dropped === null ? {} : { dropped }) } }])
    : refuseDecision(`Task ${id} is ${task.dropped === undefined ? "done" : "dropped"} already.`);
}

/** A message is marked for the timeline: the first mark has it fetched. */
export function markMessage(
  incident: Incident,
  command: MessageId & { readonly thread: string | null },
  ctx: Context,
): Decision {
  const by = marksOf(incident, command);
  if (isPersonAmong(ctx.policy, by, ctx.actor)) return acceptDecision([]);
  const { channel, id, thread } = command;
  return acceptDecision([{ type: "message.marked", data: { channel, id, thread } }]);
}

export function unmarkMessage(incident: Incident, command: MessageId, ctx: Context): Decision {
  const { channel, id } = command;
  return acceptDecision(
    isPersonAmong(ctx.policy, marksOf(incident, command), ctx.actor)
      ? [{ type: "message.unmarked", data: { channel, id } }]
      : [],
  );
}

/** The text of a marked message, from the chat; its mark may be removed by now. */
export function importMessage(incident: Incident, channel: string, message: ImportedMessage): Decision {
  const wanted = marksOf(incident, { channel, id: message.id }).length > 0;
  return acceptDecision(
    wanted
      ? [
          {
            type: "message.captured",
            data: { channel, message: { ...message, text: cleanParagraphs(message.text, MAX_LENGTH) } },
          },
        ]
      : [],
  );
}

/** A message of the channel was edited or deleted: of interest when it is in the timeline. */
export function trackMessageChange(
  incident: Incident,
  fact: Extract<Fact, { type: "message.edited" | "message.deleted" }>,
): Decision {
  return acceptDecision(marksOf(incident, fact.data).length > 0 ? [fact] : []);
}

/** The longest that reminders are put off, in ms. */
const LONGEST_SNOOZE = 4 * HOUR_MS;

/** Reminders of an update or of a missing commander are put off. */
export function snoozeNudges(incident: Incident, ms: number, { now }: Context): Decision {
  const { updates, roles, plan, commandReminders, number } = incident;
  if (ms < MINUTE_MS || ms > LONGEST_SNOOZE)
    return refuseDecision(
      `Reminders can be snoozed for ${formatDuration(MINUTE_MS)} to ${formatDuration(LONGEST_SNOOZE)}.`,
    );
  const isAnswered = incident.status !== "triggered";
  const what = [
    ...(updates.due !== null && isAnswered ? (["update"] as const) : []),
    ...(roles.commander === null && plan.commandWithin !== null && commandReminders < 2 && isAnswered
      ? (["command"] as const)
      : []),
  ];
  return what.length === 0
    ? refuseDecision(`${incidentId(number)} has no reminder to snooze.`)
    : acceptDecision([{ type: "nudge.snoozed", data: { until: now + ms, what } }]);
}

function marksOf(
  incident: Incident,
  { channel, id }: { readonly channel: string; readonly id: string },
): readonly string[] {
  return incident.marks[`${channel}:${id}`] ?? [];
}

/** An update is due: reminds the communications lead first, then the commander. */
export function remindUpdateDue(incident: Incident, due: Instant, { now }: Context): readonly Fact[] {
  const { updates, roles } = incident;
  if (!isOpen(incident.status) || updates.due === null || updates.remindAt === null) return [];
  // A reminder of a time that no plan asks for is due now: the clock was set back.
  if (updates.remindAt !== due && updates.remindAt - now <= longestReminderWait(incident)) return [];
  const reminder = updates.reminders + 1;
  const owed: Person | null =
    reminder === 1 ? owesUpdate(incident) : (roles.commander ?? roles.comms ?? incident.acknowledgedBy);
  // No one has answered yet: the escalation is looking for someone, and there is nothing to update.
  return owed === null ? [] : [{ type: "update.overdue", data: { due: updates.due, owed, reminder } }];
}
