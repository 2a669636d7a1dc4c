import type { Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen } from "#domain/values/language.ts";
import { escalateNow } from "./escalated-step.ts";

/** Someone has seen the alert but no one has command: a nudge in the channel, then the next step is paged. */
export function escalateMissingCommander(incident: Incident, ctx: Context): readonly Fact[] {
  const { commandWithin } = incident.plan;
  // Not even seen yet: the escalation runs for that.
  if (
    !isOpen(incident.status) ||
    incident.status === "triggered" ||
    incident.roles.commander !== null ||
    commandWithin === null
  )
    return [];
  const reminder = incident.commandReminders + 1;
  const missing: Fact = {
    type: "command.missing",
    data: { reminder, next: reminder === 1 ? ctx.now + commandWithin : null },
  };
  // Another team acknowledged the incident, and its own is still looked for: that pages the next step, once.
  return reminder === 1 || incident.escalation.next !== null
    ? [missing]
    : [missing, ...escalateNow(incident, "no one took command", ctx)];
}
