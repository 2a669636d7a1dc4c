import type { Override } from "#domain/incident/arrangement.ts";
import type { Instant } from "#domain/values/language.ts";
import { rotationTurns } from "./rotation.ts";
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

/**
 * Who is on call in [from, to): one person at every instant that anything covers, in order, the longest stretches there
 * are. Layers go before the layers they follow, overrides before all layers, and of two overrides the later in the list.
 */
export function computeShifts(
  name: string,
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
  pagerTitle = "the pager",
): readonly Shift[] {
  let covered: readonly Piece[] = [];
  schedule.layers.forEach((layer, i) => {
    const by = layer.name ?? `layer ${i + 1}`;
    covered = over(
      covered,
      rotationTurns(layer, schedule.timezone, from, to).map((turn): Piece => ({ ...turn, by })),
    );
  });
  const above: readonly Override[] = [
    // A stored shift of the pager does not apply to a schedule that is kept here now.
    ...overrides.filter(
      (each) => each.schedule === name && each.source === "pager" && schedule.pagerduty !== undefined,
    ),
    ...schedule.overrides.map((each): Override => ({ ...each, schedule: name, source: "policy" })),
    ...overrides.filter((each) => each.schedule === name && each.source !== "pager"),
  ];
  for (const each of above) {
    const [begin, end] = [Math.max(each.from, from), Math.min(each.until, to)];
    if (begin < end)
      covered = overridden(covered, {
        from: begin,
        to: end,
        person: each.person,
        by: each.source === "pager" ? pagerTitle : "override",
      });
  }
  const found: Shift[] = [];
  for (const { next, ...piece } of covered) {
    const before = found.at(-1);
    const backup = schedule.backup === "none" ? null : next;
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
 * Someone stands in. Whoever would have been the backup still is; when the backup stands in, the person they stand in for
 * is the backup.
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
