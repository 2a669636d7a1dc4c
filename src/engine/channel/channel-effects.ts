import { createHash } from "node:crypto";
import { readEvents } from "#db/events.ts";
import { digestOnlyIncidents } from "#db/incidents.ts";
import { noticesAfter } from "#db/channel-notices.ts";
import { countRunOutcomes } from "#db/run-limits.ts";
import { listRuns } from "#db/runs.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { hasTeamNotice, type Incident } from "#domain/incident/incident.ts";
import { nextUtcTime } from "#domain/values/instant.ts";
import { incidentId, isOpen, type Channel } from "#domain/values/language.ts";
import { stampBase } from "#domain/postmortem/section-versions.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import type { Chat } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import {
  incidentAnnouncement,
  channelBookmarks as bookmarkList,
  incidentCard,
  channelTopic as topicOf,
  type RunbookLine,
} from "#views/channel/incident-card.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import { feedMessage } from "#views/channel/channel-feed.ts";
import { digestMessage, noticesMessage } from "#views/reporting/low-priority-notices.ts";
import { incidentUrl } from "#engine/loop/dashboard-links.ts";
import type { EffectContext, EffectResult, EffectPerformer } from "#engine/loop/effect-context.ts";
import { deriveEditBase, readPostmortem } from "#engine/postmortem/postmortem-reader.ts";
import { NO_RUN_RECORD } from "#domain/automation/run-trust.ts";
import { describeKillSwitches } from "#engine/automation/kill-switch.ts";

const DAY = 86_400_000;
/** Notices of one message. */
const NOTICES = 1_000;
const NOTHING: EffectResult = {};

/** Creates or adopts the incident's channel. */
export const openChannel: EffectPerformer<"chat.channel"> = async (_, job) => {
  const state = requireIncident(job);
  // Opened already; that it was may wait to be applied, and another wish must not open a second one meanwhile.
  if (job.memo !== null) return NOTHING;
  if (state.channel !== null || state.status === "canceled" || state.status === "merged") return NOTHING;
  const channel = await job.engine.chat.openChannel(
    { name: channelName(state.number, state.title), private: state.private },
    job.ask,
  );
  return { memo: channel.id, commands: [{ type: "channel.opened", channel }] };
};

/** The pinned card: posted, then pinned, then edited in place. */
export const showIncidentCard: EffectPerformer<"chat.header"> = async (_, job) =>
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
  { engine: { automata, connection } }: EffectContext,
  incident: number,
): Promise<readonly RunbookLine[]> {
  if (automata === undefined) return [];
  const runs = await listRuns(connection.db, { incident, limit: 50 });
  const latest = [...new Map(runs.toReversed().map((run) => [run.runbook, run])).values()];
  const records = await countRunOutcomes(connection.db, latest);
  return latest.map((run) => ({ run, record: records.get(run.runbook) ?? NO_RUN_RECORD }));
}

/** The message in a channel where all incidents are watched: posted once, edited as the incident goes on. */
export const announceIncident: EffectPerformer<"chat.announce"> = async (effect, job) =>
  showMessage(
    job,
    effect.channel,
    incidentAnnouncement(requireIncident(job), incidentUrl(job.engine, requireIncident(job).number)),
    {},
  );

export const setChannelTopic: EffectPerformer<"chat.topic"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const wanted = `${channel.id} ${topicOf(state)}`;
    if (job.memo === wanted) return NOTHING;
    await job.engine.chat.setTopic(channel.id, topicOf(state), job.ask);
    return { memo: wanted };
  });

export const setBookmarks: EffectPerformer<"chat.bookmarks"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    await job.engine.chat.bookmark(channel.id, bookmarkList(state, incidentUrl(job.engine, state.number)), job.ask);
    return NOTHING;
  });

