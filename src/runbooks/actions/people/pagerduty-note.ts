import { z } from "zod";
import { actionDone, actionRefused } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { looksFirst, MessageText, REACHES_PEOPLE } from "#runbooks/actions/message-text.ts";

export const pagerdutyNote = defineAction({
  ...REACHES_PEOPLE,
  name: "pagerduty.note",
  summary: "Writes a note into the incident's alarms in PagerDuty.",
  input: z.strictObject({ text: MessageText }),
  output: z.object({}),
  texts: { text: "message" },
  async run({ text }, job) {
    const alarms = (await job.incident())?.alarms ?? [];
    if (alarms.length === 0 && job.people.paging.takesAnyNote !== true)
      return actionRefused("no note was written: the incident has no alarm in the pager, or it is private");
    for (const [i, alarm] of alarms.entries()) await job.people.paging.annotate(alarm, text, `${job.key}/${i}`);
    return actionDone({});
  },
  probe: looksFirst,
  undo: null,
  fake: null,
});
