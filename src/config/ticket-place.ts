import { z } from "zod";
import type { Policy } from "#domain/policy/policy.ts";
import type { ConfiguredTracker, TicketPlace } from "#ports/tracker.ts";

/** The team's tracker, else the only configured one, else the only one with a place for everyone. */
export function resolveTicketPlace(
  team: string | null,
  policy: Policy,
  trackers: readonly ConfiguredTracker[],
): TicketPlace {
  const own = team === null || !Object.hasOwn(policy.teams, team) ? undefined : policy.teams[team]?.tickets;
  const name = team ?? "<team>";
  const placeIn = ({ tracker, access }: ConfiguredTracker): unknown =>
    own?.place[tracker.placeKey] ?? access?.defaultPlace ?? null;
  const chosen =
    own?.target === undefined
      ? (onlyOne(trackers, ({ access }) => access !== null) ?? onlyOne(trackers, (each) => placeIn(each) !== null))
      : trackers.find(({ tracker }) => tracker.target === own.target);
  if (chosen === undefined) return missing(`${several(trackers)}: set teams.${name}.tickets.target in muster.yaml`);
  const { tracker, access } = chosen;
  const { target, settings, placeKey, placeSetting, keys } = tracker;
  if (access === null)
    return missing(
      `${inWords(settings)} ${settings.length === 1 ? "is" : "are"} not set, and teams.${name}.tickets.target is ${target}`,
    );
  const place = placeIn(chosen);
  if (place === null) return missing(`set ${placeSetting}, or teams.${name}.tickets.${placeKey} in muster.yaml`);
  const defaults = z.object(keys).parse({});
  const entries = Object.entries({ ...defaults, ...own?.place, [placeKey]: place });
  const values = entries.filter(([key, value]) => Object.hasOwn(keys, key) && value !== undefined);
  return {
    target,
    values: Object.fromEntries(
      values.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    labels: own?.labels ?? [],
    assignee: own?.assignee ?? null,
  };
}

/** "A, B and C". */
export function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function several(trackers: readonly ConfiguredTracker[]): string {
  const ready = trackers.filter(({ access }) => access !== null).map(({ tracker }) => tracker.title);
  return ready.length === 0
    ? "no tracker is set up"
    : `${inWords(ready)} are ${ready.length === 2 ? "both" : "all"} set up`;
}

function onlyOne(
  trackers: readonly ConfiguredTracker[],
  isWanted: (each: ConfiguredTracker) => boolean,
): ConfiguredTracker | undefined {
  const found = trackers.filter(isWanted);
  return found.length === 1 ? found[0] : undefined;
}

function missing(what: string): TicketPlace {
  return { target: null, missing: what };
}
