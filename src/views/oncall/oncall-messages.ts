import { teamEscalationSteps, stepTitle } from "#domain/paging/escalation-steps.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import {
  MAX_NEWS_AGE_MS,
  scheduleGaps,
  onCallForTeam,
  shiftAt,
  scheduleShifts,
  type OnCallRoster,
} from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { formatUtc } from "#domain/values/instant.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  markedText,
  joinText,
  linkText,
  localTime,
  clipText,
  mentionPerson,
  writtenLength,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { LONGEST_PART, textMessage, textPart, fallbackText } from "#views/values/message-parts.ts";

/** How far ahead a hole in a schedule is shown. */
const LOOKAHEAD_MS = 30 * DAY_MS;

/**
 * Who is on call: of every team in a line, of one team with what comes next. `calendar`: the address of a schedule's
 * calendar; `mine`: that of the reader's own shifts.
 */
export function oncallMessage(
  rota: OnCallRoster,
  wanted: string | null,
  now: Instant,
  calendar: (schedule: string) => string | null,
  ownTeam: string | null = null,
): ChatMessage {
  const { teams } = rota.policy;
  const names = Object.keys(teams).filter((name) => wanted === null || name.toLowerCase() === wanted.toLowerCase());
  if (names.length === 0)
    return textMessage(
      wanted === null
        ? "There are no teams in muster.yaml."
        : richText`There is no team called ${wanted}. Teams: ${joinText(Object.keys(teams), ", ")}.`,
    );
  const own =
    ownTeam !== null && Object.keys(rota.policy.schedules).length > 0
      ? [richText`${linkText(ownTeam, "Your shifts as a calendar")} (keep its address to yourself)`]
      : [];
  const whole = names.flatMap((name) => [
    line(rota, name, now),
    ...(wanted === null ? [] : ahead(rota, name, now, calendar)),
  ]);
  // Where all that is known of many teams is too much for one message, each still has its line.
  const lines = lengthOf(whole) <= LONGEST_MESSAGE ? whole : names.map((name) => shortLine(rota, name, now));
  const parts = inParts([...own, ...fitting(lines)]).map((part) => textPart(part));
  return { text: fallbackText(joinText(lines.slice(0, 5), "\n")), parts };
}

/** What a message holds at most, with all its parts. */
const LONGEST_MESSAGE = 11_000;

function lengthOf(lines: readonly RichText[]): number {
  return lines.reduce((sum, each) => sum + writtenLength(each) + 1, 0);
}

/** The lines that one message holds, and how many more there are. */
function fitting(lines: readonly RichText[]): readonly RichText[] {
  let count = 0;
  for (let length = 0; count < lines.length; count++) {
    length += writtenLength(lines[count]!) + 1;
    if (length > LONGEST_MESSAGE) break;
  }
  return count === lines.length
    ? lines
    : [...lines.slice(0, count), richText`… and ${lines.length - count} more teams: \`oncall TEAM\` shows one`];
}

/** Lines in as few parts as hold them. */
function inParts(lines: readonly RichText[]): readonly RichText[] {
  const parts: RichText[][] = [[]];
  for (const each of lines) {
    const last = parts.at(-1)!;
    if (last.length > 0 && lengthOf([...last, each]) > LONGEST_PART) parts.push([each]);
    else last.push(each);
  }
  return parts.map((part) => clipText(joinText(part, "\n"), LONGEST_PART));
}

/** A team and who is on call for it, nothing else. */
function shortLine(rota: OnCallRoster, name: string, now: Instant): RichText {
  return richText`*${name}* ${peopleText(rota, onCallForTeam(rota, name, now).primary)}`;
}

function peopleText(rota: OnCallRoster, ids: readonly string[]): RichText {
  return ids.length === 0
    ? markedText("_no one_")
    : joinText(
        ids.map((id) => mentionOnCall(rota, id)),
        ", ",
      );
}

/** A person of the policy as a mention, else by their name. */
export function mentionOnCall({ policy }: OnCallRoster, id: string): RichText {
  const { name, chatId } = routedPerson(policy, id);
  return mentionPerson({ id: chatId ?? "", name });
}

function line(rota: OnCallRoster, name: string, now: Instant): RichText {
  const team = rota.policy.teams[name]!;
  const { primary, backup } = onCallForTeam(rota, name, now);
  const next = team.schedule === undefined ? null : shiftAt(rota, team.schedule, now).next;
  const steps = teamEscalationSteps(rota.policy, name).map((step) => stepTitle(step));
  return joinText(
    [
      richText`*${name}* ${peopleText(rota, primary)}`,
      ...(backup.length === 0 ? [] : [richText`backup ${peopleText(rota, backup)}`]),
      ...(steps.length === 0 ? [] : [richText`then ${joinText(steps, ", then ")}`]),
      ...(next === null ? [] : [richText`next ${mentionOnCall(rota, next.person)} ${localTime(next.from)}`]),
    ],
    ", ",
  );
}

