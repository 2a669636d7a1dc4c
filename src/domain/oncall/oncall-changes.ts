import type { Policy } from "#domain/policy/policy.ts";
import { routedPerson } from "#domain/policy/people.ts";
import {
  EMPTY_ROTATION,
  rotationOf,
  type StoredRotation,
  type RotationVersion,
} from "#domain/policy/rotation-version.ts";
import { formatUtc } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { onCallForTeam, scheduleShifts, type OnCallRoster } from "./oncall.ts";
import { replaceRotation } from "./rotation-change.ts";

/** The versions of every schedule after another policy was read; `known`: those that count at `now` or later. */
export function replaceRotations(
  { schedules, people }: Pick<Policy, "schedules" | "people">,
  known: readonly RotationVersion[],
  now: Instant,
): readonly RotationVersion[] {
  const names = [...new Set([...Object.keys(schedules), ...known.map(({ schedule }) => schedule)])];
  return names.flatMap((name) => {
    const rotation: StoredRotation = Object.hasOwn(schedules, name) ? rotationOf(schedules[name]!) : EMPTY_ROTATION;
    const ofSchedule = known.filter(({ schedule }) => schedule === name);
    return replaceRotation(name, rotation, ofSchedule, (person) => Object.hasOwn(people, person), now);
  });
}

/** What a roster must have for a comparison. `policy`: only who is on call by it is asked. */
export type ComparedRoster = Pick<OnCallRoster, "overrides" | "isMember"> & {
  readonly policy: OnCallRoster["policy"];
  /** The versions that count now or later. */
  readonly versions: readonly RotationVersion[];
};

/**
 * What another policy changes about who is on call, a sentence each: at once, and at the hand-off until which the
 * person who has the turn keeps it. Teams that only one of the two policies has are no change of theirs.
 */
export function oncallChanges(before: ComparedRoster, after: ComparedRoster, now: Instant): readonly string[] {
  const [was, is] = [rosterOfVersions(before), rosterOfVersions(after)];
  const teams = Object.keys(after.policy.teams).filter((name) => Object.hasOwn(before.policy.teams, name));
  const atOnce = teams.flatMap((team) => {
    const [from, to] = [onCallForTeam(was, team, now).primary, onCallForTeam(is, team, now).primary];
    return from.join(" ") === to.join(" ")
      ? []
      : [`on call for ${team} now changes: ${names(was, from)} → ${names(is, to)}`];
  });
  const handoffs = after.versions.flatMap(({ id, schedule, from, until }) => {
    if (id !== null || until !== null || from <= now || !Object.hasOwn(before.policy.schedules, schedule)) return [];
    const at = (roster: OnCallRoster, when: Instant): readonly string[] =>
      scheduleShifts(roster, schedule, when, when + 1).map(({ person }) => person);
    const [then, instead] = [at(is, from), at(was, from)];
    return [
      `${schedule}: ${names(is, at(is, now))} stays on call until the hand-off at ${formatUtc(from)}; then ${names(is, then)}${
        then.join(" ") === instead.join(" ") ? ", as before" : `, not ${names(was, instead)}`
      }`,
    ];
  });
  return [...atOnce, ...handoffs];
}

/** A roster from what was recorded: the policy of a process that has just started does not show what was before. */
function rosterOfVersions({ versions, policy, ...rest }: ComparedRoster): OnCallRoster {
  const schedules = Object.entries(policy.schedules).map(([name, { pagerduty, ...schedule }]) => {
    const latest = versions.find((each) => each.schedule === name && each.until === null)?.rotation;
    return [name, { ...schedule, ...(latest ?? (pagerduty === undefined ? {} : { pagerduty })) }] as const;
  });
  return { ...rest, policy: { ...policy, schedules: Object.fromEntries(schedules) }, replaced: versions };
}

function names({ policy }: OnCallRoster, people: readonly string[]): string {
  return people.length === 0 ? "no one" : people.map((id) => routedPerson(policy, id).name).join(", ");
}
