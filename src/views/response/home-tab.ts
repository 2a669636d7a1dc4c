import type { KnownBlock } from "@slack/types";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import type { OnCallRoster } from "#domain/oncall/oncall.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { listMessage } from "./answer-messages.ts";
import { oncallMessage } from "#views/oncall/oncall-messages.ts";
import { contextBlock, escapeMrkdwn, mrkdwnLink, plainTextObject, sectionBlock } from "#views/values/block-kit.ts";

/** Somebody's home: what is open, who is on call, what they have to do, and the button that declares an incident. */
export function homeView(
  incidents: readonly Incident[],
  mine: readonly { readonly incident: Incident; readonly task: Task }[],
  rota: OnCallRoster,
  now: Instant,
  page: (number: number) => string,
): object {
  const heading = (text: string): KnownBlock => ({ type: "header", text: plainTextObject(text, 150) });
  const tasks = mine.slice(0, 20).flatMap(({ incident, task }): KnownBlock[] => [
    {
      ...(sectionBlock(
        `${mrkdwnLink(page(incident.number), incidentId(incident.number))} ${task.id}: ${escapeMrkdwn(task.text)}${task.due === null ? "" : ` · due ${task.due}`}`,
      ) as KnownBlock & { type: "section" }),
      accessory: actionButton("doneTask", `${incident.number} ${task.id}`),
    },
  ]);
  const blocks: KnownBlock[] = [
    { type: "actions", block_id: "home", elements: [actionButton("declare", "", "primary")] },
    heading("Open incidents"),
    ...(listMessage(incidents, page).blocks as KnownBlock[]),
    heading("On call"),
    ...(oncallMessage(rota, null, now, () => null).blocks as KnownBlock[]),
    heading("My tasks"),
    ...(tasks.length === 0 ? [contextBlock("Nothing to do.")] : tasks),
  ];
  return { type: "home", blocks };
}
