import { findPostedMessage } from "#db/effects.ts";
import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import type { EffectOfType } from "#domain/effects/effect-registry.ts";
import { definitionOf, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { knownPerson } from "#domain/policy/people.ts";
import { hasLiveChannel, hasOwnChannel } from "#domain/incident/own-channel.ts";
import { resolveAddressee } from "#domain/paging/addressee.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import { peopleCall } from "#views/response/people-call.ts";
import { directMessage } from "#views/response/direct-messages.ts";
import {
  eventAnnouncement,
  mergeNotice,
  retractedAnnouncement,
  subscriberMessage,
} from "#views/response/event-announcement.ts";
import { endedHandoff, handoffPacket } from "#views/response/handoff-packet.ts";
import { messageForUnknown } from "#views/values/message-parts.ts";
import { requireIncident, withChannel, type EffectContext } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import { pageDescription } from "#engine/paging/page-content.ts";
import { digestMessage, shownMessageState } from "#engine/base/shown-message.ts";
import { readPageHome } from "#engine/paging/pager-alarms.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { canReach, sendPrivately } from "./private-messages.ts";

/** The answer to a command, visible only to the person who gave it. */
const postEphemeral: PerformEffect<"chat.whisper"> = async (effect, { engine, attempt }) => {
  await engine.chat.sendEphemeral(effect.to, effect.text, attempt);
  return {};
};

/** A message for one person alone: their role's checklist, an update that they owe, command that is offered to them. */
const sendDirectMessage: PerformEffect<"chat.direct"> = async (effect, context) => {
  const state = await incidentOfMessage(effect, context);
  const { chat, policy } = context.engine;
  const description = effect.about.kind === "page" ? await pageDescription(state, context.engine) : null;
  const message = directMessage(state, effect.to, effect.about, incidentUrl(context.engine, state), description);
  // The message may have become untrue while the chat was unreachable: no one needs to learn of an update that was
  // written since.
  if (message === null) return {};
  // A person who acts by the API or in the pager may be known by their name in the policy.
  const { chatId } = knownPerson(policy(), effect.to);
  if (chatId !== null && chat.isMember(chatId)) {
    // Where it is, so that it can be edited to what became of its matter.
    const { id, channel } = await chat.direct(chatId, message, context.attempt);
    return { state: { channel, id, said: context.attempt.unsure ? "" : digestMessage(message) } };
  }
  await postForUnknown(context, state, effect, message);
  return {};
};

/** The incident that a message is about: that of a page is where merges have taken the page. */
async function incidentOfMessage({ about }: EffectOfType<"chat.direct">, context: EffectContext): Promise<Incident> {
  const asked = requireIncident(context);
  if (about.kind !== "page" || about.key === undefined || context.stored === null) return asked;
  return (await readPageHome(context.engine, context.stored, about.key))?.stored.state ?? asked;
}

/**
 * A message for a person whom the chat does not have is posted where the incident is followed. A page is there already.
 */
async function postForUnknown(
  { engine, attempt }: EffectContext,
  state: Incident,
  { to, about }: EffectOfType<"chat.direct">,
  message: ChatMessage,
): Promise<void> {
  if (about.kind === "page") {
    const fields = { incident: incidentId(state.number), to: to.name };
    engine.log.info(fields, "a page was not sent as a direct message: its recipient is not in the chat");
    return;
  }
  const now = engine.clock();
  const matter = { people: [to], canReach: canReach(engine) };
  const { place, people } = resolveAddressee(state, await loadRoster(engine, now), now, matter);
  const forUnknown = messageForUnknown(to, message);
  if (place === null) await sendPrivately(engine, attempt, people, forUnknown, state);
  else await engine.chat.post(place, forUnknown, attempt);
}

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
  const matter = event === undefined ? null : definitionOf(event).waitsFor(event, state);
  if (event === undefined || matter === null) return {};
  const now = engine.clock();
  const { place, people } = resolveAddressee(state, await loadRoster(engine, now), now, {
    ...matter,
    canReach: canReach(engine),
  });
  const message = peopleCall(state, event, people, incidentUrl(engine, state));
  if (place !== null) {
    await engine.chat.post(place, message, attempt);
    return {};
  }
  await sendPrivately(engine, attempt, people, message, state);
  return {};
};

