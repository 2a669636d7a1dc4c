import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Applied, MemoryStore, SimEvent } from "./world/memory-store.ts";
import type { PlantedFault } from "./world/sim-world.ts";

/** Does something when an event of a type was written. */
function upon(type: string, does: (store: MemoryStore, incident: number, applied: Applied) => void): PlantedFault {
  return (store, applied) => {
    for (const { incident, event } of applied.events) if (event.type === type) does(store, incident, applied);
  };
}

/** Changes the stored state of an incident. */
function alters(change: (state: Incident) => Partial<Incident>): (store: MemoryStore, incident: number) => void {
  return (store, incident) => {
    const stored = store.incidents.get(incident)!;
    store.incidents.set(incident, { ...stored, state: { ...stored.state, ...change(stored.state) } });
  };
}

const forgets =
  (timer: string) =>
  (store: MemoryStore, incident: number): void =>
    void store.timers.delete(`${incident} ${timer}`);

function dueAt(escalation: EscalationState, at: Instant): EscalationState {
  return { ...escalation, next: escalation.next === null ? null : { ...escalation.next, at } };
}

/** The next person is another than the announced one. */
const namesAnother = alters(({ escalation }) => ({
  escalation: { ...escalation, next: escalation.next === null ? null : { ...escalation.next, to: "Zoe" } },
}));

function isPageWithKey({ event }: SimEvent, key: string): boolean {
  return event.type === "page.requested" && event.data.key === key;
}

