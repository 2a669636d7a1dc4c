import { splitRecipients } from "#domain/incident/page-recipients.ts";
import { boundList, type BoundedList, type ListBounds } from "./bounded-list.ts";
import type { Instant } from "#domain/values/language.ts";
import { hoursIn } from "#domain/values/wall-clock.ts";

/** Pages that got through to someone, and how many of them in the night. */
export type PagedPerson = { readonly name: string; readonly pages: number; readonly night: number };

/** Who was paged, the most paged first, and how the pages lie over the 24 hours of the day. */
export type PageLoad = {
  readonly total: number;
  readonly night: number;
  readonly byPerson: BoundedList<PagedPerson>;
  readonly byHour: readonly number[];
};

/** Pages that got through, for the same people in the same hour: one of their instants. */
export type PageGroup = { readonly to: string; readonly requestedAt: Instant; readonly count: number };

/** The hours in which a page wakes someone: from 22:00 to 08:00 on their wall. */
const NIGHT = { from: 22, to: 8 };

/**
 * Pages by person and by hour. A page to several counts once for each of them, and once in the hours and totals, in the
 * time of the first. The clock is that of each person's own zone, else of `zone`.
 */
export function pageLoad(
  groups: readonly PageGroup[],
  zone: string,
  known: ReadonlyMap<string, string | null>,
  bounds: ListBounds,
): PageLoad {
  const zoneOf = (name: string): string => known.get(name) ?? zone;
  const people = new Map<string, { pages: number; night: number }>();
  const clocks = new Map<string, (at: Instant) => number>();
  const hourFor = (name: string, at: Instant): number => {
    const zone = zoneOf(name);
    const clock = clocks.get(zone) ?? hoursIn(zone);
    clocks.set(zone, clock);
    return clock(at);
  };
  const byHour = Array.from({ length: 24 }, () => 0);
  let [total, night] = [0, 0];
  for (const { to, requestedAt, count } of groups) {
    const names = splitRecipients(to, (name) => known.has(name));
    const hour = hourFor(names[0]!, requestedAt);
    byHour[hour] = byHour[hour]! + count;
    total += count;
    if (isNight(hour)) night += count;
    for (const name of names) {
      const person = people.get(name) ?? { pages: 0, night: 0 };
      person.pages += count;
      if (isNight(hourFor(name, requestedAt))) person.night += count;
      people.set(name, person);
    }
  }
  const byPerson = Array.from(people, ([name, each]) => ({ name, ...each })).toSorted(
    (a, b) => b.pages - a.pages || compare(a.name, b.name),
  );
  return { total, night, byPerson: boundList(byPerson, bounds), byHour };
}

function isNight(hour: number): boolean {
  return hour >= NIGHT.from || hour < NIGHT.to;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
