import { rungsOf, titleOf } from "#domain/ladder.ts";
import type { Instant } from "#domain/language.ts";
import { gapsOf, onTeam, shiftAt, shiftsOf, type Rota } from "#domain/oncall.ts";
import { routedPerson } from "#domain/people.ts";
import { utc } from "#domain/instant.ts";
import { cutMarkup, escape, fallback, link, localTime, section, type SlackMessage } from "./slack.ts";

const DAY = 86_400_000;
/** How far ahead a hole in a schedule is told of. */
const AHEAD = 30 * DAY;

/**
 * Who is on call: of every team in a line, of one team with what comes next. `calendar`: the address of a schedule's
 * calendar; `mine`: that of the shifts of whoever asks.
 */
export function oncallMessage(
  rota: Rota,
  wanted: string | null,
  now: Instant,
  calendar: (schedule: string) => string | null,
  mine: string | null = null,
): SlackMessage {
  const { teams } = rota.policy;
  const names = Object.keys(teams).filter((name) => wanted === null || name.toLowerCase() === wanted.toLowerCase());
  if (names.length === 0)
    return said(
      wanted === null ? "There are no teams in muster.yaml." : `There is no team called ${escape(wanted)}. Teams: ${escape(Object.keys(teams).join(", "))}.`,
    );
  const lines = names.flatMap((name) => [line(rota, name, now), ...(wanted === null ? [] : ahead(rota, name, now, calendar))]);
  if (mine !== null && Object.keys(rota.policy.schedules).length > 0) lines.push(`${link(mine, "Your shifts as a calendar")} (keep its address to yourself)`);
  return said(cutMarkup(lines.join("\n"), 2_900));
}

/** A person of the policy as a mention, else by their name. */
export function who({ policy }: Rota, id: string): string {
  const { name, slack } = routedPerson(policy, id);
  return slack === null ? escape(name) : `<@${slack}>`;
}

function line(rota: Rota, name: string, now: Instant): string {
  const team = rota.policy.teams[name]!;
  const { primary, backup } = onTeam(rota, name, now);
  const next = team.schedule === undefined ? null : shiftAt(rota, team.schedule, now).next;
  const rungs = rungsOf(rota.policy, name).map((rung) => escape(titleOf(rung)));
  return [
    `*${escape(name)}* ${primary.length === 0 ? "_nobody_" : primary.map((id) => who(rota, id)).join(", ")}`,
    ...(backup.length === 0 ? [] : [`backup ${backup.map((id) => who(rota, id)).join(", ")}`]),
    ...(rungs.length === 0 ? [] : [`then ${rungs.join(", then ")}`]),
    ...(next === null ? [] : [`next ${who(rota, next.person)} ${localTime(next.from)}`]),
  ].join(", ");
}

/** The next week of a team's schedule, the holes in its next month, and its calendar. */
function ahead(rota: Rota, name: string, now: Instant, calendar: (schedule: string) => string | null): readonly string[] {
  const { schedule } = rota.policy.teams[name]!;
  if (schedule === undefined) return ["_It has no schedule: these people are always on call._"];
  const week = shiftsOf(rota, schedule, now, now + 7 * DAY).slice(0, 20);
  const holes = gapsOf(rota, schedule, now, now + AHEAD);
  const url = calendar(schedule);
  return [
    `_The next week of ${escape(schedule)}_`,
    ...week.map(
      ({ from, person, backup, by }) =>
        `• ${from <= now ? "now" : localTime(from)} ${who(rota, person)}${backup === null ? "" : `, backup ${who(rota, backup)}`}${by === "override" ? " (override)" : ""}`,
    ),
    ...holes.slice(0, 5).map(({ from, to }) => `⚠️ nobody from ${localTime(from)} to ${localTime(to)}`),
    ...(holes.length > 5 ? [`⚠️ and ${holes.length - 5} more holes in the next 30 days`] : []),
    ...(url === null ? [] : [`${link(url, "Calendar")} (its address is secret: whoever has it can read the schedule)`]),
  ];
}

/** The same for a terminal and for programs: `at` shows who is on call then. */
export function presentOnCall(rota: Rota, name: string, at: Instant): Record<string, unknown> {
  const { schedule } = rota.policy.teams[name]!;
  const { primary, backup } = onTeam(rota, name, at);
  const person = (id: string): { id: string; name: string } => ({ id, name: routedPerson(rota.policy, id).name });
  const coming = schedule === undefined ? [] : shiftsOf(rota, schedule, at, at + 7 * DAY);
  const next = schedule === undefined ? null : shiftAt(rota, schedule, at).next;
  const time = (instant: Instant): string => new Date(instant).toISOString();
  return {
    team: name,
    schedule: schedule ?? null,
    primary: primary.map(person),
    backup: backup.map(person),
    escalation: rungsOf(rota.policy, name).map(titleOf),
    next: next === null ? null : { ...person(next.person), at: time(next.from) },
    shifts: coming.map(({ from, to, person: id, backup: second, by }) => ({ from: time(from), to: time(to), ...person(id), backup: second, by })),
    gaps: schedule === undefined ? [] : gapsOf(rota, schedule, at, at + AHEAD).map(({ from, to }) => ({ from: time(from), to: time(to) })),
  };
}

/** Somebody's shift has begun: who hands over to whom, and what is open. */
export function shiftMessage(rota: Rota, schedule: string, at: Instant, open: readonly string[]): SlackMessage | null {
  const [before] = shiftsOf(rota, schedule, at - 1, at);
  const { now, next } = shiftAt(rota, schedule, at);
  const from = before === undefined ? "" : ` from ${who(rota, before.person)}`;
  if (now === null)
    return said(
      `⚠️ *${escape(schedule)}*: ${before === undefined ? "nobody" : `the shift of ${who(rota, before.person)} is over and nobody`} is on call${next === null ? "" : ` until ${localTime(next.from)}`}.`,
    );
  const head = `📟 *${escape(schedule)}*: ${who(rota, now.person)} takes over${from}${now.backup === null ? "" : `, backup ${who(rota, now.backup)}`}${next === null ? "" : `, until ${localTime(now.to)}`}.`;
  const text = `${head}\n${open.length === 0 ? "No incident of the team is open." : `Open:\n${open.join("\n")}`}`;
  return {
    text: fallback(`${escape(schedule)}: ${escape(routedPerson(rota.policy, now.person).name)} is on call since ${utc(at)}`),
    blocks: [section(cutMarkup(text, 2_900))],
  };
}

function said(text: string): SlackMessage {
  return { text: fallback(text), blocks: [section(text)] };
}
