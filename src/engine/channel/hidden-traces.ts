import { findShownMessage, listPostedMessages } from "#db/effects.ts";
import { incidentId } from "#domain/values/language.ts";
import { requireIncident } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { shownMessageState } from "#engine/base/shown-message.ts";
import { PortError } from "#ports/port-error.ts";
import { formerChannelNotice, hiddenMessage } from "#views/channel/hidden-messages.ts";

/**
 * Clears what everyone could read of an incident that has become private: its card and what was relayed become neutral
 * lines, and its former channel leads on and is archived. Each is done again without harm.
 */
export const hideTraces: PerformEffect<"chat.hide"> = async ({ channel }, context) => {
  const { engine, attempt } = context;
  const state = requireIncident(context);
  const { db } = engine.connection;
  const card = channel === null ? null : await findShownMessage(db, state.number, "chat.header");
  const relays = (await listPostedMessages(db, state.number, "chat.relay")).map(shownMessageState);
  const traces = [...(card?.channel === channel ? [card] : []), ...relays].filter((each) => each !== null);
  for (const trace of traces) await ifThere(engine.chat.edit(trace.channel, trace.id, hiddenMessage(state), attempt));
  if (channel === null) return {};
  await ifThere(engine.chat.setTopic(channel, `${incidentId(state.number)} is private`, attempt));
  await ifThere(engine.chat.post(channel, formerChannelNotice(state), attempt));
  await ifThere(engine.chat.archive(channel, attempt));
  return {};
};

/** What is gone needs no clearing. */
async function ifThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof PortError) || error.retryable) throw error;
  }
}
