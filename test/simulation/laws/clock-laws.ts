import { MINUTE_MS } from "#domain/values/duration.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant } from "#domain/values/language.ts";
import { followMerges } from "#domain/alerting/alerting-memory.ts";
import { WATCHDOG_WITHIN_MS } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law } from "./law.ts";

/** How soon a step of the clock is seen, ms, with what is on its way meanwhile. */
const SEEN_WITHIN_MS = 5_000;
/** How late a look of each minute may be, ms. */
const TOLERANCE_MS = 2 * MINUTE_MS;

/** Whatever the clock of a machine shows, facts are dated by the one that all processes share. */
export function factsAreDatedRight(world: SimWorld): Law {
  return {
    name: "facts are dated by the clock that all share",
    after: ({ applied }) => {
      if (world.clock.nextDue() !== null) return null;
      const wrong = applied.events.find(
        ({ event }) => Math.abs(event.recordedAt - world.clock.database()) > SEEN_WITHIN_MS,
      );
      return wrong === undefined
        ? null
        : `INC-${wrong.incident}: ${wrong.event.type} is dated ${(wrong.event.recordedAt - world.clock.database()) / 1000} s off`;
    },
  };
}

/** What a silence or a maintenance window held back, and fires on, is received again when that ends. */
export function heldBackReturns(world: SimWorld): Law {
  const isSilenced = (labels: AlertLabels, at: Instant): boolean =>
    world.roster.isInMaintenance(labels, at) ||
    world.store.arrangements.silences.some(
      ({ matchers, from, until }) =>
        from <= at && at < until && matchers.includes(`alertname="${labels["alertname"]!}"`),
    );
  return {
    name: "what was held back is received when the silence ends",
    after: () => {
      if (world.watch.isBusy() || world.now() === world.livesSince()) return null;
      const now = world.clock.now();
      // They are looked at twice a minute, also where a step of the clock has ended a window.
      if (world.now() - (world.watch.steppedAt ?? 0) <= MINUTE_MS) return null;
      const isHeld = (labels: AlertLabels): boolean => isSilenced(labels, now) || isSilenced(labels, now - MINUTE_MS);
      const held = [...world.store.alerts.values()].find(
        ({ labels, status, suppressedUntil }) => status === "firing" && suppressedUntil !== null && !isHeld(labels),
      );
      if (held !== undefined)
        return `${held.labels["alertname"]} fires, nothing silences it, and it is still held back`;
      return null;
    },
  };
}

/**
 * A watchdog that stopped is reported by an alert of Muster's own, which is in an incident; one that could not be received is
 * not. Time in which Muster did not run, or a clock that was set, is no silence of theirs.
 */
export function watchdogIsWatched(world: SimWorld): Law {
  let reported = false;
  return {
    name: "a watchdog that stopped is reported, and no other",
    after: () => {
      const { watchdog, watch } = world;
      const silentSince = Math.max(watchdog.receivedAt ?? world.now(), world.receivesSince);
      const silent = world.now() - silentSince;
      const isReported = watchdog.isReported();
      const isNew = isReported && !reported;
      reported = isReported;
      if (isNew && !watchdog.ended && silent < WATCHDOG_WITHIN_MS - TOLERANCE_MS)
        return `the watchdog is called silent, and Muster could have missed it for ${silent / MINUTE_MS} minutes at most`;
      if (watchdog.receivedAt === null || world.now() - world.livesSince() < TOLERANCE_MS) return null;
      // After a step of the clock it may be silent once more for as long: how much of it was received is unknown.
      const due = watchdog.ended
        ? watchdog.receivedAt
        : Math.max(silentSince, watch.steppedAt ?? 0, world.clockLostAt ?? 0) + WATCHDOG_WITHIN_MS;
      if (world.now() - due <= TOLERANCE_MS) return null;
      return isReported
        ? homeless(world)
        : `the watchdog is silent for ${silent / MINUTE_MS} minutes, and no alert reports it`;
    },
  };
}

function homeless({ store }: SimWorld): string | null {
  const alert = [...store.alerts.values()].find(({ labels }) => labels["alertname"] === "MusterWatchdogSilent")!;
  const home = followMerges(alert.incident === null ? null : store.findIncident(alert.incident), (number) =>
    store.findIncident(number),
  );
  return home === null ? "the alert about the watchdog is in no incident" : null;
}
