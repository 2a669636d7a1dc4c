import type { Override } from "#domain/incident/arrangement.ts";
import type { Instant } from "#domain/values/language.ts";
import { rotationTurns } from "./rotation.ts";
import type { StoredRotation, RotationVersion } from "#domain/policy/rotation-version.ts";
import type { Schedule } from "#domain/policy/schedule.ts";

/** A stretch in which one person is on call. `by`: the layer or the override. [from, to) */
export type Shift = {
  readonly from: Instant;
  readonly to: Instant;
  readonly person: string;
  readonly backup: string | null;
  readonly by: string;
};

type Piece = {
  readonly from: Instant;
  readonly to: Instant;
  readonly person: string;
  readonly next: string | null;
  readonly by: string;
};

type CountingVersion = Omit<RotationVersion, "id">;

/** The turns of a rotation's layers in [from, to), in order: a later layer goes before an earlier one. */
export function computeTurns({ layers, timezone }: StoredRotation, from: Instant, to: Instant): readonly Piece[] {
  let covered: readonly Piece[] = [];
  layers.forEach((layer, i) => {
    const by = layer.name ?? `layer ${i + 1}`;
    covered = over(
      covered,
      rotationTurns(layer, timezone, from, to).map((turn): Piece => ({ ...turn, by })),
    );
  });
  return covered;
}

/**
 * Who is on call in [from, to): one person at every instant that anything covers, in order, the longest stretches there
 * are. Layers go before the layers they follow, overrides before all layers, and of two overrides the later in the list.
 * `replaced`: the versions of its rotation that the present one has replaced; each counts for its own time.
 */
export function computeShifts(
  name: string,
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
  pagerTitle = "the pager",
  replaced: readonly RotationVersion[] = [],
): readonly Shift[] {
  const versions = versionsOf(name, schedule, replaced);
  let covered: readonly Piece[] = versions.flatMap((version) => {
    const [begin, end] = [Math.max(from, version.from), Math.min(to, version.until ?? to)];
    return begin < end ? computeTurns(version.rotation, begin, end) : [];
  });
  for (const { by, ...each } of overridesIn(name, versions, overrides, pagerTitle)) {
    const [begin, end] = [Math.max(each.from, from), Math.min(each.until, to)];
    if (begin < end) covered = overridden(covered, { from: begin, to: end, person: each.person, by });
  }
  return joined(covered, versions);
}

/** The versions of a rotation in the order of their times, the present one last. */
function versionsOf(
  name: string,
  schedule: Schedule,
  replaced: readonly RotationVersion[],
): readonly CountingVersion[] {
  const before = replaced
    .filter((each) => each.schedule === name && each.until !== null)
    .toSorted((a, b) => a.from - b.from || (a.until ?? 0) - (b.until ?? 0));
  const last = (ends: readonly (Instant | null)[]): Instant =>
    Math.max(-Infinity, ...ends.map((at) => at ?? -Infinity));
  return [
    ...before,
    {
      schedule: name,
      rotation: schedule,
      // One that was replaced before it began to count never did.
      from: last(before.filter((each) => each.from < each.until!).map(({ until }) => until)),
      until: null,
      readAt: last(before.map(({ replacedAt }) => replacedAt)),
      replacedAt: null,
    },
  ];
}

/** Every override of a schedule, those that count more later, each cut to the time in which it counts. */
function overridesIn(
  name: string,
  versions: readonly CountingVersion[],
  overrides: readonly Override[],
  pagerTitle: string,
): readonly { readonly person: string; readonly from: Instant; readonly until: Instant; readonly by: string }[] {
  const own = overrides.filter(({ schedule }) => schedule === name);
  return [
    // A stored shift of the pager does not apply while a schedule is kept here.
    ...versions
      .filter(({ rotation }) => rotation.pagerduty !== undefined)
      .flatMap(({ from, until }) =>
        own
          .filter(({ source }) => source === "pager")
          .map((each) => ({ ...cutTo(each, from, until), person: each.person, by: pagerTitle })),
      ),
    ...versions.flatMap(({ rotation, readAt, replacedAt }) =>
      rotation.overrides.map((each) => ({
        ...cutTo(each, readAt, replacedAt),
        person: each.person,
        by: "override",
      })),
    ),
    ...own.filter(({ source }) => source !== "pager").map((each) => ({ ...each, by: "override" })),
  ];
}

function cutTo(
  { from, until }: { readonly from: Instant; readonly until: Instant },
  begin: Instant,
  end: Instant | null,
): { readonly from: Instant; readonly until: Instant } {
  return { from: Math.max(from, begin), until: Math.min(until, end ?? until) };
}

/** Pieces in order as shifts: those of one person in a row are one. A rotation that names no backup has none. */
function joined(pieces: readonly Piece[], versions: readonly CountingVersion[]): readonly Shift[] {
  const hasBackup = (at: Instant): boolean =>
    versions.find(({ from, until }) => from <= at && (until === null || at < until))?.rotation.backup !== "none";
  const found: Shift[] = [];
  for (const { next, ...piece } of pieces) {
    const before = found.at(-1);
    const backup = hasBackup(piece.from) ? next : null;
    if (
      before !== undefined &&
      before.to === piece.from &&
      before.person === piece.person &&
      before.backup === backup &&
      before.by === piece.by
    )
      found[found.length - 1] = { ...before, to: piece.to };
    else found.push({ ...piece, backup });
  }
  return found;
}

/** The parts of [from, to) in which no one is on call. */
export function findCoverageGaps(
  found: readonly Shift[],
  from: Instant,
  to: Instant,
): readonly { readonly from: Instant; readonly to: Instant }[] {
  const gaps: { from: Instant; to: Instant }[] = [];
  let at = from;
  for (const shift of found) {
    if (shift.from > at) gaps.push({ from: at, to: shift.from });
    at = Math.max(at, shift.to);
  }
  if (at < to) gaps.push({ from: at, to });
  return gaps;
}

/** `above` where it is, `below` elsewhere. */
function over(below: readonly Piece[], above: readonly Piece[]): readonly Piece[] {
  let left = below;
  for (const piece of above) left = without(left, piece.from, piece.to);
  return [...left, ...above].toSorted((a, b) => a.from - b.from);
}

/**
 * Someone stands in. The backup stays the backup; when the backup stands in, the person they stand in for becomes the
 * backup.
 */
function overridden(below: readonly Piece[], by: Omit<Piece, "next">): readonly Piece[] {
  const inside = below.flatMap((piece): readonly Piece[] => {
    const [from, to] = [Math.max(piece.from, by.from), Math.min(piece.to, by.to)];
    return from < to
      ? [
          {
            ...by,
            from,
            to,
            next: piece.next === by.person || piece.next === null ? other(piece.person, by.person) : piece.next,
          },
        ]
      : [];
  });
  const uncovered = findCoverageGaps(
    inside.map(({ next, ...each }) => ({ ...each, backup: next })),
    by.from,
    by.to,
  ).map((hole): Piece => ({ ...by, ...hole, next: null }));
  return [...without(below, by.from, by.to), ...inside, ...uncovered].toSorted((a, b) => a.from - b.from);
}

function other(person: string, than: string): string | null {
  return person === than ? null : person;
}

function without(pieces: readonly Piece[], from: Instant, to: Instant): readonly Piece[] {
  return pieces.flatMap((piece) => {
    if (piece.to <= from || piece.from >= to) return [piece];
    return [...(piece.from < from ? [{ ...piece, to: from }] : []), ...(piece.to > to ? [{ ...piece, from: to }] : [])];
  });
}
