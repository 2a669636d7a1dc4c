import { isRecheckLost } from "#domain/alerting/recheck.ts";
import { isWatchdog } from "#domain/alerting/watchdog.ts";
import { findUnowned, isPaging } from "../world/sim-audit.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law } from "./law.ts";

/** The auditor of re-checks looks once a minute, ms. */
const LOOK_MS = 61_000;

/**
 * Law 9 at every step, as the auditor of the product sees it: it has nothing to repair. Each alert that fires at a priority
 * that pages is in an incident; each team that owns one there has an answer that holds, or a deadline; and what fires in an
 * incident that ended is looked at again.
 */
export function auditorIsIdle(world: SimWorld): Law {
  return {
    name: "law 9: the auditor has nothing to repair",
    after: ({ body, applied }) => {
      // What came due while no process ran is being decided; and an edit of the policy, or a step of the clock, is being seen to.
      if ([world.livesSince(), world.watch.steppedAt].includes(world.now()) || world.watch.isBusy()) return null;
      if (body.type === "incident" && body.command.type === "escalation.audit") return null;
      // Most repeats change nothing, and looking at everything is half of what a story costs.
      if (body.type === "alerts.deliver" && applied.events.length === 0) return null;
      for (const { number, lost } of findUnowned(world))
        return `INC-${number}: no one has it for ${lost.map((team) => team ?? "its own team").join(", ")}, and nothing is due`;
      // A re-check that a clock set back has put off is set again by the next look.
      const isStepped = world.now() - (world.watch.steppedAt ?? 0) <= LOOK_MS;
      for (const { state } of world.store.incidents.values())
        if (!isStepped && state.alerts.firing > 0 && isRecheckLost(state, world.clock.now(), world.policy))
          return `INC-${state.number} is ${state.status}, its alerts fire, and nothing will look at them`;
      for (const alert of world.store.alerts.values())
        if (alert.incident === null && isPaging(world, alert) && !isWatchdog(world.policy, alert.labels))
          return `${alert.labels["alertname"]} (${alert.fingerprint}) fires as ${alert.priority}, and is in no incident`;
      return null;
    },
  };
}
