import type { Instant } from "#domain/values/language.ts";
import type { Law } from "./law.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** How soon a page that opened nothing is found out, in ms; it is looked for again when the pager could not be asked. */
const REACHED_WITHIN_MS = 61_000;

/** Law 11: the pager has an open alarm for what is called sent, half a minute later at the latest. */
export function sentMeansReached(world: SimWorld): Law {
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
export function noSecondPageForTheSameNews(world: SimWorld): Law {
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
