import type { ChatButton } from "#domain/values/chat-message.ts";

/** A button of ours: its name, its label for people, and the words of the grammar that pressing it stands for. */
type Action = { readonly id: string; readonly label: string; readonly command: string };

/**
 * Every button there is, except those of the help, which are its verbs, and those of the picker, which repeat what was
 * asked. The door of each chat listens to all of them; a test compares the two.
 */
export const BUTTON_ACTIONS = {
  acknowledge: { id: "incident.acknowledge", label: "Acknowledge", command: "ack" },
  command: { id: "role.claim.commander", label: "Take command", command: "ic" },
  escalate: { id: "incident.escalate", label: "Escalate", command: "escalate" },
  scribe: { id: "role.claim.scribe", label: "Be scribe", command: "role scribe" },
  update: { id: "incident.update", label: "Update", command: "update" },
  mitigate: { id: "incident.mitigate", label: "Mitigated", command: "mitigate" },
  resolve: { id: "incident.resolve", label: "Resolve", command: "resolve form" },
  take: { id: "handoff.accept", label: "I have command", command: "handoff accept" },
  declineHandoff: { id: "handoff.decline", label: "Not me", command: "handoff decline" },
  declare: { id: "incident.declare", label: "Declare an incident", command: "declare" },
  approveRun: { id: "run.approve", label: "Approve", command: "runbook approve" },
  denyRun: { id: "run.deny", label: "Deny", command: "runbook deny" },
  happened: { id: "run.happened", label: "It happened", command: "runbook happened" },
  runIt: { id: "run.again", label: "It did not: run it", command: "runbook again" },
  stopRun: { id: "run.stop", label: "Stop", command: "runbook stop" },
  performRun: { id: "run.perform", label: "Do it", command: "runbook do" },
  cancelRun: { id: "run.cancel", label: "Stop the run", command: "runbook cancel" },
  snooze10: { id: "nudge.snooze.10", label: "Snooze 10 min", command: "snooze 10m" },
  snooze30: { id: "nudge.snooze.30", label: "30 min", command: "snooze 30m" },
  snooze60: { id: "nudge.snooze.60", label: "60 min", command: "snooze 60m" },
  snoozeRun10: { id: "run.snooze.10", label: "Snooze 10 min", command: "runbook snooze 10m" },
  snoozeRun30: { id: "run.snooze.30", label: "30 min", command: "runbook snooze 30m" },
  snoozeRun60: { id: "run.snooze.60", label: "60 min", command: "runbook snooze 60m" },
  join: { id: "incident.join", label: "Join", command: "join" },
  subscribe: { id: "incident.subscribe", label: "Subscribe", command: "subscribe" },
  unsubscribe: { id: "incident.unsubscribe", label: "Unsubscribe", command: "unsubscribe" },
  roles: { id: "incident.roles", label: "Roles", command: "roles form" },
  makePrivate: { id: "incident.private", label: "Make private", command: "private form" },
  requestAccess: { id: "access.request", label: "Request access", command: "access" },
  letIn: { id: "access.grant", label: "Let them in", command: "invite" },
  doneTask: { id: "task.done", label: "Done", command: "task done" },
} as const satisfies Readonly<Record<string, Action>>;

export type ButtonName = keyof typeof BUTTON_ACTIONS;

/** A button that only opens a link; a chat may report its click all the same. */
export const OPEN_RUN_ACTION = "run.open";

/** The buttons of the help: `verb.<name>`; those of the picker: `pick.<n>`, with the whole question as their value. */
export const VERB_ACTION = /^verb\.([a-z]+)$/;
export const PICK_ACTION = /^pick\.\d+$/;

/** A button. `value` is a reference to its incident, with the rest of its words; "": about none. */
export function actionButton(name: ButtonName, value: string, style?: "primary" | "danger"): ChatButton {
  const { id, label } = BUTTON_ACTIONS[name];
  return {
    action: id,
    label,
    ...(value === "" ? {} : { value: String(value) }),
    ...(style === undefined ? {} : { style }),
  };
}
