import { listIncidents } from "#db/incidents.ts";
import { overridesIn } from "#db/arrangements.ts";
import { incidentId, OPEN_STATUSES, type Instant } from "#domain/language.ts";
import { onSchedule, type Rota } from "#domain/oncall.ts";
import { routedPerson } from "#domain/people.ts";
import { arrangedMessage } from "#views/arranged.ts";
import { shiftMessage } from "#views/oncall.ts";
import { escape, link } from "#views/slack.ts";
import type { Engine } from "./engine.ts";
import type { Performer } from "./job.ts";
import { pageUrl } from "./links.ts";

/** How long before and after an instant a shift may begin and end that says something about it. */
const AROUND = 200 * 86_400_000;

/** What says who is on call around an instant. */
export async function rotaAt(engine: Pick<Engine, "connection" | "policy">, at: Instant): Promise<Rota> {
  return { policy: engine.policy(), overrides: await overridesIn(engine.connection.db, at - AROUND, at + AROUND) };
}

/** What somebody arranged, told where people must know of it. */
export const arranged: Performer<"chat.arranged"> = async ({ channel, what, by }, { engine, ask }) => {
  await engine.chat.post(channel, arrangedMessage(what, by), ask);
  return {};
};

/** A hand-off, with the incidents of the team that are open. */
export const shift: Performer<"chat.shift"> = async ({ channel, schedule, at }, { engine, ask }) => {
  const rota = await rotaAt(engine, at);
  const teams = Object.keys(rota.policy.teams).filter((name) => rota.policy.teams[name]!.schedule === schedule);
  const open = (await listIncidents(engine.connection.db, { status: OPEN_STATUSES, private: false, limit: 200 }))
    .filter(({ state }) => teams.includes(state.route.team ?? ""))
    .map(({ state }) => `• ${link(pageUrl(engine, state.number), incidentId(state.number))} ${state.priority} *${state.status}* ${escape(state.title)}`);
  const message = shiftMessage(rota, schedule, at, open.slice(0, 20));
  if (message !== null) await engine.chat.post(channel, message, ask);
  return {};
};

/** A group of the chat follows a schedule: whoever is on call now is its only member. */
export const group: Performer<"chat.group"> = async ({ schedule }, { engine, ask }) => {
  const now = engine.clock();
  const rota = await rotaAt(engine, now);
  const wanted = rota.policy.schedules[schedule]?.userGroup;
  const users = onSchedule(rota, schedule, now).primary.flatMap((id) => routedPerson(rota.policy, id).slack ?? []);
  if (wanted !== undefined) await engine.chat.setGroup(wanted, users, ask);
  return {};
};
