import type { KnownBlock } from "@slack/types";
import type { Incident, Task } from "#domain/incident.ts";
import { incidentId, type Instant } from "#domain/language.ts";
import type { Rota } from "#domain/oncall.ts";
import { button } from "./actions.ts";
import { listMessage } from "./answers.ts";
import { oncallMessage } from "./oncall.ts";
import { context, escape, link, plain, section } from "./slack.ts";

/** Somebody's home: what is open, who is on call, what they have to do, and the button that declares an incident. */
export function homeView(
  incidents: readonly Incident[],
  mine: readonly { readonly incident: Incident; readonly task: Task }[],
  rota: Rota,
  now: Instant,
  page: (number: number) => string,
): object {
  const heading = (text: string): KnownBlock => ({ type: "header", text: plain(text, 150) });
  const tasks = mine.slice(0, 20).flatMap(({ incident, task }): KnownBlock[] => [
    {
      ...(section(
        `${link(page(incident.number), incidentId(incident.number))} ${task.id}: ${escape(task.text)}${task.due === null ? "" : ` · due ${task.due}`}`,
      ) as KnownBlock & { type: "section" }),
      accessory: button("doneTask", `${incident.number} ${task.id}`),
    },
  ]);
  const blocks: KnownBlock[] = [
    { type: "actions", block_id: "home", elements: [button("declare", "", "primary")] },
    heading("Open incidents"),
    ...(listMessage(incidents, page).blocks as KnownBlock[]),
    heading("On call"),
    ...(oncallMessage(rota, null, now, () => null).blocks as KnownBlock[]),
    heading("My tasks"),
    ...(tasks.length === 0 ? [context("Nothing to do.")] : tasks),
  ];
  return { type: "home", blocks };
}
