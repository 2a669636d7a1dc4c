import { compileMatchers } from "#domain/values/matcher.ts";
import type { Law } from "./law.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** Only people of the team that is paged, or those whom a person or the policy's "all" calls, are paged. */
export function onlyTheRightPeople(world: SimWorld): Law {
  return {
    name: "no page to people off shift",
    after: ({ applied }) => {
      for (const { incident: number, event } of applied.events) {
        if (event.type !== "page.requested" || event.actor.kind === "person") continue;
        const incident = world.store.findIncident(number)!;
        const team = event.data.team ?? incident.route.team;
        if (team === null || incident.plan.page === "all") continue;
        const allowed = world.roster.peopleOf(team);
        const stranger = event.data.people.find((person) => !allowed.has(person));
        if (stranger !== undefined && event.data.apart !== true)
          return `INC-${number}: ${stranger} is paged, who is neither on call for ${team} nor in its escalation policy`;
      }
      return null;
    },
  };
}

/** What a person silenced, or a maintenance window of the policy holds back, opens no incident. */
export function silencedIsSilent(world: SimWorld): Law {
  return {
    name: "no page for what is silenced",
    after: ({ applied }) => {
      for (const { incident: number, event } of applied.events) {
        if (event.type !== "incident.opened" || event.actor.kind !== "source") continue;
        const silences = world.store.arrangements.silences.filter(
          ({ from, until }) => from <= world.clock.now() && world.clock.now() < until,
        );
        const firing = [...world.store.alerts.values()].filter(
          ({ incident, status }) => incident === number && status === "firing",
        );
        const unsilenced = firing.some(
          ({ labels }) =>
            !silences.some(({ matchers }) => compileMatchers(matchers)(labels)) &&
            !world.roster.isInMaintenance(labels, world.clock.now()),
        );
        if (firing.length > 0 && !unsilenced) return `INC-${number} opened although all of its alerts are silenced`;
      }
      return null;
    },
  };
}
