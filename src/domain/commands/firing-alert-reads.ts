import type { IncidentCommand } from "./command-registry.ts";

/** Commands that may leave alerts without an owner, hand them to another incident, or look at those that were left. */
const READERS: ReadonlySet<IncidentCommand["type"]> = new Set([
  "incident.resolve",
  "incident.merge",
  "undo",
  "recheck.audit",
]);

/** Whether a command needs each alert of its incident that fires; for every other command their count is enough. */
export function readsFiringAlerts(command: IncidentCommand): boolean {
  return (
    READERS.has(command.type) ||
    (command.type === "pager.heard" && command.what === "resolved") ||
    (command.type === "timer.due" && command.timer === "recheck")
  );
}

/** Whether a command needs them when alerts of several teams may fire in its incident. */
export function readsAlertsOfTeams(command: IncidentCommand): boolean {
  return command.type === "timer.due" && (command.timer === "escalate" || command.timer === "ack");
}
