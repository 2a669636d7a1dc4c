import { listIncidents } from "#db/incidents.ts";
import { overridesBetween } from "#db/arrangements.ts";
import { incidentId, OPEN_STATUSES, type Instant } from "#domain/values/language.ts";
import { onCallForSchedule, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { arrangementMessage } from "#views/alerting/override-and-silence-messages.ts";
import { shiftMessage } from "#views/oncall/oncall-messages.ts";
import { linkText, rich } from "#domain/values/rich-text.ts";
import type { Engine } from "#engine/loop/engine.ts";
import type { EffectPerformer } from "#engine/loop/effect-context.ts";
import { incidentUrl } from "#engine/loop/dashboard-links.ts";

/** How long before and after an instant a shift may begin and end that says something about it. */
const AROUND = 200 * 86_400_000;

/** What says who is on call around an instant. */
export async function loadRoster(
  { connection, policy, chat }: Pick<Engine, "connection" | "policy" | "chat">,
  at: Instant,
): Promise<OnCallRoster> {
  return {
    policy: policy(),
    overrides: await overridesBetween(connection.db, at - AROUND, at + AROUND),
    isMember: (id) => chat.isMember(id),
  };
}

/** What somebody arranged, told where people must know of it. */
export const postArrangement: EffectPerformer<"chat.arranged"> = async ({ channel, what, by }, { engine, ask }) => {
  await engine.chat.post(channel, arrangementMessage(what, by), ask);
  return {};
};

/** A hand-off, with the incidents of the team that are open. */
export const postShift: EffectPerformer<"chat.shift"> = async ({ channel, schedule, at }, { engine, ask }) => {
  const rota = await loadRoster(engine, at);
  const teams = Object.keys(rota.policy.teams).filter((name) => rota.policy.teams[name]!.schedule === schedule);
  const open = (await listIncidents(engine.connection.db, { status: OPEN_STATUSES, private: false, limit: 200 }))
    .filter(({ state }) => teams.includes(state.route.team ?? ""))
    .map(
      ({ state }) =>
        rich`• ${linkText(incidentUrl(engine, state.number), incidentId(state.number))} ${state.priority} *${state.status}* ${state.title}`,
    );
  const message = shiftMessage(rota, schedule, at, open.slice(0, 20));
  if (message !== null) await engine.chat.post(channel, message, ask);
  return {};
};

/** A group of the chat follows a schedule: whoever is on call now is its only member. */
export const syncUserGroup: EffectPerformer<"chat.group"> = async ({ schedule }, { engine, ask }) => {
  const now = engine.clock();
  const rota = await loadRoster(engine, now);
  const wanted = rota.policy.schedules[schedule]?.userGroup;
  const users = onCallForSchedule(rota, schedule, now).primary.flatMap(
    (id) => routedPerson(rota.policy, id).chatId ?? [],
  );
  if (wanted !== undefined) await engine.chat.setGroup(wanted, users, ask);
  return {};
};
