import type { RotationLayer, Schedule } from "#domain/policy/schedule.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { dayNumber, instantOn } from "#domain/values/wall-clock.ts";
import { computeTurns } from "./shifts.ts";

/** The longest time in days in which every turn of a layer is looked for; after it the same turns come in the same hours. */
const LONGEST_CYCLE = 371;

/** Layers of a schedule that are never in force from `now` on, and people of a layer that never have a turn: a sentence each. */
export function rotationWarnings(name: string, { layers, timezone }: Schedule, now: Instant): readonly string[] {
  const turns = turnsOfLayers(layers, timezone, now);
  return layers.flatMap((layer, i) => {
    const place = `schedules.${name}.layers.${i}${layer.name === undefined ? "" : ` (${layer.name})`}`;
    const { from, until, people } = layer;
    if (until !== undefined && until <= from)
      return [`${place}: it is never in force: until ${until} is not after from ${from}; change one of them`];
    // A layer that has ended is history.
    if (until !== undefined && beginOf(until, layer, timezone) <= now) return [];
    const having = turns.get(i);
    if (having === undefined)
      return [`${place}: it is never in force: later layers cover all of its hours; list it after them, or remove it`];
    const missing = [...new Set(people)].filter((person) => !having.has(person));
    return missing.length === 0
      ? []
      : [
          `${place}: ${missing.join(", ")} never ${missing.length === 1 ? "has" : "have"} a turn: the hours in which it is in force always fall to the others; change shift, only or people`,
        ];
  });
}

/** Who has a turn in which layer, by its place in the list. */
function turnsOfLayers(
  layers: readonly RotationLayer[],
  timezone: string,
  now: Instant,
): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  const numbered = layers.map((layer, i) => ({ ...layer, name: String(i) }));
  const length = Math.max(1, ...layers.map(cycleDays)) * DAY_MS;
  for (const from of beginnings(layers, timezone, now))
    for (const { by, person } of computeTurns(
      { layers: numbered, timezone, backup: "none", overrides: [] },
      from,
      from + length,
    ))
      found.set(Number(by), (found.get(Number(by)) ?? new Set()).add(person));
  return found;
}

/** Now, and when layers begin and end later: between these the hours in which each is in force are those of every week. */
function beginnings(layers: readonly RotationLayer[], timezone: string, now: Instant): readonly Instant[] {
  const changes = layers.flatMap((layer) =>
    [layer.from, ...(layer.until === undefined ? [] : [layer.until])].map((day) => beginOf(day, layer, timezone)),
  );
  return [...new Set([now, ...changes.filter((at) => at > now)])];
}

function beginOf(day: string, { handoff }: RotationLayer, timezone: string): Instant {
  const [hour, minute] = handoff.split(":").map(Number) as [number, number];
  return instantOn(dayNumber(day), hour * 60 + minute, timezone);
}

/** Days after which a layer's people have the same hours of the week again, a week more for its ends. */
function cycleDays({ people, shift: { days, perDay } }: RotationLayer): number {
  const turns = perDay === 1 ? people.length * days : people.length;
  return Math.min(LONGEST_CYCLE, (turns % 7 === 0 ? turns : turns * 7) + 7);
}
