import { invitedPeople } from "#domain/channel/invited-people.ts";
import { readEvents } from "#db/events.ts";
import { countRunOutcomes } from "#db/run-limits.ts";
import { listRuns } from "#db/runs.ts";
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
import { showMessage, shownMemo } from "#engine/base/shown-message.ts";
import { NO_RUN_RECORD } from "#domain/automation/run-trust.ts";
import { checkChannel } from "./channel-drift.ts";
import { importMarkedMessage } from "./message-import.ts";
import { describeKillSwitches } from "#engine/automation/kill-switch.ts";

const NO_RESULT: EffectResult = {};

/** Creates or adopts the incident's channel. */
const openChannel: PerformEffect<"chat.channel"> = async (_, job) => {
  const state = requireIncident(job);
  // Opened already; that it was may wait to be applied, and another request must not open a second one meanwhile.
  if (job.memo !== null) return NO_RESULT;
  if (state.channel !== null || state.status === "canceled" || state.status === "merged") return NO_RESULT;
  const channel = await job.engine.chat.openChannel(
    { name: channelName(state.number, state.title), private: state.private },
    job.attempt,
  );
  return { memo: channel.id, commands: [{ type: "channel.opened", channel }] };
};

/** The pinned card: posted, then pinned, then edited in place. */
const showIncidentCard: PerformEffect<"chat.header"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const message = incidentCard(
      state,
      incidentUrl(job.engine, state.number),
      await runbooksOf(job, state.number),
      await describeKillSwitches(job.engine, job.engine.connection.db),
    );
    const memo = shownMemo(job.memo);
    if (memo !== null && memo.channel === channel.id && memo.pinned === false) {
      return { memo: { ...memo, pinned: true }, again: true, commands: await pinned(job, channel.id, memo.id) };
    }
    return showMessage(job, channel.id, message, { pinned: false });
  });

/** The runbooks that matched the incident's alerts, each by its latest run. */
async function runbooksOf(
  { engine: { automation, connection } }: EffectContext,
  incident: number,
): Promise<readonly RunbookLine[]> {
  if (automation === undefined) return [];
  const runs = await listRuns(connection.db, { incident, limit: 50 });
  const latest = [...new Map(runs.toReversed().map((run) => [run.runbook, run])).values()];
  const records = await countRunOutcomes(connection.db, latest);
  return latest.map((run) => ({ run, record: records.get(run.runbook) ?? NO_RUN_RECORD }));
}

/** The message in a channel where all incidents are watched: posted once, edited as the incident goes on. */
const announceIncident: PerformEffect<"chat.announce"> = async (effect, job) =>
  showMessage(
    job,
    effect.channel,
    incidentAnnouncement(requireIncident(job), incidentUrl(job.engine, requireIncident(job).number)),
    {},
  );

const setChannelTopic: PerformEffect<"chat.topic"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const wanted = `${channel.id} ${topicOf(state)}`;
    if (job.memo === wanted) return NO_RESULT;
    await job.engine.chat.setTopic(channel.id, topicOf(state), job.attempt);
    return { memo: wanted };
  });

const setBookmarks: PerformEffect<"chat.bookmarks"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    await job.engine.chat.bookmark(channel.id, bookmarkList(state, incidentUrl(job.engine, state.number)), job.attempt);
    return NO_RESULT;
  });

const inviteMembers: PerformEffect<"chat.members"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const { chat } = job.engine;
    const people = invitedPeople(state, (id) => chat.isMember(id));
    if (people.length === 0) return NO_RESULT;
    const { missing } = await chat.invite(channel.id, people, job.attempt);
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

/** Tells the channel what happened since it was last told, as one message however much it is. */
const postFeed: PerformEffect<"chat.feed"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const told = typeof job.memo === "number" ? job.memo : 0;
    const events = await readEvents(job.engine.connection.db, state.number, told);
    const last = events.at(-1)?.seq ?? told;
    const message = feedMessage(state, events);
    if (message === null) return { memo: last };
    const posted = await job.engine.chat.post(
      channel.id,
      { ...message, note: String(last) },
      { ...job.attempt, key: `feed:${job.stored!.uid}:${told}` },
    );
    // An earlier attempt may have told less than is known by now; the rest is due at once.
    return { memo: Number(posted.note), again: Number(posted.note) < last };
  });

const archiveChannel: PerformEffect<"chat.archive"> = async (effect, job) => {
  const state = requireIncident(job);
  // Open again meanwhile, or in another channel: this one's time has not come, or is over.
  if (isOpen(state.status) || state.archived || state.channel?.id !== effect.channel) return NO_RESULT;
  await job.engine.chat.archive(effect.channel, job.attempt);
  return { commands: [{ type: "channel.archived" }] };
};

/** Pins, or says why that is not allowed: a card that cannot be pinned is still kept up to date. */
async function pinned(job: EffectContext, channel: string, id: string): Promise<readonly IncidentCommand[]> {
  try {
    await job.engine.chat.pin(channel, id, job.attempt);
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
  "chat.check": { perform: checkChannel, failed: chatFailure, delayed: reportNothing },
  "chat.archive": { perform: archiveChannel, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
