import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { onCallForAnyTeam, scheduleGaps } from "./oncall.ts";
import { rotationWarnings } from "./rotation-warnings.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** How far ahead a schedule is looked at for holes, in ms. */
const LOOKAHEAD_MS = 90 * DAY_MS;

/** One incident that wakes more people than this is worth a second thought. */
const MOST_WOKEN = 20;

/** Whether no team has anyone who could be paged: no one on call, and no pager of its own. */
export function hasNoOnCall({ teams }: Policy): boolean {
  return Object.values(teams).every(
    ({ schedule, oncall, pagerduty }) => schedule === undefined && oncall.length === 0 && pagerduty === undefined,
  );
}

/** How people are addressed in the chat: its name, and the policy key of a person's chat id. */
export type CoverageChat = { readonly title: string; readonly personKey: string };

/** What is allowed and will not do when it matters: each in a sentence that names the place and what to do. */
export function coverageWarnings(policy: Policy, now: Instant, chat: CoverageChat): readonly string[] {
  const found: string[] = [];
  const rota = { policy, overrides: [] };
  if (Object.keys(policy.teams).length === 0)
    found.push(
      "teams: there are none, so no one is on call and Muster has no one to page; add one with oncall people or a schedule, and a defaultTeam",
    );
  for (const [name, schedule] of Object.entries(policy.schedules)) {
    if (schedule.pagerduty !== undefined) continue;
    found.push(...rotationWarnings(name, schedule, now));
    const gaps = scheduleGaps(rota, name, now, now + LOOKAHEAD_MS);
    if (gaps.length > 0)
      found.push(
        `schedules.${name}: no one is on call from ${formatUtc(gaps[0]!.from)} to ${formatUtc(gaps[0]!.to)}${gaps.length > 1 ? `, and ${gaps.length - 1} more times in the next 90 days` : ""}; add a layer that covers it`,
      );
    if (!Object.values(policy.teams).some((team) => team.schedule === name))
      found.push(`schedules.${name}: no team has it; set teams.<team>.schedule to ${name}`);
  }
  for (const [name, team] of Object.entries(policy.teams)) {
    if (team.schedule === undefined && team.oncall.length === 0 && team.pagerduty === undefined)
      found.push(`teams.${name}: no one is on call; give it a schedule, oncall people, or a pagerduty key`);
    if (team.schedule === undefined && team.escalation.length === 0 && team.oncall.length > 0)
      found.push(`teams.${name}: no one is paged when its on-call people do not answer; give it an escalation`);
    if (team.channel === undefined)
      found.push(`teams.${name}: it has no channel, so it is told in ${policy.channels.incidents} only`);
  }
  const everyone = onCallForAnyTeam(rota, now).length;
  for (const priority of PRIORITIES)
    if (policy.priorities[priority].page === "all" && everyone > MOST_WOKEN)
      found.push(
        `priorities.${priority}.page: one ${priority} pages the ${everyone} people who are on call now, of every team; set it to oncall to page those of its own team`,
      );
  const paged = new Set([
    ...Object.values(policy.schedules).flatMap(({ layers, overrides }) => [
      ...layers.flatMap(({ people }) => people),
      ...overrides.map(({ person }) => person),
    ]),
    ...Object.entries(policy.teams).flatMap(([name, { oncall, escalation }]) => [
      ...oncall,
      ...escalation.flatMap(({ page }) => page.flatMap((word) => peopleNamed(policy, name, word))),
    ]),
  ]);
  for (const person of paged) {
    const { chatId, email, pagerduty, phone } = policy.people[person]!;
    if (chatId === null && [email, pagerduty, phone].every((way) => way === undefined))
      found.push(
        `people.${person}: they are paged and there is no way to reach them; give ${chat.personKey}, email or pagerduty`,
      );
    else if (chatId === null && pagerduty === undefined)
      found.push(
        `people.${person}: only their e-mail address or phone is known, so they are not told in ${chat.title} when they are paged; give ${chat.personKey}`,
      );
  }
  return found;
}

/** The people that a word of a team's `escalation` names: one, or the members of a team. */
function peopleNamed({ people, teams }: Policy, team: string, word: string): readonly string[] {
  if (Object.hasOwn(people, word)) return [word];
  const [kind, name = team] = word.split("/");
  return kind === "team" ? (teams[name]?.members ?? []) : [];
}
