import { isEffectPending } from "#db/effects.ts";
import { latestRuns } from "#db/runs.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import {
  incidentAnnouncement,
  channelBookmarks as bookmarkList,
  incidentCard,
  channelTopic as topicOf,
  type RunbookLine,
} from "#views/channel/incident-card.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { requireIncident, withChannel, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { awaitsCard, CARD_LOOK_MS } from "#engine/base/card-order.ts";
import { presentNextPages } from "#engine/oncall/next-pages.ts";
import { showMessage, shownMessageState } from "#engine/base/shown-message.ts";
import { repairChannelDrift } from "./channel-drift.ts";
import { briefNewMember, inviteMembers } from "./channel-members.ts";
import { hideTraces } from "./hidden-traces.ts";
import { postFeed } from "./feed-performer.ts";
import { importMarkedMessage } from "./message-import.ts";
import { describeKillSwitches } from "#engine/automation/kill-switch.ts";

const NO_RESULT: EffectResult = {};

/** Creates or adopts the incident's channel. */
const openChannel: PerformEffect<"chat.channel"> = async (_, context) => {
  const state = requireIncident(context);
  // Opened already; that it was may wait to be applied, and another request must not open a second one meanwhile.
  if (context.state !== null) return NO_RESULT;
  if (state.channel !== null || state.status === "canceled" || state.status === "merged") return NO_RESULT;
  const channel = await context.engine.chat.openChannel(
    { name: channelName(state.number, state.title), private: state.private },
    context.attempt,
  );
  return { state: channel.id, commands: [{ type: "channel.opened", channel }] };
};

/** The pinned card: posted, then pinned, then edited in place. */
const showIncidentCard: PerformEffect<"chat.header"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const [shown] = await presentNextPages(context.engine, [state]);
    const message = incidentCard(
      shown!,
      incidentUrl(context.engine, state),
      await runbooksOf(context, state.number),
      await describeKillSwitches(context.engine, context.engine.connection.db),
    );
    const memo = shownMessageState(context.state);
    if (memo !== null && memo.channel === channel.id && memo.pinned === false) {
      return {
        state: { ...memo, pinned: true },
        reschedule: true,
        commands: await pinned(context, channel.id, memo.id),
      };
    }
    return showMessage(context, channel.id, message, { pinned: false });
  });

/** The runbooks that matched the incident's alerts, each by its latest run. */
async function runbooksOf(
  { engine: { automation, connection } }: EffectContext,
  incident: number,
): Promise<readonly RunbookLine[]> {
  if (automation === undefined) return [];
  return (await latestRuns(connection.db, incident)).map((run) => ({ run }));
}

/** The message in a channel where all incidents are watched: posted once, edited as the incident goes on. */
const announceIncident: PerformEffect<"chat.announce"> = async (effect, context) => {
  const state = requireIncident(context);
  // What was never announced of a private incident stays so.
  if (state.private && shownMessageState(context.state) === null) return NO_RESULT;
  return showMessage(context, effect.channel, incidentAnnouncement(state, incidentUrl(context.engine, state)), {});
};

const setChannelTopic: PerformEffect<"chat.topic"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const wanted = `${channel.id} ${topicOf(state)}`;
    if (context.state === wanted) return NO_RESULT;
    if (context.state === null && (await awaitsCard(context, channel))) return { reschedule: { inMs: CARD_LOOK_MS } };
    await context.engine.chat.setTopic(channel.id, topicOf(state), context.attempt);
    return { state: wanted };
  });

const setBookmarks: PerformEffect<"chat.bookmarks"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    await context.engine.chat.bookmark(
      channel.id,
      bookmarkList(state, incidentUrl(context.engine, state)),
      context.attempt,
    );
    return NO_RESULT;
  });

/** How long what is still to be shown in a channel is waited for before it is archived, and how often it is looked for, in ms. */
const LAST_WORDS_MS = MINUTE_MS;
const RECHECK_MS = 500;

async function hasLastWords({ engine: { connection } }: EffectContext, incident: number): Promise<boolean> {
  for (const type of ["chat.feed", "chat.header"] as const)
    if (await isEffectPending(connection.db, [incident], type)) return true;
  return false;
}

const archiveChannel: PerformEffect<"chat.archive"> = async (effect, context) => {
  const state = requireIncident(context);
  // Reopened meanwhile, or in another channel: this one is not due, or obsolete.
  if (isOpen(state.status) || state.archived || state.channel?.id !== effect.channel) return NO_RESULT;
  // The channel reads who closed it, and its card shows that, before nothing can be written there.
  if (context.engine.clock() - context.attempt.since < LAST_WORDS_MS && (await hasLastWords(context, state.number)))
    return { reschedule: { inMs: RECHECK_MS } };
  await context.engine.chat.archive(effect.channel, context.attempt);
  return { commands: [{ type: "channel.archived" }] };
};

/** Pins, or reports why that is not allowed: a card that cannot be pinned is still kept up to date. */
async function pinned(context: EffectContext, channel: string, id: string): Promise<readonly IncidentCommand[]> {
  try {
    await context.engine.chat.pin(channel, id, context.attempt);
    return [];
  } catch (error) {
    if (!(error instanceof PortError) || error.retryable) throw error;
    return [{ type: "chat.failed", what: "pin", reason: error.message }];
  }
}

export const channelPerformers = {
  "chat.channel": {
    perform: openChannel,
    failed: (_, reason) => [{ type: "channel.failed", reason }],
    delayed: reportNothing,
  },
  "chat.header": { perform: showIncidentCard, failed: chatFailure, delayed: reportNothing },
  "chat.topic": { perform: setChannelTopic, failed: chatFailure, delayed: reportNothing },
  "chat.bookmarks": { perform: setBookmarks, failed: chatFailure, delayed: reportNothing },
  "chat.members": { perform: inviteMembers, failed: chatFailure, delayed: reportNothing },
  "chat.briefing": { perform: briefNewMember, failed: reportNothing, delayed: reportNothing },
  "chat.feed": { perform: postFeed, failed: chatFailure, delayed: reportNothing },
  "chat.announce": { perform: announceIncident, failed: chatFailure, delayed: reportNothing },
  "chat.capture": { perform: importMarkedMessage, failed: chatFailure, delayed: reportNothing },
  "chat.check": { perform: repairChannelDrift, failed: chatFailure, delayed: reportNothing },
  "chat.hide": { perform: hideTraces, failed: chatFailure, delayed: reportNothing },
  "chat.archive": { perform: archiveChannel, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