/** An update, or what is wrong with a channel, where incidents are watched. */
const relayUpdate: PerformEffect<"chat.relay"> = async (effect, context) => {
  const state = requireIncident(context);
  const { engine, attempt } = context;
  const [event, ...later] = await readEvents(engine.connection.db, state.number, effect.seq - 1);
  // It was undone before it could be posted.
  if (event === undefined || undoingOf(later, effect.seq) !== null) return {};
  const message = eventAnnouncement(state, event, incidentUrl(engine, state));
  // Who follows it gets it by themselves, with a way to end that.
  const isFollower = state.subscribers.some((each) => each.id === effect.channel);
  const isMember = engine.chat.isMember(effect.channel);
  // They have unsubscribed since, or are not in the chat.
  if (isFollower !== isMember) return {};
  const { id, channel } = isFollower
    ? await engine.chat.direct(effect.channel, subscriberMessage(state, message), attempt)
    : await engine.chat.post(effect.channel, message, attempt);
  return { state: { channel, id, said: "" } };
};

/** The event that struck out event `seq`; null: it stands. */
function undoingOf(later: readonly Event[], seq: number): Event | null {
  return later.find((each) => each.type === "verb.undone" && each.data.strikes.includes(seq)) ?? null;
}

/** ms until it is looked again for a message that is on its way. */
const RECHECK_MS = 500;

/** Strikes out what was relayed and then undone. */
const retractRelay: PerformEffect<"chat.retract"> = async ({ channel, seq }, context) => {
  const state = requireIncident(context);
  const { engine, attempt } = context;
  const { db } = engine.connection;
  const posted = await findPostedMessage(db, { type: "chat.relay", channel, seq }, state.number);
  if (posted?.status === "started") return { reschedule: { inMs: RECHECK_MS } };
  const shown = shownMessageState(posted?.sent);
  const [event, ...later] = await readEvents(db, state.number, seq - 1);
  const undoing = undoingOf(later, seq);
  if (shown === null || event === undefined || undoing === null) return {};
  const message = retractedAnnouncement(state, event, undoing, incidentUrl(engine, state));
  await engine.chat.edit(shown.channel, shown.id, message, attempt);
  return {};
};

/** Everything that the next commander must know, and the button to take command. */
const sendHandoff: PerformEffect<"chat.handoff"> = (_, context) =>
  withChannel(context, async (state, channel) => {
    if (state.handoff === null) return {};
    const { engine } = context;
    const packet = handoffPacket(state, engine.clock(), incidentUrl(engine, state));
    const posted = await engine.chat.post(channel.id, packet, context.attempt);
    return { state: { channel: posted.channel, id: posted.id, said: "" } };
  });

/** What became of an offer of command, where it stands. */
const closeHandoff: PerformEffect<"chat.handoff_end"> = async ({ offer, seq }, context) => {
  const state = requireIncident(context);
  const { engine, attempt } = context;
  const { db } = engine.connection;
  const posted = await findPostedMessage(db, { type: "chat.handoff", seq: offer }, state.number);
  if (posted?.status === "started") return { reschedule: { inMs: RECHECK_MS } };
  const shown = shownMessageState(posted?.sent);
  const [event] = await readEvents(db, state.number, seq - 1, 1);
  if (shown === null || event === undefined) return {};
  await engine.chat.edit(shown.channel, shown.id, endedHandoff(state, event), attempt);
  return {};
};

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
  // It would need the chat that has just failed, and the person who asked will ask again.
  "chat.whisper": { perform: postEphemeral, failed: reportNothing, delayed: reportNothing },
  "chat.direct": { perform: sendDirectMessage, failed: chatFailure, delayed: reportNothing },
  "chat.call": { perform: callPeople, failed: chatFailure, delayed: reportNothing },
  "chat.relay": { perform: relayUpdate, failed: chatFailure, delayed: reportNothing },
  "chat.retract": { perform: retractRelay, failed: chatFailure, delayed: reportNothing },
  "chat.handoff": { perform: sendHandoff, failed: chatFailure, delayed: reportNothing },
  "chat.handoff_end": { perform: closeHandoff, failed: chatFailure, delayed: reportNothing },
  "chat.pointer": { perform: postMergeNotice, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