/** Brings in the team and the on-call people of the policy. */
export const inviteMembers: EffectPerformer<"chat.members"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    // A private incident is not the whole team's: those who must act, and who brought it up.
    const wanted = [
      ...named(state, job.engine.chat),
      ...state.route.oncall,
      ...(state.private ? [] : state.route.members),
    ];
    const people = new Map(wanted.map((person) => [person.chatId ?? person.id, person]));
    if (people.size === 0) return NOTHING;
    const { missing } = await job.engine.chat.invite(channel.id, [...people.values()], job.ask);
    if (missing.length === 0) return NOTHING;
    return {
      commands: [
        {
          type: "chat.failed",
          what: "invite",
          reason: `${missing.join(", ")} could not be invited: give them a ${job.engine.chat.title} id or e-mail under people in muster.yaml`,
        },
      ],
    };
  });

/** Who declared it, and who has a role: they are of the workspace, whatever the policy knows of them. */
function named({ declaredBy, roles }: Incident, chat: Chat): RoutedPerson[] {
  return [declaredBy, ...Object.values(roles)].flatMap((person) =>
    person === null || !chat.isMember(person.id) ? [] : [{ ...person, chatId: person.id, email: null }],
  );
}

/** Tells the channel what happened since it was last told, as one message however much it is. */
export const postFeed: EffectPerformer<"chat.feed"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    const told = typeof job.memo === "number" ? job.memo : 0;
    const events = await readEvents(job.engine.connection.db, state.number, told);
    const last = events.at(-1)?.seq ?? told;
    const message = feedMessage(state, events);
    if (message === null) return { memo: last };
    const posted = await job.engine.chat.post(
      channel.id,
      { ...message, note: String(last) },
      { ...job.ask, key: `feed:${job.stored!.uid}:${told}` },
    );
    // An earlier attempt may have told less than is known by now; the rest is due at once.
    return { memo: Number(posted.note), again: Number(posted.note) < last };
  });

/** Tells a team's channel of the incidents that get no channel of their own. */
export const postNotices: EffectPerformer<"chat.notices"> = async (effect, job) => {
  const { engine } = job;
  const told = lastNotice(job.memo);
  const found = await noticesAfter(engine.connection.db, effect.channel, told, NOTICES);
  const last = found.at(-1)?.id;
  if (last === undefined) return NOTHING;
  const incidents = [...new Map(found.map(({ incident: { state } }) => [state.number, state])).values()].filter(
    hasTeamNotice,
  );
  // Meanwhile they have channels of their own, or wait for the digest.
  if (incidents.length === 0) return { memo: { notice: last }, again: found.length === NOTICES };
  const message = noticesMessage(incidents, incidents.length, (number) => incidentUrl(engine, number));
  const posted = await engine.chat.post(
    effect.channel,
    { ...message, note: String(last) },
    { ...job.ask, key: `notices:${effect.channel}:${told}` },
  );
  return { memo: { notice: Number(posted.note) }, again: found.length === NOTICES || Number(posted.note) < last };
};

/** The last notice that was told. An earlier version remembered the number of an incident there. */
function lastNotice(memo: unknown): number {
  return typeof memo === "object" && memo !== null && "notice" in memo && typeof memo.notice === "number"
    ? memo.notice
    : 0;
}

export const postDigest: EffectPerformer<"chat.digest"> = async (effect, { engine, ask }) => {
  const end = nextUtcTime(Date.parse(`${effect.day}T00:00:00Z`) - 1, engine.policy().digest.at);
  const found = await digestOnlyIncidents(engine.connection.db, end - DAY, end);
  if (found.length === 0) return NOTHING;
  const message = digestMessage(
    effect.day,
    found.map(({ state }) => state),
    engine.clock(),
    (number) => incidentUrl(engine, number),
  );
  await engine.chat.post(effect.channel, message, ask);
  return NOTHING;
};

