import { readEvents } from "#db/events.ts";
import { byNumber } from "#db/incidents.ts";
import { announcementOf, directMessage, handoffPacket, pointerTo } from "#views/people.ts";
import { isMember } from "#views/slack.ts";
import type { Performer } from "./job.ts";
import { pageUrl } from "./links.ts";
import { incidentOf, inChannel } from "./perform-chat.ts";

/** A message for one person alone: their role's checklist, an update that they owe, command that is offered to them. */
export const direct: Performer<"chat.direct"> = async (effect, job) => {
  const state = incidentOf(job);
  if (!isMember(effect.to.id)) return {};
  const message = directMessage(state, effect.to, effect.about, pageUrl(job.engine, state.number));
  // It may have become untrue while the chat was away: nobody needs to hear of an update that was written since.
  if (message !== null) await job.engine.chat.direct(effect.to.id, message, job.ask);
  return {};
};

/** An update, or what is wrong with a channel, where incidents are watched. */
export const relay: Performer<"chat.relay"> = async (effect, job) => {
  const state = incidentOf(job);
  const [event] = await readEvents(job.engine.connection.db, state.number, effect.seq - 1, 1);
  const message = event === undefined ? null : announcementOf(state, event, pageUrl(job.engine, state.number));
  if (message !== null) await job.engine.chat.post(effect.channel, message, job.ask);
  return {};
};

/** Everything that whoever takes command must know, and the button to take it. */
export const handoff: Performer<"chat.handoff"> = (_, job) =>
  inChannel(job, async (state, channel) => {
    if (state.handoff === null) return {};
    const { engine } = job;
    await engine.chat.post(channel.id, handoffPacket(state, engine.clock(), pageUrl(engine, state.number)), job.ask);
    return {};
  });

/** In the channel of a merged incident: where it goes on. */
export const pointer: Performer<"chat.pointer"> = (effect, job) =>
  inChannel(job, async (state, channel) => {
    const [survivor] = await byNumber(job.engine.connection.db, [effect.into]);
    if (survivor !== undefined) await job.engine.chat.post(channel.id, pointerTo(state, survivor.state, pageUrl(job.engine, effect.into)), job.ask);
    return {};
  });
