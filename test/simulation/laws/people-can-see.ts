import { incidentId, isOpen } from "#domain/values/language.ts";
import { openIncidentsPage } from "#views/dashboard/incident-list-page.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";
import type { SimWorld } from "../world/sim-world.ts";
import { homeOf } from "./alert-home.ts";
import type { Law } from "./law.ts";

/** After these something waits for a person. */
const WAITS_FOR_PEOPLE: ReadonlySet<string> = new Set([
  "incident.unacknowledged",
  "attention.requested",
  "command.missing",
  "escalation.exhausted",
  "page.failed",
  "update.overdue",
]);

/** Law 12: what waits for a person is posted where people are, in the incident's channel or in another. */
export function peopleAreAddressed(world: SimWorld): Law {
  return {
    name: "law 12: what waits for a person has a place",
    after: ({ applied }) => {
      for (const { incident: number, event } of applied.events) {
        if (!WAITS_FOR_PEOPLE.has(event.type)) continue;
        const incident = world.store.findIncident(number)!;
        const requested = applied.effects.filter((each) => each.incident === number).map(({ effect }) => effect.type);
        const wanted = incident.channel !== null && !incident.archived ? "chat.feed" : "chat.call";
        if (!requested.includes(wanted)) return `INC-${number}: ${event.type} is posted nowhere (${wanted} is missing)`;
      }
      return null;
    },
  };
}

/** Law 13: what fires is counted in its incident, and the front page shows that incident. */
export function whatFiresIsVisible(world: SimWorld): Law {
  return {
    name: "law 13: what fires is visible",
    after: ({ applied }) => {
      for (const number of new Set(applied.events.map(({ incident }) => incident))) {
        const { alerts, status } = world.store.findIncident(number)!;
        const firing = [...world.store.alerts.values()].filter(
          (alert) => alert.incident === number && alert.status === "firing",
        ).length;
        if (status !== "merged" && alerts.firing !== firing)
          return `INC-${number} counts ${alerts.firing} alerts that fire, and has ${firing}`;
      }
      return null;
    },
    atEnd: () => {
      const all = [...world.store.incidents.values()].map(({ state }) => state);
      const page = openIncidentsPage(
        PAGE_FRAME,
        all.filter(({ status }) => isOpen(status)),
        [],
        {
          now: world.clock.now(),
          mark: "1",
          firing: all.filter(({ status, alerts }) => !isOpen(status) && alerts.firing > 0),
        },
      );
      const hidden = world.source.delivered().find((alert) => {
        const home = homeOf(world, alert);
        return home !== null && !page.includes(incidentId(home.number));
      });
      return hidden === undefined ? null : `an alert of ${hidden.team} fires, and the front page does not show it`;
    },
  };
}
