import { isOpen, type Instant } from "#domain/values/language.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { homeOf } from "./alert-home.ts";
import type { Law } from "./law.ts";
import { onlyTheRightPeople, silencedIsSilent } from "./pages-are-right.ts";
import { stepsAreKept } from "./steps-kept.ts";
import type { SimWorld } from "./sim-world.ts";
import type { SimAlert } from "./sim-policy.ts";

/** ms without any person until every team that owns a firing alert must have been paged: longer than any wait of the policy. */
const LONG_MS = 6 * HOUR_MS;

/**
 * Law 9, from outside: the story is over and people do nothing. For every alert that fires at a paging priority and is
 * not silenced, someone of its team is paged, however the story went.
 */
function someoneHasIt(world: SimWorld): Law {
  return {
    name: "law 9: someone always has it",
    after: () => null,
    atEnd: () => {
      world.pager.changes("up");
      world.changesChat(false);
      const from = world.store.history.length;
      world.say("---- no person does anything from here on");
      world.advance(LONG_MS);
      const paged = world.store.history
        .slice(from)
        .flatMap(({ incident, event }) => (event.type === "page.requested" ? [{ incident, data: event.data }] : []));
      for (const alert of world.source.firing()) {
        const home = homeOf(world, alert);
        if (home === null) return `${nameOf(alert)} fires and belongs to no incident`;
        if (world.policy.priorities[alert.priority].page === "none" || isExcused(home)) continue;
        const people = peopleOf(world, alert);
        if (!paged.some(({ incident, data }) => incident === home.number && data.people.some((id) => people.has(id))))
          return `${nameOf(alert)} fires, belongs to INC-${home.number} (${home.status}), and in ${LONG_MS / HOUR_MS} h no one of team ${alert.team} was paged`;
      }
      return null;
    },
  };
}

/** How soon a page that opened nothing is found out, in ms; it is looked for again when the pager could not be asked. */
const REACHED_WITHIN_MS = 61_000;

/** A false alarm, ended by a person who silenced exactly its alerts. */
function isExcused({ status }: Incident): boolean {
  return status === "canceled";
}

/** The people on call of a team and those of its escalation policy, by their names in the policy. */
function peopleOf(world: SimWorld, { team }: SimAlert): ReadonlySet<string> {
  const { oncall, escalation } = world.policy.teams[team]!;
  return new Set([...oncall, ...escalation.flatMap(({ page }) => page)]);
}

function nameOf({ priority, labels, team }: SimAlert): string {
  return `${priority} ${labels["alertname"]} of ${labels["service"] ?? labels["job"]} (team ${team})`;
}

/** Two rooms for one trouble are one too many. */
function oneIncidentForOneKey(world: SimWorld): Law {
  return {
    name: "one incident and one channel for each trouble",
    after: ({ applied }) => {
      for (const { incident, event } of applied.events) {
        if (event.type !== "incident.opened" || event.actor.kind !== "source") continue;
        const { key } = event.data;
        const other = [...world.store.incidents.values()].find(
          ({ state }) => isOpen(state.status) && state.key === key && state.number !== incident,
        );
        if (other !== undefined)
          return `INC-${incident} opened beside INC-${other.state.number}, which is open with the same key`;
      }
      const channels = applied.effects.filter(({ effect }) => effect.type === "chat.channel");
      const twice = channels.find(
        ({ incident }) => incident !== null && world.store.findIncident(incident)?.channel != null,
      );
      return twice === undefined ? null : `INC-${twice.incident} asks for a second channel`;
    },
  };
}

/** The state is the fold of the events, and each event has a sentence. */
function timelineIsWhole(world: SimWorld): Law {
  return {
    name: "the timeline is complete",
    after: ({ applied }) => {
      for (const { incident, event } of applied.events)
        if (describeEvent(event).trim() === "") return `INC-${incident}: ${event.type} has no sentence`;
      return null;
    },
    atEnd: () => {
      const folded = new Map<number, Incident>();
      for (const { incident, event } of world.store.history)
        folded.set(incident, evolveIncident(folded.get(incident) ?? null, event));
      for (const [number, state] of folded)
        if (JSON.stringify(state) !== JSON.stringify(world.store.findIncident(number)))
          return `INC-${number}: its events give another state than the one that is stored`;
      return null;
    },
  };
}

/** Each deadline that an event sets lies at its time or after it, and can come. */
function deadlinesCanCome(world: SimWorld): Law {
  return {
    name: "every deadline can come",
    after: () => {
      for (const { incident, timer, at } of world.store.timers.values())
        if (!Number.isFinite(at)) return `INC-${incident}: ${timer} is due at ${at}`;
      return null;
    },
  };
}

/** Law 11: the pager has an open alarm for what is called sent, half a minute later at the latest. */
function sentMeansReached(world: SimWorld): Law {
  return {
    name: "law 11: sent means that someone was reached",
    after: () => {
      if (world.pager.mood === "down") return null;
      for (const { number, pages } of world.openIncidents())
        for (const { key, to, status, sentAt } of pages)
          if (
            status === "sent" &&
            sentAt !== null &&
            !world.pager.alarms.has(key) &&
            world.now() - Math.max(sentAt, world.livesSince()) > REACHED_WITHIN_MS
          )
            return `INC-${number}: the page of ${to} is called sent, and opened nothing ${(world.now() - sentAt) / 1000} s ago`;
      return null;
    },
  };
}

/** No person is paged twice for one incident within seconds, unless the first did not reach them or a person asks. */
function noSecondPageForTheSameNews(world: SimWorld): Law {
  const last = new Map<string, { readonly at: Instant; readonly priority: string; readonly key: string }>();
  return {
    name: "no second page for the same news",
    after: ({ applied, actor }) => {
      for (const { incident, event } of applied.events) {
        if (event.type !== "page.requested") continue;
        for (const person of event.data.people) {
          const id = `${incident} ${person} ${event.data.team ?? ""}`;
          const before = last.get(id);
          const state = world.store.findIncident(incident)!;
          const earlier = state.pages.find(({ key }) => key === before?.key);
          // Whoever is called by name is called once more when their own step comes.
          if (event.actor.kind === "person") continue;
          last.set(id, { at: event.at, priority: event.data.priority, key: event.data.key });
          if (
            before !== undefined &&
            event.at - before.at < 30_000 &&
            before.priority === event.data.priority &&
            earlier?.status === "sent" &&
            // Everyone else was tried in between, and reached no one.
            !state.pages.some(({ status, requestedAt }) => status === "failed" && requestedAt >= before.at) &&
            actor.kind === "muster"
          )
            return `INC-${incident}: ${person} is paged twice in ${(event.at - before.at) / 1000} s`;
        }
      }
      return null;
    },
  };
}

/** All laws, each with the world that it watches. */
export function lawsOf(world: SimWorld): readonly Law[] {
  return [
    someoneHasIt(world),
    stepsAreKept(world),
    sentMeansReached(world),
    onlyTheRightPeople(world),
    silencedIsSilent(world),
    oneIncidentForOneKey(world),
    timelineIsWhole(world),
    deadlinesCanCome(world),
    noSecondPageForTheSameNews(world),
  ];
}
