import type { MemoryStore } from "./memory-store.ts";
import type { PlantedFault } from "./sim-world.ts";

/** Does something when an event of a type was written. */
function upon(type: string, does: (store: MemoryStore, incident: number) => void): PlantedFault {
  return (store, { events }) => {
    for (const { incident, event } of events) if (event.type === type) does(store, incident);
  };
}

/** Faults of a machine, as they were or could be, with the law that must find each. */
export const PLANTED_FAULTS: readonly { readonly fault: string; readonly law: RegExp; readonly plant: PlantedFault }[] =
  [
    {
      fault: "an acknowledgement holds for ever",
      law: /^laws? 9/,
      plant: upon("incident.acknowledged", (store, incident) => void store.timers.delete(`${incident} ack`)),
    },
    {
      fault: "an acknowledgement ends the escalations of all teams",
      law: /^laws 9 and 10/,
      plant: upon("incident.acknowledged", (store, incident) => void store.timers.delete(`${incident} escalate`)),
    },
    {
      fault: "a merge forgets who still has to be called",
      law: /^laws? 9/,
      plant: upon("alerts.absorbed", (store, incident) => void store.timers.delete(`${incident} escalate`)),
    },
    {
      fault: "a page that failed is taken for one that was sent",
      law: /^law 11/,
      plant: upon("page.failed", (store, incident) => {
        const stored = store.incidents.get(incident)!;
        const pages = stored.state.pages.map((page) =>
          page.status === "failed" ? { ...page, status: "sent" as const, sentAt: page.requestedAt } : page,
        );
        store.incidents.set(incident, { ...stored, state: { ...stored.state, pages } });
      }),
    },
    {
      fault: "an escalation that was used up stays so",
      law: /^laws? 9/,
      plant: upon("escalation.exhausted", (store, incident) => void store.timers.delete(`${incident} escalate`)),
    },
    {
      fault: "the end that a person decided is believed for ever",
      law: /^laws? 9/,
      plant: upon("incident.resolved", (store, incident) => void store.timers.delete(`${incident} recheck`)),
    },
    {
      fault: "the state changes without an event",
      law: /^the timeline is complete/,
      plant: upon("page.requested", (store, incident) => {
        const stored = store.incidents.get(incident)!;
        store.incidents.set(incident, { ...stored, state: { ...stored.state, title: `${stored.state.title}!` } });
      }),
    },
    {
      fault: "a deadline that never comes",
      law: /^every deadline can come/,
      plant: upon("page.requested", (store, incident) => {
        store.timers.set(`${incident} escalate`, { incident, timer: "escalate", at: Number.NaN });
      }),
    },
    {
      fault: "an incident is not found by its key",
      law: /^one incident/,
      plant: upon("incident.opened", (store) => store.forgetsKeys()),
    },
  ];
