import { z } from "zod";
import { PortError } from "#ports/port-error.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { actionDone, type ActionJob } from "#runbooks/actions/action-job.ts";
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
  output: z.object({ ts: z.string(), link: z.string().describe("empty when the chat does not give one") }),
  texts: { text: "chat" },
  async run({ channel, text }, job) {
    const attempt = requestAttempt(job, await job.incident());
    const posted = await job.people.chat.post(channel, runMessage(job.run, text, null), attempt);
    return actionDone({ ts: posted.id, link: await linkTo(posted, job, attempt) });
  },
  probe: looksFirst,
  undo: null,
  fake: null,
});

/** The address of a message that is there: that it cannot be had now is no reason to fail. */
async function linkTo(
  { channel, id }: { readonly channel: string; readonly id: string },
  { people }: Pick<ActionJob, "people">,
  attempt: RequestAttempt,
): Promise<string> {
  try {
    return (await people.chat.messageUrl?.(channel, id, attempt)) ?? "";
  } catch (error) {
    if (error instanceof PortError) return "";
    throw error;
  }
}