/** The next week of a team's schedule, the holes in its next month, and its calendar. */
function ahead(
  rota: OnCallRoster,
  name: string,
  now: Instant,
  calendar: (schedule: string) => string | null,
): readonly RichText[] {
  const { schedule } = rota.policy.teams[name]!;
  if (schedule === undefined) return [markedText("_It has no schedule: these people are always on call._")];
  const week = scheduleShifts(rota, schedule, now, now + 7 * DAY_MS).slice(0, 20);
  const gaps = scheduleGaps(rota, schedule, now, now + LOOKAHEAD_MS);
  const url = calendar(schedule);
  return [
    richText`_The next week of ${schedule}_`,
    ...week.map(
      ({ from, person, backup, by }) =>
        richText`• ${from <= now ? "now" : localTime(from)} ${mentionOnCall(rota, person)}${backup === null ? "" : richText`, backup ${mentionOnCall(rota, backup)}`}${by === "override" ? " (override)" : ""}`,
    ),
    ...gaps.slice(0, 5).map(({ from, to }) => richText`⚠️ no one from ${localTime(from)} to ${localTime(to)}`),
    ...(gaps.length > 5 ? [richText`⚠️ and ${gaps.length - 5} more holes in the next 30 days`] : []),
    ...(url === null
      ? []
      : [richText`${linkText(url, "Calendar")} (its address is secret: whoever has it can read the schedule)`]),
  ];
}

/** The same for a terminal and for programs: `at` shows who is on call then. */
export function presentOnCall(rota: OnCallRoster, name: string, at: Instant): Record<string, unknown> {
  const { schedule } = rota.policy.teams[name]!;
  const { primary, backup } = onCallForTeam(rota, name, at);
  const person = (id: string): { id: string; name: string } => ({ id, name: routedPerson(rota.policy, id).name });
  const upcoming = schedule === undefined ? [] : scheduleShifts(rota, schedule, at, at + 7 * DAY_MS);
  const next = schedule === undefined ? null : shiftAt(rota, schedule, at).next;
  const time = (instant: Instant): string => new Date(instant).toISOString();
  return {
    team: name,
    schedule: schedule ?? null,
    primary: primary.map(person),
    backup: backup.map(person),
    escalation: teamEscalationSteps(rota.policy, name).map(stepTitle),
    next: next === null ? null : { ...person(next.person), at: time(next.from) },
    shifts: upcoming.map(({ from, to, person: id, backup: second, by }) => ({
      from: time(from),
      to: time(to),
      ...person(id),
      backup: second,
      by,
    })),
    gaps:
      schedule === undefined
        ? []
        : scheduleGaps(rota, schedule, at, at + LOOKAHEAD_MS).map(({ from, to }) => ({
            from: time(from),
            to: time(to),
          })),
  };
}

/**
 * Someone's shift has begun: who hands over to whom, and what is open. When it is posted long after, it gives the
 * start.
 */
export function shiftMessage(
  rota: OnCallRoster,
  schedule: string,
  at: Instant,
  open: readonly TextLike[],
  announcedAt: Instant = at,
): ChatMessage | null {
  const [before] = scheduleShifts(rota, schedule, at - 1, at);
  const { now, next } = shiftAt(rota, schedule, at);
  const from = before === undefined ? "" : richText` from ${mentionOnCall(rota, before.person)}`;
  if (now === null)
    return textMessage(
      richText`⚠️ *${schedule}*: ${before === undefined ? "no one" : richText`the shift of ${mentionOnCall(rota, before.person)} ended, and no one`} is on call${next === null ? "" : richText` until ${localTime(next.from)}`}.`,
    );
  const taking =
    announcedAt - at <= MAX_NEWS_AGE_MS
      ? richText`takes over${from}`
      : richText`took over${from} at ${localTime(at)} (told late: Muster did not run then)`;
  const head = richText`📟 *${schedule}*: ${mentionOnCall(rota, now.person)} ${taking}${now.backup === null ? "" : richText`, backup ${mentionOnCall(rota, now.backup)}`}${next === null ? "" : richText`, until ${localTime(now.to)}`}.`;
  const text = richText`${head}\n${open.length === 0 ? "No incident of the team is open." : richText`Open:\n${joinText(open, "\n")}`}`;
  return {
    text: fallbackText(
      richText`${schedule}: ${routedPerson(rota.policy, now.person).name} is on call since ${formatUtc(at)}`,
    ),
    parts: [textPart(clipText(text, LONGEST_PART))],
  };
}
