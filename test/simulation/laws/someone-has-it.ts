import { HOUR_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { SIM_PEOPLE, type SimAlert } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";
import { homeOf } from "./alert-home.ts";
import type { Law } from "./law.ts";

/** ms without any person until every team that owns a firing alert must have been paged: longer than any wait of the policy. */
const LONG_MS = 6 * HOUR_MS;

/**
 * Law 9, from outside: the story has ended and people do nothing. For every alert that fires at a paging priority and
 * is not silenced, someone of its team is paged, however the story went.
 */
export function someoneHasIt(world: SimWorld): Law {
  return {
    name: "law 9: someone always has it",
    after: () => null,
    atEnd: () => {
      world.pager.changes("up");
      world.news.releases(0);
      world.services.changesChat("up");
      const from = world.store.history.length;
      world.say("---- no person does anything from here on");
      world.advance(LONG_MS);
      const paged = world.store.history
        .slice(from)
        .flatMap(({ incident, event }) => (event.type === "page.requested" ? [{ incident, data: event.data }] : []));
      for (const alert of world.source.delivered()) {
        const home = homeOf(world, alert);
        if (home === null) return `${nameOf(alert)} fires and belongs to no incident`;
        if (world.policy.priorities[alert.priority].page === "none" || isExcused(home)) continue;
        const isPaged = ({ incident, data }: (typeof paged)[number]): boolean =>
          incident === home.number && (data.people.length === 0 || data.people.some((id) => people.has(id)));
        const team = world.roster.teamOf(alert);
        const people = Object.hasOwn(world.policy.teams, team) ? world.roster.peopleOf(team) : EVERYONE;
        if (!paged.some(isPaged))
          return `${nameOf(alert)} fires, belongs to INC-${home.number} (${home.status}), and in ${LONG_MS / HOUR_MS} h no one of team ${team} was paged`;
      }
      return null;
    },
  };
}

/**
 * A false alarm, ended by a person who silenced exactly its alerts: that holds until they resolve. Or a person gave the incident
 * a priority that pages no one.
 */
function isExcused({ status, falseAlarm, plan, pinned }: Incident): boolean {
  return (status === "canceled" && falseAlarm !== null) || (plan.page === "none" && pinned !== null);
}

// The alerts of a team that is gone are with those who are there.
const EVERYONE: ReadonlySet<string> = new Set(SIM_PEOPLE.map(({ name }) => name.toLowerCase()));

function nameOf({ priority, labels, team }: SimAlert): string {
  return `${priority} ${labels["alertname"]} of ${labels["service"] ?? labels["job"]} (team ${team})`;
}
