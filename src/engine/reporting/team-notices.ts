import { noticesAfter } from "#db/channel-notices.ts";
import { hasTeamNotice } from "#domain/incident/incident.ts";
import { noticesMessage } from "#views/reporting/low-priority-notices.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";

/** Notices of one message. */
const NOTICES = 1_000;

/** Announces incidents without a channel of their own in a team's channel. */
export const sendNotices: PerformEffect<"chat.notices"> = async (effect, context) => {
  const { engine } = context;
  const lastPosted = lastNotice(context.state);
  const found = await noticesAfter(engine.connection.db, effect.channel, lastPosted, NOTICES);
  const last = found.at(-1)?.id;
  if (last === undefined) return {};
  const incidents = [...new Map(found.map(({ incident: { state } }) => [state.number, state])).values()].filter(
    hasTeamNotice,
  );
  // Meanwhile they have channels of their own, or wait for the digest.
  if (incidents.length === 0) return { state: { notice: last }, reschedule: found.length === NOTICES };
  const message = noticesMessage(incidents, incidents.length, (incident) => incidentUrl(engine, incident));
  const posted = await engine.chat.post(
    effect.channel,
    { ...message, note: String(last) },
    { ...context.attempt, key: `notices:${effect.channel}:${lastPosted}` },
  );
  return { state: { notice: Number(posted.note) }, reschedule: found.length === NOTICES || Number(posted.note) < last };
};

/** The last posted notice. An earlier version stored the number of an incident there. */
function lastNotice(memo: unknown): number {
  return typeof memo === "object" && memo !== null && "notice" in memo && typeof memo.notice === "number"
    ? memo.notice
    : 0;
}
