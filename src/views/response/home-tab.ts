import { writeReference } from "#domain/incident/incident-reference.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import type { OnCallRoster } from "#domain/oncall/oncall.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { listMessage } from "./answer-messages.ts";
import { oncallMessage } from "#views/oncall/oncall-messages.ts";
import type { ChatHome, MessagePart } from "#domain/values/chat-message.ts";
import { richText, linkText } from "#domain/values/rich-text.ts";
import { textPart, contextPart, buttonsPart } from "#views/values/message-parts.ts";

/** The home of someone whom Muster does nothing for. */
export function refusedHome(reason: string): ChatHome {
  return { parts: [textPart(reason)] };
}

/** Faults of the setup on a home. */
const MOST_FAULTS = 10;

/** Someone's home: what is wrong with the setup, what is open, what ended while alerts of it fire, who is on call, what they have to do, and the button that declares an incident. */
export function homeView(
  incidents: readonly Incident[],
  ownTasks: readonly { readonly incident: Incident; readonly task: Task }[],
  rota: OnCallRoster,
  now: Instant,
  page: (incident: LinkedIncident) => string,
  firing: readonly Incident[] = [],
  faults: readonly string[] = [],
): ChatHome {
  const heading = (text: string): MessagePart => ({ kind: "header", text });
  const tasks = ownTasks.slice(0, 20).map(({ incident, task }): MessagePart => ({
    ...textPart(
      richText`${linkText(page(incident), incidentId(incident.number))} ${task.id}: ${task.text}${task.due === null ? "" : ` · due ${task.due}`}`,
    ),
    button: actionButton("doneTask", `${writeReference(incident)} ${task.id}`),
  }));
  return {
    parts: [
      buttonsPart("home", [actionButton("declare", "", "primary")]),
      ...(faults.length === 0
        ? []
        : [
            heading("Setup needs attention"),
            ...faults.slice(0, MOST_FAULTS).map((each) => textPart(`⚠️ ${each}`)),
            ...(faults.length > MOST_FAULTS
              ? [contextPart(`… and ${faults.length - MOST_FAULTS} more: \`muster doctor\` lists them all`)]
              : []),
          ]),
      heading("Open incidents"),
      ...listMessage(incidents, page, firing).parts,
      heading("On call"),
      ...oncallMessage(rota, null, now, () => null).parts,
      heading("My tasks"),
      ...(tasks.length === 0 ? [contextPart("Nothing to do.")] : tasks),
    ],
  };
}
