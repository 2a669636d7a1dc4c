import { z } from "zod";
import { runId } from "#domain/automation/run.ts";
import { actionDone, actionRefused } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { looksFirst, MessageText, REACHES_PEOPLE } from "#runbooks/actions/message-text.ts";
import { runTicket } from "#views/tickets/ticket-content.ts";

export const ticketAction = defineAction({
  ...REACHES_PEOPLE,
  name: "ticket",
  summary: "Opens a ticket in the tracker.",
  input: z.strictObject({
    title: z.string().min(1).max(200).describe("a Liquid template"),
    text: MessageText,
    labels: z.array(z.string().min(1)).max(10).default([]),
  }),
  output: z.object({ key: z.string(), url: z.string() }),
  texts: { title: "message", text: "message" },
  async run({ title, text, labels }, { incident: readIncident, people, key, run, startedAt }) {
    const incident = await readIncident();
    const content = runTicket(text, runId(run.number), incident?.page ?? null);
    const opened = await people.tickets.open(
      { key, title, text: content, labels, team: incident?.state.route.team ?? null, openedAt: startedAt },
      { key, unsure: true, since: startedAt },
    );
    return opened === null
      ? actionRefused("no ticket was opened: no tracker is set up where this team's tickets are")
      : actionDone({ key: opened.key, url: opened.url });
  },
  probe: looksFirst,
  undo: null,
  fake: null,
});
