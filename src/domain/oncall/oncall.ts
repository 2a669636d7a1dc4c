import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import { findCoverageGaps, computeShifts, type Shift } from "./shifts.ts";
import type { Override } from "#domain/incident/arrangement.ts";

/**
 * What decides who is on call: the policy, and what people and the pager have changed about its schedules. `isMember`:
 * whether an id is how the chat names a person, as the chat reports; absent: an id that the policy does not have is no
 * one.
 */
export type OnCallRoster = {
  readonly policy: Policy;
  readonly overrides: readonly Override[];
  /** The rotations that those of the policy have replaced, as far as their time matters; absent: none. */
  readonly replaced?: readonly RotationVersion[];
  readonly isMember?: (id: string) => boolean;
  /** What people call the pager that keeps schedules; absent: a decision does not ask. */
  readonly pagerTitle?: string;
};

/** The roster of a decision, whose overrides may be absent. */
export function rosterOf({
  policy,
  overrides = [],
  replaced,
  isMember,
}: Omit<OnCallRoster, "overrides"> & Partial<Pick<OnCallRoster, "overrides">>): OnCallRoster {
  return {
    policy,
    overrides,
    ...(replaced === undefined ? {} : { replaced }),
    ...(isMember === undefined ? {} : { isMember }),
  };
}

/** Who is on call for a team at an instant, as names of the policy. `until`: when the shift ends; null: there is no schedule. */
export type OnCall = {
  readonly primary: readonly string[];
  readonly backup: readonly string[];
  readonly until: Instant | null;
};

const NO_ONE_ON_CALL: OnCall = { primary: [], backup: [], until: null };

/** How far ahead the end of a shift is looked for, in ms. */
const LOOKAHEAD_MS = 60 * DAY_MS;

/** The shifts of a schedule in [from, to); none for a schedule that the policy does not have. */
export function scheduleShifts(
  { policy, overrides, replaced, isMember, pagerTitle }: OnCallRoster,
  name: string,
  from: Instant,
  to: Instant,
): readonly Shift[] {
  const schedule = Object.hasOwn(policy.schedules, name) ? policy.schedules[name] : undefined;
  if (schedule === undefined) return [];
  // A person who left the policy covers for no one; one known only to the chat may.
  const present = overrides.filter(({ person }) => Object.hasOwn(policy.people, person) || isMember?.(person) === true);
  return computeShifts(name, schedule, present, from, to, pagerTitle, replaced);
}

/** The parts of [from, to) in which a schedule has no one. */
export function scheduleGaps(
  rota: OnCallRoster,
  name: string,
  from: Instant,
  to: Instant,
): readonly { readonly from: Instant; readonly to: Instant }[] {
  return findCoverageGaps(scheduleShifts(rota, name, from, to), from, to);
}

/** Who is on call by a schedule. */
export function onCallForSchedule(rota: OnCallRoster, name: string, at: Instant): OnCall {
  const shift = scheduleShifts(rota, name, at, at + 1)[0];
  return shift === undefined
    ? NO_ONE_ON_CALL
    : { primary: [shift.person], backup: shift.backup === null ? [] : [shift.backup], until: null };
}

/**
 * A hand-off that was missed is still announced this many ms later; when it is announced after that, it is announced as
 * late.
 */
export const MAX_NEWS_AGE_MS = 30 * MINUTE_MS;
/** How far back a hand-off is looked for after a pause, in ms. */
const LONGEST_PAUSE_MS = 31 * DAY_MS;

/**
 * The hand-off of a schedule that is to be announced, which may have been announced already: the last one of half an
 * hour, or since `announced`, when hand-offs were announced last. After a pause that is the one in force; those before
 * it are no news any longer.
 */
export function dueHandoff(rota: OnCallRoster, name: string, announced: Instant | null, now: Instant): Instant | null {
  const since = Math.max(Math.min(announced ?? now, now - MAX_NEWS_AGE_MS), now - LONGEST_PAUSE_MS);
  return recentHandoffs(rota, name, now, since).toSorted((a, b) => b - a)[0] ?? null;
}

/** When a schedule went from one person to another after `since`; to no one or from no one counts, too. */
export function recentHandoffs(
  rota: OnCallRoster,
  name: string,
  now: Instant,
  since: Instant = now - MAX_NEWS_AGE_MS,
): readonly Instant[] {
  const shifts = scheduleShifts(rota, name, since, now + 1);
  const changes = new Set([...shifts.map(({ to }) => to), ...shifts.map(({ from }) => from)]);
  return [...changes].filter((at) => {
    if (at <= since || at > now) return false;
    return shifts.find(({ to }) => to === at)?.person !== shifts.find(({ from }) => from === at)?.person;
  });
}

/** The shift of a schedule that is on at an instant, whole as far as can be seen, and the one after it. */
export function shiftAt(
  rota: OnCallRoster,
  name: string,
  at: Instant,
): { readonly now: Shift | null; readonly next: Shift | null } {
  const upcoming = scheduleShifts(rota, name, at, at + LOOKAHEAD_MS);
  const now = upcoming[0]?.from === at ? upcoming[0] : null;
  return { now, next: upcoming[now === null ? 0 : 1] ?? null };
}

/** Who is on call for a team: by its schedule, else the people the policy names once and for all. */
export function onCallForTeam(rota: OnCallRoster, name: string, at: Instant): OnCall {
  const team = Object.hasOwn(rota.policy.teams, name) ? rota.policy.teams[name] : undefined;
  if (team === undefined) return NO_ONE_ON_CALL;
  if (team.schedule === undefined) return { ...NO_ONE_ON_CALL, primary: team.oncall };
  const { primary, backup, until } = onCallForSchedule(rota, team.schedule, at);
  return { primary: [...new Set([...primary, ...team.oncall])], backup, until };
}

/** Everyone who is on call for any team. */
export function onCallForAnyTeam(rota: OnCallRoster, at: Instant): readonly string[] {
  return [...new Set(Object.keys(rota.policy.teams).flatMap((team) => onCallForTeam(rota, team, at).primary))];
}
