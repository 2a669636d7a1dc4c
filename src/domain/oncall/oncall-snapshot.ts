import type { Override } from "#domain/incident/arrangement.ts";
import { DEFAULT_POLICY, type Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import type { Schedule } from "#domain/policy/schedule.ts";
import type { Instant } from "#domain/values/language.ts";
import type { ComparedRoster } from "./oncall-changes.ts";
import type { OnCallRoster } from "./oncall.ts";

/** All that decides who is on call now and later, for a program that compares a policy with it. It is JSON; `at` in ms. */
export type OnCallSnapshot = {
  readonly at: Instant;
  readonly people: Readonly<Record<string, { readonly name: string }>>;
  readonly teams: Readonly<Record<string, { readonly schedule: string | null; readonly oncall: readonly string[] }>>;
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly overrides: readonly Override[];
  readonly versions: readonly RotationVersion[];
};

/** `versions`: those that count at `at` or later. */
export function takeOnCallSnapshot(
  { policy, overrides }: OnCallRoster,
  versions: readonly RotationVersion[],
  at: Instant,
): OnCallSnapshot {
  const { people, teams, schedules } = policy;
  return {
    at,
    people: Object.fromEntries(Object.entries(people).map(([id, { name }]) => [id, { name: name ?? id }])),
    teams: Object.fromEntries(
      Object.entries(teams).map(([name, { schedule, oncall }]) => [name, { schedule: schedule ?? null, oncall }]),
    ),
    schedules,
    overrides: overrides.filter(({ until }) => until > at),
    versions,
  };
}

/** The roster of a snapshot, to compare another policy with. */
export function rosterOfSnapshot({ people, teams, schedules, overrides, versions }: OnCallSnapshot): ComparedRoster {
  const policy: Policy = {
    ...DEFAULT_POLICY,
    schedules,
    people: Object.fromEntries(
      Object.entries(people).map(([id, { name }]) => [
        id,
        {
          name,
          email: undefined,
          pagerduty: undefined,
          phone: undefined,
          timezone: undefined,
          chatId: null,
          oidc: null,
          ids: [],
        },
      ]),
    ),
    teams: Object.fromEntries(
      Object.entries(teams).map(([name, { schedule, oncall }]) => [
        name,
        { members: [], escalation: [], oncall: [...oncall], ...(schedule === null ? {} : { schedule }) },
      ]),
    ),
  };
  // A stand-in may be a member of the chat without a place in the policy.
  return { policy, overrides, versions, isMember: () => true };
}
