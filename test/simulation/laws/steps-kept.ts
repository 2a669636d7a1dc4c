import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Actor, type Instant } from "#domain/values/language.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { homeOf } from "./alert-home.ts";
import type { Law, Step } from "./law.ts";
import { SIM_PEOPLE, type SimAlert } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** How late a step may be, ms: effects are performed within seconds, and a quiet source is asked each minute. */
const TOLERANCE_MS = MINUTE_MS;
/** The longest pause between two rounds of an escalation that was used up, ms. */
const LONGEST_PAUSE_MS = 4 * HOUR_MS;

/** A team that was paged for an incident: by when it must be paged again, and whether it has answered. */
type Watch = { due: Instant; answered: boolean; recipients: Set<string> };

/**
 * Laws 9 and 10 at every step, from outside: a team that was paged and whose alerts fire is paged again, or called
 * visibly, within its step, until one of those who were paged answers; and then again when they fall silent. What other
 * teams answer changes nothing of that.
 */
export function stepsAreKept(world: SimWorld): Law {
  const watches = new Map<string, Watch>();
  return {
    name: "laws 9 and 10: a team that has not answered is called again in time",
    after: (step) => {
      const late = lateTeam(world, watches);
      watchPages(world, watches, step);
      watchAnswers(world, watches, step);
      return late;
    },
  };
}

function lateTeam(world: SimWorld, watches: Map<string, Watch>): string | null {
  for (const [id, watch] of watches) {
    const [number, team] = id.split(" ") as [string, string];
    const incident = world.store.findIncident(Number(number))!;
    if (!isOpen(incident.status) || !world.source.delivered().some((alert) => isAt(world, alert, incident, team))) {
      watches.delete(id);
      continue;
    }
    if (world.now() > Math.max(watch.due, world.livesSince() + TOLERANCE_MS))
      return `INC-${number}: team ${team} ${watch.answered ? "answered and fell silent" : "has not answered"}, its alerts fire, and ${Math.round((world.now() - watch.due) / 1000)} s after its step was due no one was called`;
  }
  return null;
}

function isAt(world: SimWorld, alert: SimAlert, incident: Incident, team: string): boolean {
  return (
    alert.team === team &&
    world.policy.priorities[alert.priority].page !== "none" &&
    homeOf(world, alert)?.number === incident.number
  );
}

function watchPages(world: SimWorld, watches: Map<string, Watch>, { applied }: Step): void {
  for (const { incident: number, event } of applied.events) {
    const incident = world.store.findIncident(number)!;
    if (event.type === "page.requested") {
      const team = event.data.team ?? (event.data.apart === true ? null : incident.route.team);
      if (team === null) continue;
      // A page beside an acknowledgement, as for a commander who is missing: someone has it.
      const answered = event.data.team === undefined && incident.status !== "triggered";
      const due = event.recordedAt + (answered ? answerHolds(incident) : 0);
      const watch = watches.get(`${number} ${team}`) ?? { due, answered, recipients: new Set<string>() };
      for (const person of event.data.people) watch.recipients.add(person);
      const next = event.recordedAt + stepOf(incident);
      // A page beside an answer that still holds, as for a commander who is missing, takes nothing from the answer.
      if (!watch.answered) watch.due = next;
      else if (event.recordedAt > watch.due) [watch.due, watch.answered] = [next, false];
      else watch.due = Math.max(watch.due, next);
      watches.set(`${number} ${team}`, watch);
    }
    if (event.type === "incident.unacknowledged") {
      const own = watches.get(`${number} ${incident.route.team}`);
      if (own?.answered === true) [own.due, own.answered] = [event.recordedAt + stepOf(incident), false];
    }
    // Law 11: a page that reached no one is no page; the next step follows at once.
    if (event.type === "page.failed") {
      const page = incident.pages.find(({ key }) => key === event.data.key);
      const team = page?.team ?? (page?.apart === true ? null : incident.route.team);
      const watch = watches.get(`${number} ${team}`);
      if (watch?.answered === false) watch.due = Math.min(watch.due, event.recordedAt + TOLERANCE_MS);
    }
    if (event.type === "escalation.exhausted") {
      const watch = watches.get(`${number} ${event.data.team ?? incident.route.team}`);
      if (watch !== undefined)
        [watch.due, watch.answered] = [event.recordedAt + LONGEST_PAUSE_MS + TOLERANCE_MS, false];
    }
  }
}

/** How long a step of an incident has to be answered before the next is paged, in ms, with the tolerance. */
function stepOf({ plan }: Incident): number {
  return (plan.escalateAfter ?? 30 * MINUTE_MS) + TOLERANCE_MS;
}

function watchAnswers(world: SimWorld, watches: Map<string, Watch>, { body, actor, applied }: Step): void {
  if (body.type !== "incident" || actor.kind !== "person") return;
  const answers = applied.outcome.kind === "applied" && ANSWERS.has(body.command.type);
  const acknowledged = new Set(
    applied.events
      .filter(({ event }) =>
        event.type === "incident.acknowledged" ? event.data.team === undefined : event.type === "incident.mitigated",
      )
      .map(({ incident }) => incident),
  );
  for (const { incident, event } of applied.events) {
    if (event.type !== "page.acknowledged") continue;
    const page = world.store.findIncident(incident)!.pages.find(({ key }) => key === event.data.key);
    const watch = watches.get(`${incident} ${page?.team ?? world.store.findIncident(incident)!.route.team}`);
    if (watch !== undefined && page?.apart !== true) watch.answered = true;
  }
  // What the timeline keeps of a person is activity, a refusal and a merge from elsewhere too.
  for (const number of new Set(applied.events.map(({ incident }) => incident))) {
    const incident = world.store.findIncident(number)!;
    for (const [id, watch] of watches) {
      if (!id.startsWith(`${number} `)) continue;
      const own = id === `${number} ${incident.route.team}` && acknowledged.has(number);
      if (answers && number === body.incident && (own || watch.recipients.has(nameInPolicy(actor))))
        watch.answered = true;
      if (watch.answered) watch.due = Math.max(watch.due, world.now() + answerHolds(incident));
    }
  }
}

/** How long an answer holds without activity until the next page at the latest, in ms. */
function answerHolds({ plan }: Incident): number {
  return (plan.ackExpires ?? HOUR_MS) + (plan.escalateAfter ?? 0) + TOLERANCE_MS;
}

/** Commands by which a person says that they have it. */
const ANSWERS: ReadonlySet<string> = new Set([
  "incident.acknowledge",
  "role.claim",
  "update.post",
  "incident.mitigate",
  "pager.heard",
]);

function nameInPolicy(actor: Actor): string {
  return SIM_PEOPLE.find(({ id }) => id === actor.id)?.name.toLowerCase() ?? "";
}
