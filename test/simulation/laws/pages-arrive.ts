import { isHigherPriority, type Instant } from "#domain/values/language.ts";
import type { SimEvent } from "../world/memory-store.ts";
import type { Law } from "./law.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** How soon a page that opened nothing is found out, in ms; it is looked for again when the pager could not be asked. */
const REACHED_WITHIN_MS = 61_000;

/** Law 11: the pager has an open alarm for what is called sent, half a minute later at the latest. */
export function sentMeansReached(world: SimWorld): Law {
  /** When each page was called sent, as time passes. */
  const called = new Map<string, Instant>();
  return {
    name: "law 11: sent means that someone was reached",
    after: () => {
      for (const { number, pages } of world.openIncidents())
        for (const { key, to, status, sentAt } of pages) {
          if (status !== "sent" || sentAt === null || world.pager.alarms.has(key)) continue;
          const at = called.get(key) ?? world.now();
          called.set(key, at);
          if (world.pager.mood !== "down" && world.now() - Math.max(at, world.livesSince()) > REACHED_WITHIN_MS)
            return `INC-${number}: the page of ${to} is called sent, and opened nothing ${(world.now() - at) / 1000} s ago`;
        }
      return null;
    },
  };
}

/** No person is paged twice for one incident within seconds, unless the first did not reach them or a person asks. */
export function noSecondPageForTheSameNews(world: SimWorld): Law {
  /** `at`: as time passes; `stamp`: as it is dated. */
  const last = new Map<string, { at: Instant; stamp: Instant; priority: string; key: string }>();
  return {
    name: "no second page for the same news",
    after: ({ applied, actor }) => {
      const again = pagedByMerge(world, applied.events);
      if (again !== null) return again;
      for (const { incident, event } of applied.events) {
        if (event.type !== "page.requested") continue;
        for (const person of event.data.people) {
          const id = `${incident} ${person} ${event.data.team ?? ""}`;
          const before = last.get(id);
          const state = world.store.findIncident(incident)!;
          const earlier = state.pages.find(({ key }) => key === before?.key);
          // A person who is called by name is called once more when their own step comes.
          if (event.actor.kind === "person") continue;
          last.set(id, { at: world.now(), stamp: event.at, priority: event.data.priority, key: event.data.key });
          if (
            before !== undefined &&
            world.now() - before.at < 30_000 &&
            // A clock that was set forward makes all come at once that was due by then.
            (world.watch.steppedAt ?? 0) < before.at &&
            before.priority === event.data.priority &&
            earlier?.status === "sent" &&
            // Everyone else was tried in between, and reached no one.
            !state.pages.some(({ status, requestedAt }) => status === "failed" && requestedAt >= before.stamp) &&
            actor.kind === "muster"
          )
            return `INC-${incident}: ${person} is paged twice in ${(world.now() - before.at) / 1000} s`;
        }
      }
      return null;
    },
  };
}

/** A merge, and its undoing, pages no one for what a page of theirs is out or answered for, as urgently. */
function pagedByMerge(world: SimWorld, events: readonly SimEvent[]): string | null {
  const carried = events.flatMap(({ incident, event }) =>
    event.type === "pages.carried" ? [{ incident, pages: event.data.pages }] : [],
  );
  for (const { incident, pages } of carried)
    for (const { incident: number, event } of events) {
      if (number !== incident || event.type !== "page.requested") continue;
      const { people, priority, team = null, key } = event.data;
      const earlier = pages.find(
        (page) =>
          page.key !== key &&
          ["requested", "sent", "acknowledged"].includes(page.status) &&
          !isHigherPriority(priority, page.priority) &&
          page.people?.some((person) => people.includes(person)) === true &&
          // Beyond its step it was not answered in time, and the next person is paged.
          (page.team ?? null) === team &&
          event.at - page.requestedAt < world.store.findIncident(number)!.plan.escalateAfter!,
      );
      if (earlier !== undefined)
        return `INC-${number}: ${event.data.to} is paged, and their page ${earlier.key} came along from another incident`;
    }
  return null;
}
