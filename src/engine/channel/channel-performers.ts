import { invitedPeople } from "#domain/channel/invited-people.ts";
import { readEvents } from "#db/events.ts";
import { countRunOutcomes } from "#db/run-limits.ts";
import { latestRuns } from "#db/runs.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { isOpen } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import {
  incidentAnnouncement,
  channelBookmarks as bookmarkList,
  incidentCard,
  channelTopic as topicOf,
  type RunbookLine,
} from "#views/channel/incident-card.ts";
import { feedMessage } from "#views/channel/channel-feed.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { requireIncident, withChannel, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { presentNextPages } from "#engine/oncall/next-pages.ts";
import { showMessage, shownMessageState } from "#engine/base/shown-message.ts";
import { NO_RUN_RECORD } from "#domain/automation/run-trust.ts";
import { repairChannelDrift } from "./channel-drift.ts";
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
  const latest = await latestRuns(connection.db, incident);
  const records = await countRunOutcomes(connection.db, latest);
  return latest.map((run) => ({ run, record: records.get(run.runbook) ?? NO_RUN_RECORD }));
}

/** The message in a channel where all incidents are watched: posted once, edited as the incident goes on. */
const announceIncident: PerformEffect<"chat.announce"> = async (effect, context) =>
  showMessage(
    context,
    effect.channel,
    incidentAnnouncement(requireIncident(context), incidentUrl(context.engine, requireIncident(context))),
    {},
  );

const setChannelTopic: PerformEffect<"chat.topic"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const wanted = `${channel.id} ${topicOf(state)}`;
    if (context.state === wanted) return NO_RESULT;
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

const inviteMembers: PerformEffect<"chat.members"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const { chat } = context.engine;
    const people = invitedPeople(state, (id) => chat.isMember(id));
    if (people.length === 0) return NO_RESULT;
    const { missing } = await chat.invite(channel.id, people, context.attempt);
    if (missing.length === 0) return NO_RESULT;
    return {
      commands: [
        {
          type: "chat.failed",
          what: "invite",
          reason: `${missing.join(", ")} could not be invited: give them a ${chat.title} id or e-mail under people in muster.yaml`,
        },
      ],
    };
  });

/** Posts the latest events in the channel, as one message for any number. */
const postFeed: PerformEffect<"chat.feed"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const lastPosted = typeof context.state === "number" ? context.state : 0;
    const events = await readEvents(context.engine.connection.db, state.number, lastPosted);
    const last = events.at(-1)?.seq ?? lastPosted;
    const message = feedMessage(state, events);
    if (message === null) return { state: last };
    const posted = await context.engine.chat.post(
      channel.id,
      { ...message, note: String(last) },
      { ...context.attempt, key: `feed:${context.stored!.uid}:${lastPosted}` },
    );
    // An earlier attempt may have posted fewer events; the rest is due at once.
    return { state: Number(posted.note), reschedule: Number(posted.note) < last };
  });

const archiveChannel: PerformEffect<"chat.archive"> = async (effect, context) => {
  const state = requireIncident(context);
  // Reopened meanwhile, or in another channel: this one is not due, or obsolete.
  if (isOpen(state.status) || state.archived || state.channel?.id !== effect.channel) return NO_RESULT;
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
  "chat.feed": { perform: postFeed, failed: chatFailure, delayed: reportNothing },
  "chat.announce": { perform: announceIncident, failed: chatFailure, delayed: reportNothing },
  "chat.capture": { perform: importMarkedMessage, failed: chatFailure, delayed: reportNothing },
  "chat.check": { perform: repairChannelDrift, failed: chatFailure, delayed: reportNothing },
  "chat.archive": { perform: archiveChannel, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
