import type { Incident, Updates } from "#domain/incident/incident.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Instant, type Person } from "#domain/values/language.ts";
import type { WatchInterruption } from "#domain/values/interruption.ts";
import type { AnyEvent, EventAnswers } from "./event-definition.ts";

/** From when the update that is owed is counted; null when none is. */
function updateDueSince({ updates, plan }: Incident): Instant | null {
  return updates.due === null || plan.updateEvery === null ? null : updates.due - plan.updateEvery;
}

/** The longest silence, when it ends at `at`. */
function silence(before: Incident, at: Instant): number {
  return Math.max(before.updates.longestSilence, at - (updateDueSince(before) ?? at));
}

/** What is owed after an update was written. */
export function updatesAfterPost(before: Incident, at: Instant): Updates {
  const { updates } = before;
  const late = updates.due !== null && at > updates.due;
  return {
    ...updates,
    last: at,
    sent: updates.sent + 1,
    onTime: updates.onTime + (late ? 0 : 1),
    longestSilence: silence(before, at),
  };
}

/** The state with what it owes: an update every so often while it is open, by its plan. */
export function applyUpdateSla(
  before: Incident | null,
  after: Incident,
  event: AnyEvent,
  rule: UpdateSlaRule,
): Incident {
  const since = countedFrom(before, after, event, rule);
  if (since === null) return after;
  const { updates, plan, status, channelRequested } = after;
  if (!isOpen(status)) {
    const longestSilence = before === null ? updates.longestSilence : silence(before, event.at);
    return { ...after, updates: { ...updates, due: null, remindAt: null, reminders: 0, longestSilence } };
  }
  const due = plan.updateEvery !== null && channelRequested ? since + plan.updateEvery : null;
  return due === updates.due ? after : { ...after, updates: { ...updates, due, remindAt: due, reminders: 0 } };
}

/** How an event moves the wait for the next update. */
type UpdateSlaRule = EventAnswers<AnyEvent>["updateSla"];

/** From when the next update is counted after an event; null for one that moves no update. */
function countedFrom(before: Incident | null, after: Incident, event: AnyEvent, rule: UpdateSlaRule): Instant | null {
  if (rule === null) return null;
  if (rule === "starts") return event.at;
  if (rule === "moves") return (before === null ? null : updateDueSince(before)) ?? event.recordedAt;
  // Before anyone had answered there was no one to owe anything.
  const late = before !== null && before.updates.due !== null && before.updates.due < event.recordedAt;
  return late && owesUpdate(before) === null && owesUpdate(after) !== null ? event.recordedAt : null;
}

/** Who owes the next update; null before anyone has answered or has a role. */
export function owesUpdate({ roles, acknowledgedBy }: Pick<Incident, "roles" | "acknowledgedBy">): Person | null {
  return roles.comms ?? roles.commander ?? acknowledgedBy;
}

/** ms after the first reminder of an update that is owed. */
const SECOND_REMINDER = 5 * MINUTE_MS;

/** The longest that the next reminder of an incident may lie ahead, in ms. */
export function longestReminderWait({ plan }: Pick<Incident, "plan">): number {
  return Math.max(plan.updateEvery ?? 0, SECOND_REMINDER);
}

/** A reminder went out at `at`: another follows, to the commander. */
export function updatesAfterReminder({ updates }: Incident, reminder: number, at: Instant): Updates {
  return { ...updates, reminders: reminder, remindAt: reminder === 1 ? at + SECOND_REMINDER : null };
}

/**
 * What is owed after the clock was set back at `now`: the same, as much earlier by the new clock. What lies no further ahead
 * than the plan's wait was counted by the new clock already.
 */
export function updatesAfterStep(
  { updates, plan }: Pick<Incident, "updates" | "plan">,
  { from, until }: Pick<WatchInterruption, "from" | "until">,
  now: Instant,
): Updates {
  const shifted = (at: Instant | null, waitMs: number): Instant | null =>
    at !== null && until < from && at - now > waitMs + MINUTE_MS ? at + (until - from) : at;
  return {
    ...updates,
    due: shifted(updates.due, plan.updateEvery ?? 0),
    remindAt: shifted(updates.remindAt, longestReminderWait({ plan })),
  };
}