/** Posts the postmortem draft as a file. */
export const postDraft: EffectPerformer<"chat.draft"> = async (_, job) =>
  withChannel(job, async (state, channel) => {
    if (state.resolvedAt === null) return NOTHING;
    const page = await readPostmortem(job.engine, job.stored!);
    const id = incidentId(state.number);
    const { url } = await job.engine.chat.upload(
      channel.id,
      {
        name: `${id}-postmortem-${state.episode}.md`,
        title: `${id} postmortem draft`,
        text: stampBase(page.markdown, deriveEditBase(page)),
      },
      job.ask,
    );
    return { commands: [{ type: "draft.posted", url }] };
  });

export const archiveChannel: EffectPerformer<"chat.archive"> = async (effect, job) => {
  const state = requireIncident(job);
  // Open again meanwhile, or in another channel: this one's time has not come, or is over.
  if (isOpen(state.status) || state.archived || state.channel?.id !== effect.channel) return NOTHING;
  await job.engine.chat.archive(effect.channel, job.ask);
  return { commands: [{ type: "channel.archived" }] };
};

export const postEphemeral: EffectPerformer<"chat.whisper"> = async (effect, { engine, ask }) => {
  await engine.chat.whisper(effect.to, effect.text, ask);
  return NOTHING;
};

/** Pins, or says why that is not allowed: a card that cannot be pinned is still kept up to date. */
async function pinned(job: EffectContext, channel: string, id: string): Promise<readonly IncidentCommand[]> {
  try {
    await job.engine.chat.pin(channel, id, job.ask);
    return [];
  } catch (error) {
    if (!(error instanceof PortError) || error.retryable) throw error;
    return [{ type: "chat.failed", what: "pin", reason: error.message }];
  }
}

/** What was last shown: which message, and a digest of what it said. */
type Shown = { readonly channel: string; readonly id: string; readonly said: string; readonly pinned?: boolean };

function shownMemo(memo: unknown): Shown | null {
  return typeof memo === "object" && memo !== null && "id" in memo ? (memo as Shown) : null;
}

/** What stands in the memo after somebody deleted the message: the next one is another, so it is asked for by another key. */
function afterDeleted(memo: unknown): string {
  return typeof memo === "object" && memo !== null && "deleted" in memo ? `:after ${String(memo.deleted)}` : "";
}

/** Posts the message, or edits the one posted before; does nothing when it says just that already. */
export async function showMessage(
  job: EffectContext,
  channel: string,
  message: ChatMessage,
  first: { readonly pinned?: boolean },
): Promise<EffectResult> {
  const { chat } = job.engine;
  const said = createHash("sha256").update(JSON.stringify(message)).digest("base64");
  const memo = shownMemo(job.memo);
  // After a re-opening the card belongs in another channel than the one it was in.
  if (memo === null || (first.pinned !== undefined && memo.channel !== channel)) {
    const posted = await chat.post(channel, message, {
      ...job.ask,
      key: `${job.ask.key}:${job.stored!.uid}:${channel}${afterDeleted(job.memo)}`,
    });
    return {
      memo: { channel: posted.channel, id: posted.id, said: job.ask.unsure ? "" : said, ...first },
      again: job.ask.unsure || first.pinned !== undefined,
    };
  }
  if (memo.said === said) return NOTHING;
  try {
    await chat.edit(memo.channel, memo.id, message, job.ask);
  } catch (error) {
    // Somebody deleted it: post it anew.
    if (error instanceof PortError && error.reason === "not_found") return { memo: { deleted: memo.id }, again: true };
    throw error;
  }
  return { memo: { ...memo, said } };
}

export function requireIncident({ stored, ask }: EffectContext): Incident {
  if (stored === null) throw new Error(`bug: ${ask.key} without an incident`);
  return stored.state;
}

/** Runs only where there is a channel to talk in. */
export function withChannel(
  job: EffectContext,
  run: (state: Incident, channel: Channel) => Promise<EffectResult>,
): Promise<EffectResult> {
  const state = requireIncident(job);
  return state.channel === null || state.archived ? Promise.resolve(NOTHING) : run(state, state.channel);
}
