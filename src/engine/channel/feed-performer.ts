import { readEvents, readEventsOfTypes } from "#db/events.ts";
import { findFeedMessage, saveFeedMessage, type FeedMessage } from "#db/outbound/feed-messages.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Channel } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { PortError } from "#ports/port-error.ts";
import { feedMessage, nextFeedSection, shownEvents, type FeedSection } from "#views/channel/channel-feed.ts";
import { eventsOfKind } from "#views/channel/feed-kinds.ts";
import { awaitsCard, CARD_LOOK_MS } from "#engine/base/card-order.ts";
import { withChannel, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";

/** So long lines of one kind are added to a message, and so many at most: what is further up no one reads. */
const ADDED_WITHIN_MS = 30 * MINUTE_MS;
const MOST_LINES = 12;

/**
 * Posts the latest events in the channel, as one message for any number. Lines that only inform are added to the last
 * message of their kind.
 */
export const postFeed: PerformEffect<"chat.feed"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    if (await awaitsCard(context, channel)) return { reschedule: { inMs: CARD_LOOK_MS } };
    const { db } = context.engine.connection;
    const lastPosted = typeof context.state === "number" ? context.state : 0;
    const events = await readEvents(db, state.number, lastPosted);
    const section = nextFeedSection(state, events);
    const last = section.events.at(-1)?.seq ?? lastPosted;
    const message = feedMessage(state, section.events);
    if (message === null) return { state: last };
    const isLast = last === events.at(-1)!.seq;
    if (await addToMessage(context, state, channel, section)) return { state: last, reschedule: !isLast };
    return postSection(context, channel, { ...section, isLast }, { message, lastPosted });
  });

/** Posts a section as a message of its own, and remembers it for lines of its kind. */
async function postSection(
  context: EffectContext,
  channel: Channel,
  { events, kind, isLast }: FeedSection & { readonly isLast: boolean },
  { message, lastPosted }: { readonly message: ChatMessage; readonly lastPosted: number },
): Promise<EffectResult> {
  const { engine, stored, attempt } = context;
  const last = events.at(-1)!.seq;
  const posted = await engine.chat.post(
    channel.id,
    { ...message, note: String(last) },
    { ...attempt, key: `feed:${stored!.uid}:${lastPosted}` },
  );
  const lines = shownEvents(events);
  if (kind !== null)
    await saveFeedMessage(engine.connection.db, stored!.state.number, kind, {
      channel: posted.channel,
      message: posted.id,
      firstSeq: lines[0]!.seq,
      lines: lines.length,
      at: engine.clock(),
    });
  // An earlier attempt may have posted fewer events, and other kinds may follow; the rest is due at once.
  return { state: Number(posted.note), reschedule: !isLast || Number(posted.note) < last };
}

/** Adds the lines of a section to the last message of their kind; false: they need one of their own. */
async function addToMessage(
  { engine, attempt }: EffectContext,
  state: Incident,
  channel: Channel,
  { events, kind }: FeedSection,
): Promise<boolean> {
  if (kind === null) return false;
  const { db } = engine.connection;
  const before = await findFeedMessage(db, state.number, kind);
  if (before === null || before.channel !== channel.id || !hasRoom(before, events, engine.clock())) return false;
  const range = { first: before.firstSeq, last: events.at(-1)!.seq };
  const shown = await readEventsOfTypes(db, state.number, eventsOfKind(kind), range);
  try {
    await engine.chat.edit(channel.id, before.message, feedMessage(state, shown)!, attempt);
  } catch (error) {
    // Someone deleted it: the lines go into another one.
    if (error instanceof PortError && error.reason === "not_found") return false;
    throw error;
  }
  await saveFeedMessage(db, state.number, kind, { ...before, lines: before.lines + shownEvents(events).length });
  return true;
}

function hasRoom(message: FeedMessage, events: FeedSection["events"], now: number): boolean {
  return now - message.at < ADDED_WITHIN_MS && message.lines + shownEvents(events).length <= MOST_LINES;
}
