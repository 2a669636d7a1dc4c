import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import type { EffectOfType } from "#domain/effects/effect-registry.ts";
import type { Event, FactType } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { knownPerson } from "#domain/policy/people.ts";
import { hasLiveChannel, hasOwnChannel } from "#domain/events/people-calls.ts";
import { resolveAddressee } from "#domain/paging/addressee.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId, type Person } from "#domain/values/language.ts";
import { peopleCall } from "#views/response/people-call.ts";
import { eventAnnouncement, directMessage, mergeNotice } from "#views/response/direct-messages.ts";
import { handoffPacket } from "#views/response/handoff-packet.ts";
import { messageForUnknown } from "#views/values/message-parts.ts";
import { requireIncident, withChannel, type EffectContext } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";

/** The answer to a command, where only whoever gave it sees it. */
const postEphemeral: PerformEffect<"chat.whisper"> = async (effect, { engine, attempt }) => {
  await engine.chat.sendEphemeral(effect.to, effect.text, attempt);
  return {};
};

/** A message for one person alone: their role's checklist, an update that they owe, command that is offered to them. */
const sendDirectMessage: PerformEffect<"chat.direct"> = async (effect, context) => {
  const state = requireIncident(context);
  const { chat, policy } = context.engine;
  const message = directMessage(state, effect.to, effect.about, incidentUrl(context.engine, state));
  // It may have become untrue while the chat was away: no one needs to learn of an update that was written since.
  if (message === null) return {};
  // Whoever acts by the API or in the pager may be known by their name in the policy.
  const { chatId } = knownPerson(policy(), effect.to);
  if (chatId !== null && chat.isMember(chatId)) await chat.direct(chatId, message, context.attempt);
  else await postForUnknown(context, state, effect, message);
  return {};
};

/** What is for someone whom the chat does not know is said where the incident is followed. A page is there already. */
async function postForUnknown(
  { engine, attempt }: EffectContext,
  state: Incident,
  { to, about }: EffectOfType<"chat.direct">,
  message: ChatMessage,
): Promise<void> {
  const now = engine.clock();
  const { place } = resolveAddressee(state, await loadRoster(engine, now), now, { people: [to] });
  if (place !== null && about.kind !== "page") {
    await engine.chat.post(place, messageForUnknown(to, message), attempt);
    return;
  }
  const fields = { incident: incidentId(state.number), to: to.name, about: about.kind };
  engine.log.info(fields, "a message for one person was not sent: the chat does not know them");
}

/** Whoever has it has not reacted to what these say. */
const ASLEEP: ReadonlySet<string> = new Set<FactType>([
  "incident.unacknowledged",
  "escalation.exhausted",
  "page.failed",
]);

/** How long a channel that was asked for is waited for, and how often it is looked for, in ms. */
const CHANNEL_WAIT_MS = 30_000;
const CHANNEL_LOOK_MS = 2_000;

/**
 * What waits for a person, where they are: the incident has no channel of its own. When it gets one within moments, its feed
 * has what happened.
 */
const callPeople: PerformEffect<"chat.call"> = async (effect, context) => {
  const state = requireIncident(context);
  const { engine, attempt } = context;
  if (hasOwnChannel(state)) return {};
  if (hasLiveChannel(state) && engine.clock() - attempt.since < CHANNEL_WAIT_MS)
    return { reschedule: { inMs: CHANNEL_LOOK_MS } };
  const [event] = await readEvents(engine.connection.db, state.number, effect.seq - 1, 1);
  if (event === undefined) return {};
  const now = engine.clock();
  const matter = { people: addressedTo(state, event), asleep: ASLEEP.has(event.type), ...teamOf(event) };
  const { place, people } = resolveAddressee(state, await loadRoster(engine, now), now, matter);
  const message = peopleCall(state, event, people, incidentUrl(engine, state));
  if (place !== null) {
    await engine.chat.post(place, message, attempt);
    return {};
  }
  const reachable = people.flatMap(({ chatId }) => (chatId === null ? [] : [chatId]));
  const sent = await Promise.allSettled(
    reachable.map((id) => engine.chat.direct(id, message, { ...attempt, key: `${attempt.key}:${id}` })),
  );
  // Once one of them was told, the others are not told twice.
  const failed = sent.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected" && sent.every(({ status }) => status === "rejected")) throw failed.reason;
  return {};
};

/** Of which other team's escalation an event tells. */
function teamOf(event: Event): { readonly team?: string } {
  return event.type === "escalation.exhausted" && event.data.team !== undefined ? { team: event.data.team } : {};
}

/** Those whom an event itself names. */
function addressedTo({ handoff, postmortem }: Incident, event: Event): readonly Person[] {
  if (event.type === "update.overdue") return [event.data.owed];
  if (event.type === "escalation.exhausted") return event.data.people ?? [];
  if (event.type === "handoff.offered") return handoff === null ? [] : [handoff.to];
  if (event.type === "postmortem.asked" || event.type === "postmortem.nudged")
    return postmortem.owner === null ? [] : [postmortem.owner];
  return [];
}

/** An update, or what is wrong with a channel, where incidents are watched. */
const relayUpdate: PerformEffect<"chat.relay"> = async (effect, context) => {
  const state = requireIncident(context);
  const [event] = await readEvents(context.engine.connection.db, state.number, effect.seq - 1, 1);
  const message = event === undefined ? null : eventAnnouncement(state, event, incidentUrl(context.engine, state));
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
      handoffPacket(state, engine.clock(), incidentUrl(engine, state)),
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
        mergeNotice(state, mergeTarget.state, incidentUrl(context.engine, mergeTarget.state)),
        context.attempt,
      );
    return {};
  });

export const responsePerformers = {
  // It would need the chat that has just failed, and whoever asked will ask again.
  "chat.whisper": { perform: postEphemeral, failed: reportNothing, delayed: reportNothing },
  "chat.direct": { perform: sendDirectMessage, failed: chatFailure, delayed: reportNothing },
  "chat.call": { perform: callPeople, failed: chatFailure, delayed: reportNothing },
  "chat.relay": { perform: relayUpdate, failed: chatFailure, delayed: reportNothing },
  "chat.handoff": { perform: sendHandoff, failed: chatFailure, delayed: reportNothing },
  "chat.pointer": { perform: postMergeNotice, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
