import { teamEscalationSteps, stepTitle } from "#domain/paging/escalation-policy.ts";
import type { Instant } from "#domain/values/language.ts";
import { scheduleGaps, onCallForTeam, shiftAt, scheduleShifts, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { cutMarkup, escapeMrkdwn, fallbackText, mrkdwnLink, localTime, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

const DAY = 86_400_000;
/** How far ahead a hole in a schedule is told of. */
const AHEAD = 30 * DAY;

/**
 * Who is on call: of every team in a line, of one team with what comes next. `calendar`: the address of a schedule's
 * calendar; `mine`: that of the shifts of whoever asks.
 */
export function oncallMessage(
  rota: OnCallRoster,
  wanted: string | null,
  now: Instant,
  calendar: (schedule: string) => string | null,
  mine: string | null = null,
): SlackMessage {
  const { teams } = rota.policy;
  const names = Object.keys(teams).filter((name) => wanted === null || name.toLowerCase() === wanted.toLowerCase());
  if (names.length === 0)
    return said(
      wanted === null
        ? "There are no teams in muster.yaml."
        : `There is no team called ${escapeMrkdwn(wanted)}. Teams: ${escapeMrkdwn(Object.keys(teams).join(", "))}.`,
    );
  const lines = names.flatMap((name) => [line(rota, name, now), ...(wanted === null ? [] : ahead(rota, name, now, calendar))]);
  if (mine !== null && Object.keys(rota.policy.schedules).length > 0)
    lines.push(`${mrkdwnLink(mine, "Your shifts as a calendar")} (keep its address to yourself)`);
  return said(cutMarkup(lines.join("\n"), 2_900));
}

/** A person of the policy as a mention, else by their name. */
export function mentionOnCall({ policy }: OnCallRoster, id: string): string {
  const { name, slack } = routedPerson(policy, id);
  return slack === null ? escapeMrkdwn(name) : `<@${slack}>`;
}

function line(rota: OnCallRoster, name: string, now: Instant): string {
  const team = rota.policy.teams[name]!;
  const { primary, backup } = onCallForTeam(rota, name, now);
  const next = team.schedule === undefined ? null : shiftAt(rota, team.schedule, now).next;
  const rungs = teamEscalationSteps(rota.policy, name).map((rung) => escapeMrkdwn(stepTitle(rung)));
  return [
    `*${escapeMrkdwn(name)}* ${primary.length === 0 ? "_nobody_" : primary.map((id) => mentionOnCall(rota, id)).join(", ")}`,
    ...(backup.length === 0 ? [] : [`backup ${backup.map((id) => mentionOnCall(rota, id)).join(", ")}`]),
    ...(rungs.length === 0 ? [] : [`then ${rungs.join(", then ")}`]),
    ...(next === null ? [] : [`next ${mentionOnCall(rota, next.person)} ${localTime(next.from)}`]),
  ].join(", ");
}

/** The next week of a team's schedule, the holes in its next month, and its calendar. */
function ahead(rota: OnCallRoster, name: string, now: Instant, calendar: (schedule: string) => string | null): readonly string[] {
  const { schedule } = rota.policy.teams[name]!;
  if (schedule === undefined) return ["_It has no schedule: these people are always on call._"];
  const week = scheduleShifts(rota, schedule, now, now + 7 * DAY).slice(0, 20);
  const holes = scheduleGaps(rota, schedule, now, now + AHEAD);
  const url = calendar(schedule);
  return [
    `_The next week of ${escapeMrkdwn(schedule)}_`,
    ...week.map(
      ({ from, person, backup, by }) =>
        `• ${from <= now ? "now" : localTime(from)} ${mentionOnCall(rota, person)}${backup === null ? "" : `, backup ${mentionOnCall(rota, backup)}`}${by === "override" ? " (override)" : ""}`,
    ),
    ...holes.slice(0, 5).map(({ from, to }) => `⚠️ nobody from ${localTime(from)} to ${localTime(to)}`),
    ...(holes.length > 5 ? [`⚠️ and ${holes.length - 5} more holes in the next 30 days`] : []),
    ...(url === null ? [] : [`${mrkdwnLink(url, "Calendar")} (its address is secret: whoever has it can read the schedule)`]),
  ];
}

/** The same for a terminal and for programs: `at` shows who is on call then. */
export function presentOnCall(rota: OnCallRoster, name: string, at: Instant): Record<string, unknown> {
  const { schedule } = rota.policy.teams[name]!;
  const { primary, backup } = onCallForTeam(rota, name, at);
  const person = (id: string): { id: string; name: string } => ({ id, name: routedPerson(rota.policy, id).name });
  const coming = schedule === undefined ? [] : scheduleShifts(rota, schedule, at, at + 7 * DAY);
  const next = schedule === undefined ? null : shiftAt(rota, schedule, at).next;
  const time = (instant: Instant): string => new Date(instant).toISOString();
  return {
    team: name,
    schedule: schedule ?? null,
    primary: primary.map(person),
    backup: backup.map(person),
    escalation: teamEscalationSteps(rota.policy, name).map(stepTitle),
    next: next === null ? null : { ...person(next.person), at: time(next.from) },
    shifts: coming.map(({ from, to, person: id, backup: second, by }) => ({ from: time(from), to: time(to), ...person(id), backup: second, by })),
    gaps: schedule === undefined ? [] : scheduleGaps(rota, schedule, at, at + AHEAD).map(({ from, to }) => ({ from: time(from), to: time(to) })),
  };
}

/** Somebody's shift has begun: who hands over to whom, and what is open. */
export function shiftMessage(rota: OnCallRoster, schedule: string, at: Instant, open: readonly string[]): SlackMessage | null {
  const [before] = scheduleShifts(rota, schedule, at - 1, at);
  const { now, next } = shiftAt(rota, schedule, at);
  const from = before === undefined ? "" : ` from ${mentionOnCall(rota, before.person)}`;
  if (now === null)
    return said(
      `⚠️ *${escapeMrkdwn(schedule)}*: ${before === undefined ? "nobody" : `the shift of ${mentionOnCall(rota, before.person)} is over and nobody`} is on call${next === null ? "" : ` until ${localTime(next.from)}`}.`,
    );
  const head = `📟 *${escapeMrkdwn(schedule)}*: ${mentionOnCall(rota, now.person)} takes over${from}${now.backup === null ? "" : `, backup ${mentionOnCall(rota, now.backup)}`}${next === null ? "" : `, until ${localTime(now.to)}`}.`;
  const text = `${head}\n${open.length === 0 ? "No incident of the team is open." : `Open:\n${open.join("\n")}`}`;
  return {
    text: fallbackText(`${escapeMrkdwn(schedule)}: ${escapeMrkdwn(routedPerson(rota.policy, now.person).name)} is on call since ${formatUtc(at)}`),
    blocks: [sectionBlock(cutMarkup(text, 2_900))],
  };
}

function said(text: string): SlackMessage {
  return { text: fallbackText(text), blocks: [sectionBlock(text)] };
}
