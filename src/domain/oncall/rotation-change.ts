import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import {
  haveSameTurns,
  isSameRotation,
  type StoredRotation,
  type RotationVersion,
} from "#domain/policy/rotation-version.ts";
import { computeTurns } from "./shifts.ts";

/** How far ahead the end of a turn is looked for, in ms: most end soon, and those that are longer than the last end there. */
const LOOKAHEADS_MS = [2 * DAY_MS, 16 * DAY_MS, 400 * DAY_MS];

/**
 * The versions of a schedule after the policy gave it another rotation. The person who has the turn at `now` keeps it
 * until its end; a change counts at once where no one has the turn, the policy no longer has the person, or the pager
 * keeps the shifts before or after. What was before `now` stays as it was.
 *
 * @param known the versions of this schedule, at least those that count at `now` or later
 * @param isPerson whether the policy as it is now has a person by that name
 * @returns `known` when nothing is new
 */
export function replaceRotation(
  schedule: string,
  wanted: StoredRotation,
  known: readonly RotationVersion[],
  isPerson: (name: string) => boolean,
  now: Instant,
): readonly RotationVersion[] {
  const fresh = { id: null, schedule, rotation: wanted, until: null, replacedAt: null };
  const latest = known.find(({ until }) => until === null);
  // The first known version counts from the beginning: what was before it is unknown.
  if (latest === undefined) return [...known, { ...fresh, from: 0, readAt: 0 }];
  const current = known.find(({ from, until }) => from <= now && (until === null || until > now));
  const turn = current === undefined ? null : turnAt(current, now);
  const stays = turn !== null && isPerson(turn.person);
  if (isSameRotation(latest.rotation, wanted) && (stays || latest.from <= now)) return known;
  const kept = stays && latest.rotation.pagerduty === undefined && wanted.pagerduty === undefined;
  const from = haveSameTurns(latest.rotation, wanted) && stays ? Math.max(now, latest.from) : kept ? turn.to : now;
  return [
    ...known.map((each) => ({
      ...each,
      until: each.until === null || each.until > from ? Math.max(each.from, from) : each.until,
      replacedAt: each.replacedAt ?? now,
    })),
    { ...fresh, from, readAt: now },
  ];
}

/** The turn that is on at an instant, up to where another version counts. */
function turnAt({ rotation, until }: RotationVersion, at: Instant): { person: string; to: Instant } | null {
  let found: { person: string; to: Instant } | null = null;
  for (const ahead of LOOKAHEADS_MS) {
    const [first] = computeTurns(rotation, at, at + ahead);
    if (first === undefined || first.from > at) return null;
    found = { person: first.person, to: Math.min(first.to, until ?? first.to) };
    if (found.to < at + ahead) break;
  }
  return found;
}
