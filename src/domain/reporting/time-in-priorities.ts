import type { Event } from "#domain/events/event-registry.ts";
import { PRIORITIES, type Instant, type Priority } from "#domain/values/language.ts";

/** ms at one priority, and the events that set it. */
export type PriorityTime = { readonly priority: Priority; readonly ms: number; readonly from: readonly number[] };

/** How long the incident was open at each priority; the time between a resolution and a re-opening counts nowhere. */
export function timeInPriorities(events: readonly Event[], end: Instant): readonly PriorityTime[] {
  const ms = new Map<Priority, number>();
  const from = new Map<Priority, number[]>();
  let priority: Priority | null = null;
  let open = false;
  let since = 0;
  const add = (instant: Instant): void => {
    // An end that was corrected may be before what was written down.
    const until = Math.min(instant, end);
    if (open && priority !== null) ms.set(priority, (ms.get(priority) ?? 0) + Math.max(0, until - since));
    since = until;
  };
  for (const event of events) {
    if (event.type === "incident.opened" || event.type === "priority.changed") {
      add(event.at);
      priority = event.type === "incident.opened" ? event.data.priority : event.data.to;
      open ||= event.type === "incident.opened";
      from.set(priority, [...(from.get(priority) ?? []), event.seq]);
    } else if (event.type === "verb.undone" && event.data.restore.priority !== undefined) {
      // A slip that was taken back never was: its time is that of the priority that it is again.
      if (priority !== null) from.set(priority, (from.get(priority) ?? []).slice(0, -1));
      priority = event.data.restore.priority;
    } else if (event.type === "incident.resolved" || event.type === "incident.reopened") {
      add(event.at);
      open = event.type === "incident.reopened";
    }
  }
  add(end);
  return PRIORITIES.filter((each) => ms.has(each)).map((each) => ({
    priority: each,
    ms: ms.get(each)!,
    from: from.get(each) ?? [],
  }));
}
