import { findPageHome } from "#domain/incident/merged-parts.ts";
import { parseAlarmKey } from "#domain/paging/page-key.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import type { SimAlarm } from "../world/sim-pager.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law } from "./law.ts";

/** From when on a time of the pager is not believed, as the reader of its events has it, ms. */
const BEHIND_MS = 5 * MINUTE_MS;

/**
 * An alarm keeps the key and the place that it was opened with: whatever the routing keys and the teams are by the end, none
 * rings on for a page that was answered, and none is left of a page or an incident that has ended.
 */
export function alarmsAreEnded(world: SimWorld): Law {
  return {
    name: "an alarm is ended where it was opened",
    after: () => null,
    atEnd: () => {
      for (const alarm of world.pager.unresolved()) {
        const wrong = wrongAlarm(world, alarm);
        if (wrong !== null) return `the alarm of ${alarm.page}, opened with the key "${alarm.place}", ${wrong}`;
      }
      return null;
    },
  };
}

function wrongAlarm(world: SimWorld, { page: key, incident, status }: SimAlarm): string | null {
  const home = findPageHome(world.store.findIncident(incident)!, key, (number) => world.store.findIncident(number));
  if (home === null) return "is of no page";
  const { incident: at, page } = home;
  if (!isOpen(at.status)) return `is ${status}, and INC-${at.number} is ${at.status}`;
  if (page.status === "resolved" || page.status === "canceled") return `is ${status}, and its page is ${page.status}`;
  // What the pager dates far ahead of Muster's clock has no order, and late news may count as the newest.
  const isBehind = world.now() - world.clock.now() > BEHIND_MS;
  return status === "open" && page.status === "acknowledged" && !isBehind
    ? "rings, and its page is acknowledged"
    : null;
}

/** News of an alarm that newer news of it has overtaken is recorded, and changes nothing. */
export function lateNewsChangesNothing(world: SimWorld): Law {
  const newest = new Map<string, Instant>();
  return {
    name: "late news of an alarm changes nothing",
    after: ({ body, applied }) => {
      if (body.type !== "incident" || body.command.type !== "pager.heard" || body.command.what === "told") return null;
      const { alarm, what, occurred = world.now() } = body.command;
      const known = newest.get(alarm) ?? occurred;
      newest.set(alarm, Math.max(known, occurred));
      const changed = occurred < known ? applied.events.find(({ event }) => event.type !== "pager.told") : undefined;
      return changed === undefined
        ? null
        : `the alarm of ${parseAlarmKey(alarm)} was ${what} ${(known - occurred) / 1000} s before what is known of it, and ${changed.event.type} was written`;
    },
  };
}