/** Faults of a machine, as they were or could be, with the law that must find each. */
export const PLANTED_FAULTS: readonly {
  readonly fault: string;
  readonly law: RegExp;
  readonly plant: PlantedFault;
  /** The seed from which it is looked for; without, the first. */
  readonly seed?: number;
}[] = [
  {
    fault: "an acknowledgement holds for ever",
    law: /^every deadline/,
    plant: upon("incident.acknowledged", forgets("ack")),
  },
  {
    fault: "the next step is due a day later",
    law: /^laws? 9/,
    // Everything that is announced and set agrees with it.
    plant: upon("page.requested", (store, incident) => {
      const id = `${incident} escalate`;
      const timer = store.timers.get(id);
      if (timer === undefined) return;
      const at = timer.at + 24 * HOUR_MS;
      store.timers.set(id, { ...timer, at });
      alters(({ escalation, teamEscalations }) => ({
        escalation: dueAt(escalation, at),
        teamEscalations: Object.fromEntries(
          Object.entries(teamEscalations).map(([team, each]) => [team, dueAt(each, at)]),
        ),
      }))(store, incident);
    }),
  },
  {
    fault: "an acknowledgement ends the escalations of all teams",
    law: /^(?:laws? 9|law 14: an answer)/,
    plant: upon("incident.acknowledged", (store, incident) => {
      alters(({ teamEscalations }) => ({
        teamEscalations: Object.fromEntries(
          Object.entries(teamEscalations).map(([team, each]) => [team, { ...each, next: null }]),
        ),
      }))(store, incident);
      forgets("escalate")(store, incident);
    }),
  },
  {
    fault: "a merge forgets when the next step is due",
    law: /^every deadline/,
    plant: upon("alerts.absorbed", forgets("escalate")),
  },
  {
    fault: "what fires in an incident that ended is never looked at again",
    law: /^law 9/,
    plant: upon("recheck.armed", (store, incident) => {
      alters(() => ({ recheck: null }))(store, incident);
      forgets("recheck")(store, incident);
    }),
  },
  {
    fault: "a team whose alert joins an incident is never called",
    law: /^laws? 9|^every deadline/,
    plant: upon("escalation.started", (store, incident) => {
      alters(() => ({ teamEscalations: {} }))(store, incident);
    }),
  },
  {
    fault: "a page that failed is taken for one that was sent",
    law: /^law 11/,
    plant: upon(
      "page.failed",
      alters(({ pages }) => ({
        pages: pages.map((page) =>
          page.status === "failed" ? { ...page, status: "sent" as const, sentAt: page.requestedAt } : page,
        ),
      })),
    ),
  },
  {
    fault: "what waits for people is posted nowhere",
    law: /^law 12/,
    plant: (_, { effects }) => {
      for (const { effect } of effects)
        if (effect.type === "chat.call") Object.assign(effect, { type: "chat.announce" });
    },
  },
  {
    fault: "an alert that fires is not counted",
    law: /^law 13/,
    plant: upon(
      "alerts.fired",
      alters(({ alerts }) => ({ alerts: { ...alerts, firing: alerts.firing - 1 } })),
    ),
  },
  {
    fault: "what was done is answered by a refusal",
    law: /^law 14: an answer/,
    plant: (_, { outcome }) => {
      if (outcome.kind === "applied") Object.assign(outcome, { kind: "refused" });
    },
  },
  {
    fault: "the card names a step that is not due",
    law: /^(?:law 14: the card|every deadline)/,
    plant: upon(
      "escalation.exhausted",
      alters(({ escalation }) => ({ escalation: { ...escalation, next: { to: "Bob", at: 0 } } })),
    ),
  },
  {
    fault: "another person than the announced one is paged next",
    law: /^law 14: who/,
    plant: upon("escalation.armed", namesAnother),
  },
  {
    fault: "the state changes without an event",
    law: /^the timeline is complete/,
    plant: upon(
      "page.requested",
      alters(({ title }) => ({ title: `${title}!` })),
    ),
  },
  {
    fault: "a deadline that never comes",
    law: /^every deadline/,
    plant: upon("page.requested", (store, incident) => {
      store.timers.set(`${incident} escalate`, { incident, timer: "escalate", at: Number.NaN });
    }),
  },
  {
    fault: "an incident is not found by its key",
    law: /^one incident/,
    plant: upon("incident.opened", (store) => store.forgetsKeys()),
  },
  {
    fault: "a stranger is paged",
    law: /^no page to people off shift/,
    plant: upon("page.requested", (_, __, { events }) => {
      for (const { event } of events)
        if (event.type === "page.requested") Object.assign(event, { data: { ...event.data, people: ["zoe"] } });
    }),
  },
  {
    fault: "people are paged once more for what reached them",
    law: /^no second page/,
    plant: (store, { events }) => {
      for (const { incident, event } of [...events]) {
        const page =
          event.type === "page.sent"
            ? store.history.findLast((each) => isPageWithKey(each, event.data.key))
            : undefined;
        if (page !== undefined) (events as SimEvent[]).push({ incident, event: { ...page.event, at: event.at } });
      }
    },
  },
  {
    fault: "alarms are looked for where their team's are opened now",
    law: /^an alarm is ended where/,
    plant: (_, __, world) => void (world.services.forgetsPlaces = true),
  },
  {
    fault: "news of an alarm counts in the order in which it arrives",
    law: /^late news/,
    plant: upon(
      "alarm.reported",
      alters(({ pages }) => ({ pages: pages.map(({ reported: _before, ...page }) => page) })),
    ),
  },
  {
    fault: "of a delivery with a bad alert nothing is accepted",
    law: /^the good alerts/,
    plant: (_, __, world) => void (world.door.takesAllOrNothing = true),
  },
  {
    fault: "a refused sender is written down, and reported to no one",
    law: /^a refused sender/,
    plant: (_, __, world) => void (world.door.reportsNothing = true),
  },
  {
    fault: "each refusal of a sender is reported",
    law: /^a refused sender/,
    plant: (_, __, world) => void (world.door.reportsEach = true),
  },
  {
    fault: "silences are not looked at",
    law: /^no page for what is silenced/,
    plant: upon("incident.opened", (store, incident) => store.silencesAll(incident)),
  },
  {
    fault: "a step of the clock is not seen to",
    law: /^(?:laws? 9|every deadline)/,
    plant: (_, __, world) => void (world.watch.missesSteps = true),
  },
  {
    fault: "a process whose clock is off works by it",
    law: /^facts are dated/,
    plant: (_, __, world) => void (world.clock.trustsMachine = true),
  },
  {
    fault: "maintenance windows are not looked at",
    law: /^no page for what is silenced/,
    plant: (_, __, { roster }) => void (roster.policy = { ...roster.policy, maintenance: [] }),
    seed: 100,
  },
  {
    fault: "what a silence held back waits until its source sends it once more",
    law: /^what was held back/,
    plant: (_, __, world) => void (world.watch.forgetsHeldBack = true),
  },
  {
    fault: "a watchdog that stopped is reported to no one",
    law: /^a watchdog/,
    plant: (_, __, world) => void (world.watchdog.reportsNothing = true),
  },
  {
    fault: "time in which Muster did not run is silence of a watchdog",
    law: /^a watchdog/,
    plant: (_, __, world) => void (world.watchdog.countsAbsence = true),
  },
];
