import { z } from "zod";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { looksFirst, MessageText, REACHES_PEOPLE, requestAttempt } from "#runbooks/actions/message-text.ts";
import { runMessage } from "#views/automation/run-message.ts";

export const slackMessage = defineAction({
  ...REACHES_PEOPLE,
  name: "slack.message",
  summary: "Posts a message in a Slack channel.",
  input: z.strictObject({
    channel: z.string().min(1).describe("name or id; Muster must be a member"),
    text: MessageText,
  }),
  output: z.object({ ts: z.string(), link: z.string() }),
  texts: { text: "chat" },
  async run({ channel, text }, job) {
    const posted = await job.people.chat.post(
      channel,
      runMessage(job.run, text, null),
      requestAttempt(job, await job.incident()),
    );
    return actionDone({ ts: posted.id, link: "" });
  },
  probe: looksFirst,
  undo: null,
  fake: null,
});
