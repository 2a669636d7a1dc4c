import { DAY_MS } from "#domain/values/duration.ts";
import { dayNumber, instantOn, weekdayOf } from "#domain/values/wall-clock.ts";
import type { Instant } from "#domain/values/language.ts";
import type { WeeklyHours, RotationLayer } from "#domain/policy/schedule.ts";

/** One turn of a layer: who has it, and who has the next. [from, to) */
export type RotationTurn = {
  readonly from: Instant;
  readonly to: Instant;
  readonly person: string;
  readonly next: string | null;
};

/**
 * The turns of a layer that touch [from, to), in order and without a hole, cut to that time and to the hours the layer is
 * in force. Each hand-off is an instant of the wall clock: at a local time that spring leaves out it is the first instant
 * after the gap, at one that autumn shows twice the first of the two.
 */
export function rotationTurns(layer: RotationLayer, zone: string, from: Instant, to: Instant): readonly RotationTurn[] {
  const begin = dayNumber(layer.from);
  const { days, perDay } = layer.shift;
  const step = days / perDay;
  const handoff = (index: number): Instant => {
    const day = begin + Math.floor(index / perDay) * days;
    const minutes = minutesOf(layer.handoff) + (index % perDay) * ((24 * 60) / perDay);
    return instantOn(day + Math.floor(minutes / 1440), minutes % 1440, zone);
  };
  const last = layer.until === undefined ? Infinity : instantOn(dayNumber(layer.until), minutesOf(layer.handoff), zone);
  const end = Math.min(to, last);
  // A day of the calendar may be an hour, or in one zone a whole day, away from 24 hours a day: begin early enough.
  let index = Math.max(0, Math.floor((from / DAY_MS - begin) / step) - 2 * perDay - 2);
  const found: RotationTurn[] = [];
  for (let at = handoff(index); at < end; index++) {
    const next = handoff(index + 1);
    const { people } = layer;
    const person = people[index % people.length]!;
    const following = people[(index + 1) % people.length]!;
    if (next > from && next > at && end > from)
      found.push({
        from: Math.max(at, from),
        to: Math.min(next, end),
        person,
        next: following === person ? null : following,
      });
    at = next;
  }
  return layer.only.length === 0 ? found : cut(found, weeklyWindows(layer.only, zone, from, to));
}

/** The stretches of a week's hours that touch [from, to), whole, in order and apart. */
export function weeklyWindows(
  hours: readonly WeeklyHours[],
  zone: string,
  from: Instant,
  to: Instant,
): readonly (readonly [Instant, Instant])[] {
  const found: [Instant, Instant][] = [];
  const lastDay = Math.floor(to / DAY_MS) + 2;
  for (let day = Math.floor(from / DAY_MS) - 2; day <= lastDay; day++)
    for (const only of hours) {
      if (!only.days.includes(weekdayOf(day))) continue;
      const [start, stop] = [minutesOf(only.from), minutesOf(only.to)];
      const begin = instantOn(day, start, zone);
      const end = instantOn(stop > start ? day : day + 1, stop, zone);
      if (end > from && begin < to && end > begin) found.push([begin, end]);
    }
  const merged: [Instant, Instant][] = [];
  for (const [begin, end] of found.toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && begin <= before[1]) before[1] = Math.max(before[1], end);
    else merged.push([begin, end]);
  }
  return merged;
}

function cut(all: readonly RotationTurn[], within: readonly (readonly [Instant, Instant])[]): readonly RotationTurn[] {
  return all.flatMap((turn) =>
    within.flatMap(([begin, end]) => {
      const [from, to] = [Math.max(turn.from, begin), Math.min(turn.to, end)];
      return from < to ? [{ ...turn, from, to }] : [];
    }),
  );
}

function minutesOf(clock: string): number {
  const [hour, minute] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}
