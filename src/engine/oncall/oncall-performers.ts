import { listIncidents } from "#db/incidents.ts";
import { incidentId, OPEN_STATUSES } from "#domain/values/language.ts";
import { announcementOf } from "#domain/alerting/arrangements/arrangement-registry.ts";
import { onCallForSchedule } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { shiftMessage } from "#views/oncall/oncall-messages.ts";
import { linkText, richText } from "#domain/values/rich-text.ts";
import { reportNothing, type EffectPerformers, type PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { loadRoster } from "./oncall-roster.ts";

/** An arrangement, announced where it matters. */
const postArrangement: PerformEffect<"chat.arranged"> = async ({ channel, what, by }, { engine, attempt }) => {
  const text = announcementOf(what, by);
  if (text !== null) await engine.chat.post(channel, textMessage(text), attempt);
  return {};
};

/** Open incidents that a hand-off lists. */
const MAX_SHOWN = 20;

/** A hand-off, with the incidents of the team that are open. */
const postShift: PerformEffect<"chat.shift"> = async ({ channel, schedule, at }, { engine, attempt }) => {
  const rota = await loadRoster(engine, at);
  const teams = Object.keys(rota.policy.teams).filter((name) => rota.policy.teams[name]!.schedule === schedule);
  const filter = { status: OPEN_STATUSES, teams, private: false, limit: MAX_SHOWN } as const;
  const open = (await listIncidents(engine.connection.db, filter)).map(
    ({ state }) =>
      richText`• ${linkText(incidentUrl(engine, state), incidentId(state.number))} ${state.priority} *${state.status}* ${state.title}`,
  );
  const message = shiftMessage(rota, schedule, at, open, engine.clock());
  if (message !== null) await engine.chat.post(channel, message, attempt);
  return {};
};

/** A group of the chat follows a schedule: its only member is the person now on call. */
const syncUserGroup: PerformEffect<"chat.group"> = async ({ schedule }, { engine, attempt }) => {
  const now = engine.clock();
  const rota = await loadRoster(engine, now);
  const wanted = rota.policy.schedules[schedule]?.userGroup;
  const users = onCallForSchedule(rota, schedule, now).primary.flatMap(
    (id) => routedPerson(rota.policy, id).chatId ?? [],
  );
  if (wanted !== undefined) await engine.chat.setGroup(wanted, users, attempt);
  return {};
};

export const oncallPerformers = {
  "chat.arranged": { perform: postArrangement, failed: reportNothing, delayed: reportNothing },
  "chat.shift": { perform: postShift, failed: reportNothing, delayed: reportNothing },
  "chat.group": { perform: syncUserGroup, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
