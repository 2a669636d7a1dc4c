import { requireIncident } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";

/** The reaction that says "this is in the timeline". */
const CONFIRMATION_EMOJI = "white_check_mark";

/** A marked message is fetched and confirmed; one that no one marks any more loses the confirmation. */
export const importMarkedMessage: PerformEffect<"chat.capture"> = async ({ channel, id, thread }, job) => {
  const { chat } = job.engine;
  const marked = Object.hasOwn(requireIncident(job).marks, `${channel}:${id}`);
  if (!marked) {
    await chat.react(channel, id, CONFIRMATION_EMOJI, false, job.attempt);
    return { memo: null };
  }
  if (job.memo === "kept") return {};
  const message = await chat.message(channel, id, thread, job.attempt);
  if (message === null)
    return { commands: [{ type: "chat.failed", what: "capture", reason: "the marked message is not there any more" }] };
  await chat.react(channel, id, CONFIRMATION_EMOJI, true, job.attempt);
  return { memo: "kept", commands: [{ type: "message.captured", channel, message }] };
};
