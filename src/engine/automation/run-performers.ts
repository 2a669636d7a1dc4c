import { readEventsOfTypes } from "#db/events.ts";
import { findPostedMessage } from "#db/effects.ts";
import { countRunOutcomes } from "#db/run-limits.ts";
import { loadJournal, loadRuns } from "#db/runs.ts";
import { NO_RUN_RECORD } from "#domain/automation/run-trust.ts";
import { needsStepUp } from "#domain/automation/approval.ts";
import type { Run } from "#domain/automation/run.ts";
import { runReport } from "#views/channel/channel-feed.ts";
import { RUN_REPORTS } from "#views/channel/feed-kinds.ts";
import { runCard } from "#views/automation/run-card.ts";
import { runUrl } from "#engine/base/dashboard-links.ts";
import { hasLiveChannel, hasOwnChannel } from "#domain/incident/own-channel.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { resolveAddressee } from "#domain/paging/addressee.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import type { Engine } from "#engine/base/engine.ts";
import { mentionRules } from "./rule-mentions.ts";
import { awaitsCard, CARD_LOOK_MS } from "#engine/base/card-order.ts";
import { requireIncident, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { shownMessageState, showMessage } from "#engine/base/shown-message.ts";

/** A run of a group that has done nothing yet: the group's approval request shows it. */
function isGroupedRun({ systemic, by, wroteAt, asked: approval, state }: Run): boolean {
  return (
    systemic &&
    by === null &&
    wroteAt === null &&
    approval?.over === undefined &&
    state !== "unknown" &&
    state !== "failed"
  );
}

/** Where a run is shown whose incident has no channel: only one that waits for people, and then until its end. */
async function placeWithoutChannel(
  incident: Incident,
  run: Run,
  { engine, state: shown }: EffectContext,
): Promise<string | null> {
  if (!waitsForPeople(run) && shownMessageState(shown) === null) return null;
  const now = engine.clock();
  return resolveAddressee(incident, await loadRoster(engine, now), now).place;
}

/** A run's card as it is now. */
async function cardOf(engine: Engine, run: Run, incident: Incident | null): Promise<ChatMessage> {
  const { db } = engine.connection;
  const record = (await countRunOutcomes(db, [run])).get(run.runbook) ?? NO_RUN_RECORD;
  const url = runUrl(engine, run.number);
  return runCard(run, await loadJournal(db, [run.number]), record, {
    page: engine.signIn === true && needsStepUp(run, engine.policy()) ? url : null,
    incident,
    links: [{ title: "all it found", url }],
    approvers: run.state === "waiting-approval" ? await mentionRules(engine, run.asked?.from ?? []) : null,
  });
}

/** A run of no incident, where all incidents are watched: from when it waits for people until its end. */
const showStandaloneRun: PerformEffect<"chat.standalone"> = async ({ run: number }, context) => {
  const [run] = await loadRuns(context.engine.connection.db, [number]);
  if (run === undefined || (!waitsForPeople(run) && shownMessageState(context.state) === null)) return {};
  const { incidents } = context.engine.policy().channels;
  return showMessage(context, incidents, await cardOf(context.engine, run, null), {});
};

function waitsForPeople({ state, ending }: Run): boolean {
  // Why nothing was tried is what people need to do it themselves.
  const isKept = state === "canceled" && ending?.limited === true;
  return state === "waiting-approval" || state === "unknown" || state === "failed" || isKept;
}

/** A message that is not posted yet. */
const COMING = Symbol("coming");

/** The message of an incident in a channel that it is announced in, by its id; COMING: it is on its way; null: there is none. */
async function announcementIn(
  engine: Engine,
  incident: number,
  channel: string,
): Promise<string | typeof COMING | null> {
  const announcement = await findPostedMessage(engine.connection.db, { type: "chat.announce", channel }, incident);
  if (announcement === null) return null;
  const shown = shownMessageState(announcement.sent);
  const isComing = announcement.status === "pending" || announcement.status === "started";
  return shown?.id ?? (isComing ? COMING : null);
}

/** How a run is getting on: one message, posted once and changed. */
const showRunCard: PerformEffect<"chat.run"> = async (effect, context): Promise<EffectResult> => {
  const incident = requireIncident(context);
  const { channel } = incident;
  // It may have begun before its channel was there.
  if (channel === null && hasLiveChannel(incident)) return { reschedule: { inMs: 2_000 } };
  if (context.state === null && channel !== null && hasOwnChannel(incident) && (await awaitsCard(context, channel)))
    return { reschedule: { inMs: CARD_LOOK_MS } };
  const { db } = context.engine.connection;
  const [found] = await loadRuns(db, [effect.run]);
  if (found === undefined) return {};
  if (context.state === null && isGroupedRun(found)) return {};
  const place =
    channel !== null && hasOwnChannel(incident) ? channel.id : await placeWithoutChannel(incident, found, context);
  if (place === null) return {};
  const card = await cardOf(context.engine, found, incident);
  const thread = channel?.id === place ? null : await announcementIn(context.engine, incident.number, place);
  if (thread === COMING) return { reschedule: { inMs: 2_000 } };
  const shown = await showMessage(context, place, thread === null ? card : { ...card, thread }, {});
  return channel?.id === place ? reportInThread(context, effect.run, shown) : shown;
};

/** The highest number that the column of an event's number takes. */
const LAST_SEQ = 2 ** 31 - 1;

/** Adds what a run has reported since to the thread of its message, as one message for any number. */
async function reportInThread(context: EffectContext, run: number, shown: EffectResult): Promise<EffectResult> {
  const { engine, stored, attempt } = context;
  const memo = shownMessageState(shown.state ?? context.state);
  if (memo === null) return shown;
  const incident = requireIncident(context);
  const last = memo.reported ?? 0;
  const range = { first: last + 1, last: LAST_SEQ };
  const events = (await readEventsOfTypes(engine.connection.db, incident.number, RUN_REPORTS, range)).filter(
    ({ data }) => "run" in data && data.run === run,
  );
  const message = runReport(incident, events);
  if (message === null) return shown;
  const key = `report:${stored!.uid}:${run}:${memo.id}:${last}`;
  const seq = events.at(-1)!.seq;
  const posted = await engine.chat.post(
    memo.channel,
    { ...message, thread: memo.id, note: String(seq) },
    { ...attempt, key },
  );
  // An earlier attempt may have posted fewer events: the rest is due at once.
  const reported = Number(posted.note);
  return { ...shown, state: { ...memo, reported }, reschedule: shown.reschedule === true || reported < seq };
}

export const runPerformers = {
  "chat.standalone": { perform: showStandaloneRun, failed: reportNothing, delayed: reportNothing },
  "chat.run": { perform: showRunCard, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
