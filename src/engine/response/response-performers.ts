import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { eventAnnouncement, directMessage, mergeNotice } from "#views/response/direct-messages.ts";
import { handoffPacket } from "#views/response/handoff-packet.ts";
import { requireIncident, withChannel } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";

/** The answer to a command, where only whoever gave it sees it. */
const postEphemeral: PerformEffect<"chat.whisper"> = async (effect, { engine, attempt }) => {
  await engine.chat.sendEphemeral(effect.to, effect.text, attempt);
  return {};
};

/** A message for one person alone: their role's checklist, an update that they owe, command that is offered to them. */
const sendDirectMessage: PerformEffect<"chat.direct"> = async (effect, context) => {
  const state = requireIncident(context);
  if (!context.engine.chat.isMember(effect.to.id)) return {};
  const message = directMessage(state, effect.to, effect.about, incidentUrl(context.engine, state.number));
  // It may have become untrue while the chat was away: no one needs to learn of an update that was written since.
  if (message !== null) await context.engine.chat.direct(effect.to.id, message, context.attempt);
  return {};
};

/** An update, or what is wrong with a channel, where incidents are watched. */
const relayUpdate: PerformEffect<"chat.relay"> = async (effect, context) => {
  const state = requireIncident(context);
  const [event] = await readEvents(context.engine.connection.db, state.number, effect.seq - 1, 1);
  const message =
    event === undefined ? null : eventAnnouncement(state, event, incidentUrl(context.engine, state.number));
  if (message !== null) await context.engine.chat.post(effect.channel, message, context.attempt);
  return {};
};

/** Everything that whoever takes command must know, and the button to take it. */
const sendHandoff: PerformEffect<"chat.handoff"> = (_, context) =>
  withChannel(context, async (state, channel) => {
    if (state.handoff === null) return {};
    const { engine } = context;
    await engine.chat.post(
      channel.id,
      handoffPacket(state, engine.clock(), incidentUrl(engine, state.number)),
      context.attempt,
    );
    return {};
  });

/** In the channel of a merged incident: where it goes on. */
const postMergeNotice: PerformEffect<"chat.pointer"> = (effect, context) =>
  withChannel(context, async (state, channel) => {
    const [mergeTarget] = await incidentsByNumber(context.engine.connection.db, [effect.into]);
    if (mergeTarget !== undefined)
      await context.engine.chat.post(
        channel.id,
        mergeNotice(state, mergeTarget.state, incidentUrl(context.engine, effect.into)),
        context.attempt,
      );
    return {};
  });

export const responsePerformers = {
  // It would need the chat that has just failed, and whoever asked will ask again.
  "chat.whisper": { perform: postEphemeral, failed: reportNothing, delayed: reportNothing },
  "chat.direct": { perform: sendDirectMessage, failed: chatFailure, delayed: reportNothing },
  "chat.relay": { perform: relayUpdate, failed: chatFailure, delayed: reportNothing },
  "chat.handoff": { perform: sendHandoff, failed: chatFailure, delayed: reportNothing },
  "chat.pointer": { perform: postMergeNotice, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
