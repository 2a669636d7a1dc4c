import { listEscalations } from "#domain/incident/team-escalation.ts";
import { owesUpdate } from "#domain/events/update-sla.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Instant, type Timer } from "#domain/values/language.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law } from "./law.ts";

/** How late a deadline may be, ms. */
const TOLERANCE_MS = MINUTE_MS;

/** What an incident announces will happen, and when. */
type Promise = { readonly timer: Timer; readonly at: Instant };

/** Every deadline that an incident states has a timer that comes by then, and none is left behind. */
export function deadlinesAreKept(world: SimWorld): Law {
  return {
    name: "every deadline is kept",
    after: ({ applied }) => {
      for (const { incident, timer, at } of world.store.timers.values())
        if (!Number.isFinite(at)) return `INC-${incident}: ${timer} is due at ${at}`;
      for (const number of new Set(applied.events.map(({ incident }) => incident)))
        for (const { timer, at } of promisesOf(world.store.findIncident(number)!)) {
          const set = world.store.timers.get(`${number} ${timer}`)?.at ?? null;
          // It may come early, and find that it is not yet time.
          if (set === null || set > at)
            return `INC-${number}: ${timer} is promised, and its timer is ${set === null ? "not set" : "later"}`;
        }
      if (world.watch.isBusy()) return null;
      const since = Math.max(world.livesSince(), world.watch.steppedAt ?? 0);
      for (const incident of world.openIncidents()) {
        const late = promisesOf(incident).find(
          // An update may be late from the start: a rise shortens its wait. Its timer comes next.
          ({ timer, at }) =>
            world.now() - Math.max(world.clock.outside(at), since) > TOLERANCE_MS &&
            (timer !== "update" || !world.store.timers.has(`${incident.number} ${timer}`)),
        );
        if (late !== undefined)
          return `INC-${incident.number}: ${late.timer} was due ${(world.clock.now() - late.at) / 1000} s ago`;
      }
      return null;
    },
  };
}

function promisesOf(incident: Incident): readonly Promise[] {
  const { status, alerts, ackUntil, quietUntil, recheck, updates } = incident;
  if (!isOpen(status)) return recheck === null || status === "merged" ? [] : [{ timer: "recheck", at: recheck.at }];
  const steps = listEscalations(incident).flatMap(([, { next }]) => (next === null ? [] : [next.at]));
  const answered = status === "acknowledged" || (status === "mitigated" && alerts.firing > 0);
  return [
    ...steps.map((at): Promise => ({ timer: "escalate", at })),
    ...(answered && ackUntil !== null ? [{ timer: "ack" as const, at: ackUntil }] : []),
    ...(quietUntil === null ? [] : [{ timer: "quiet" as const, at: quietUntil }]),
    // Before anyone has answered no one owes an update.
    ...(updates.remindAt === null || owesUpdate(incident) === null
      ? []
      : [{ timer: "update" as const, at: updates.remindAt }]),
  ];
}
