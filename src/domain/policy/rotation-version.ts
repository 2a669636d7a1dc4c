import type { Instant } from "#domain/values/language.ts";
import type { Schedule } from "./schedule.ts";

/** What decides who has which turn: a schedule without what is done with it. It is stored: names and meanings stay. */
export type StoredRotation = Pick<Schedule, "timezone" | "layers" | "pagerduty" | "backup" | "overrides">;

/**
 * A rotation as the policy had it for a time. Turns change hands at a hand-off, overrides when the policy is read: each has
 * its own time. `id`: null before it is stored.
 */
export type RotationVersion = {
  readonly id: number | null;
  readonly schedule: string;
  readonly rotation: StoredRotation;
  /** When its turns begin to count. */
  readonly from: Instant;
  /** When those of a later version do; null: it is the latest. */
  readonly until: Instant | null;
  /** When it was read from the policy. */
  readonly readAt: Instant;
  /** When a later one was; null: it is the latest. */
  readonly replacedAt: Instant | null;
};

/** The rotation of a schedule that no one is on call for. */
export const EMPTY_ROTATION: StoredRotation = { timezone: "UTC", layers: [], backup: "none", overrides: [] };

/** The rotation of a schedule of the policy. */
export function rotationOf({ timezone, layers, pagerduty, backup, overrides }: Schedule): StoredRotation {
  return { timezone, layers, backup, overrides, ...(pagerduty === undefined ? {} : { pagerduty }) };
}

/** Whether two rotations give the same turns at every instant, overrides aside. */
export function haveSameTurns(one: StoredRotation, other: StoredRotation): boolean {
  return JSON.stringify(turnsOf(one)) === JSON.stringify(turnsOf(other));
}

/** Whether two rotations are the same. */
export function isSameRotation(one: StoredRotation, other: StoredRotation): boolean {
  return haveSameTurns(one, other) && JSON.stringify(overridesOf(one)) === JSON.stringify(overridesOf(other));
}

/** In one order, whatever wrote it down. */
function turnsOf({ timezone, layers, pagerduty, backup }: StoredRotation): unknown {
  const of = layers.map(({ name, people, shift, handoff, from, until, only }) => [
    name ?? null,
    people,
    [shift.days, shift.perDay],
    handoff,
    from,
    until ?? null,
    only.map(({ days, from: begins, to }) => [days, begins, to]),
  ]);
  return [timezone, of, pagerduty ?? null, backup];
}

function overridesOf({ overrides }: StoredRotation): unknown {
  return overrides.map(({ person, from, until }) => [person, from, until]);
}
