import { requireIncident } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";

/** The reaction that confirms an entry of the timeline. */
const CONFIRMATION_EMOJI = "white_check_mark";

/** A marked message is fetched and confirmed; one without marks loses the confirmation. */
export const importMarkedMessage: PerformEffect<"chat.capture"> = async ({ channel, id, thread }, context) => {
  const { chat } = context.engine;
  const marked = Object.hasOwn(requireIncident(context).marks, `${channel}:${id}`);
  if (!marked) {
    await chat.react(channel, id, CONFIRMATION_EMOJI, false, context.attempt);
    return { state: null };
  }
  if (context.state === "kept") return {};
  const message = await chat.message(channel, id, thread, context.attempt);
  if (message === null)
    return { commands: [{ type: "chat.failed", what: "capture", reason: "the marked message was deleted" }] };
  if (message.text.trim() === "" && message.files.length === 0)
    return { commands: [{ type: "chat.failed", what: "capture", reason: "the marked message has no words to keep" }] };
  await chat.react(channel, id, CONFIRMATION_EMOJI, true, context.attempt);
  return { state: "kept", commands: [{ type: "message.captured", channel, message }] };
};
