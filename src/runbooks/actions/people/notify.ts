import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { toRichText } from "#domain/values/rich-text.ts";
import { PortError } from "#ports/port-error.ts";
import { actionDone, actionRefused, type ActionIncident, type ActionJob } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { looksFirst, MessageText, REACHES_PEOPLE, requestAttempt } from "#runbooks/actions/message-text.ts";
import { runMessage } from "#views/automation/run-message.ts";

/** ms after its incident was opened that a message waits for the incident's channel: a run is faster than a chat. */
const CHANNEL_PATIENCE = MINUTE_MS;

export const notifyAction = defineAction({
  ...REACHES_PEOPLE,
  name: "notify",
  summary: "Tells the people of the incident.",
  input: z.strictObject({
    to: z
      .string()
      .min(1)
      .default("incident")
      .describe(
        "`incident`, or who is mentioned: a user group such as `@database-oncall`, a team, a person, or `$param.field`",
      ),
    text: MessageText,
  }),
  output: z.object({}),
  texts: { text: "chat" },
  async run({ to, text }, job) {
    const incident = await job.incident();
    if (incident === null) return actionRefused("there is no incident whose people could be told");
    const channel = channelOf(incident, job);
    if (channel === null)
      return actionRefused("the incident is private and has no channel: nothing is posted elsewhere");
    // No one is called for an exercise who was not asked to take part.
    const called = incident.state.drill ? toRichText(to) : await job.mention(to);
    const message = runMessage(job.run, text, to === "incident" ? null : called);
    await job.people.chat.post(channel, message, requestAttempt(job, incident));
    return actionDone({});
  },
  probe: looksFirst,
  undo: null,
  fake: null,
});

/** Where the people of an incident read; null: it is private, and has no channel. Rejects while its own channel is being opened. */
function channelOf({ state, defaultChannel }: ActionIncident, { clock }: ActionJob): string | null {
  const { channel, channelRequested, channelFailed, openedAt, route } = state;
  if (channel !== null) return channel.id;
  if (channelRequested && !channelFailed && clock() < openedAt + CHANNEL_PATIENCE)
    throw new PortError("not_found", "the incident's channel is not open yet", {
      retryable: true,
      retryAfterMs: 2_000,
    });
  return state.private ? null : (route.channel ?? defaultChannel);
}
