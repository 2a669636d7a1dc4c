import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { isOpen, MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { homeOf } from "./alert-home.ts";
import type { Law, Step } from "./law.ts";
import { isPaging } from "../world/sim-audit.ts";
import { SIM_PEOPLE, type SimAlert } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** How late a step may be, ms: effects are performed within seconds, and a quiet source is asked each minute. */
const TOLERANCE_MS = MINUTE_MS;
/** For so long a step of the clock is not seen, and what is decided is dated by the time before it, ms. */
const UNSEEN_MS = 5_000;
/** The longest pause between two rounds of an escalation that was used up, ms. */
const LONGEST_PAUSE_MS = 4 * HOUR_MS;

/** A team that was paged for an incident: by when it must be paged again, and whether it has answered. */
type Watch = {
  due: Instant;
  answered: boolean;
  recipients: Set<string>;
  /** The ids of those who have answered for it. */
  by: Set<string>;
  /** Until when it may wait although it was paged since: what paged it was taken back. */
  pause?: Instant;
};

/**
 * Laws 9 and 10 at every step, from outside: a team that was paged and whose alerts fire is paged again, or called
 * visibly, within its step, until one of those who were paged answers; and then again when they fall silent. What other
 * teams answer changes nothing of that.
 */
export function stepsAreKept(world: SimWorld): Law {
  const watches = new Map<string, Watch>();
  /** Of teams none of whose alerts fires: what they answered counts where a merge takes it. */
  const resting = new Map<string, Watch>();
  return {
    name: "laws 9 and 10: a team that has not answered is called again in time",
    after: (step) => {
      watchMerges(world, watches, resting, step);
      handOnGoneTeams(world, watches);
      const late = lateTeam(world, watches, resting);
      watchPages(world, watches, step);
      watchAnswers(world, watches, step);
      return late;
    },
  };
}

function lateTeam(world: SimWorld, watches: Map<string, Watch>, resting: Map<string, Watch>): string | null {
  for (const [id, watch] of watches) {
    const [number, team] = id.split(" ") as [string, string];
    const incident = world.store.findIncident(Number(number))!;
    if (!isOpen(incident.status) || !firesFor(world, incident, team)) {
      watches.delete(id);
      resting.set(id, watch);
      continue;
    }
    if (world.now() > Math.max(watch.due, soonestDue(world, incident, watch)))
      return `INC-${number}: team ${team} ${watch.answered ? "answered and fell silent" : "has not answered"}, its alerts fire, and ${Math.round((world.now() - watch.due) / 1000)} s after its step was due no one was called`;
  }
  return null;
}

/**
 * Before that no one can be late: what came due while no process ran is being seen to. By how much a clock was set
 * back meanwhile is unknown, so that a step begins again; and an answer then holds as one that is given at a step of the clock.
 */
function soonestDue(world: SimWorld, incident: Incident, { answered, due }: Watch): Instant {
  const began = world.livesSince();
  const isClockLost = world.clockLostAt === began;
  // What lies no further ahead than its plan asks for cannot be distinguished from what was set since.
  const fromLost = world.clockLostAt === null ? 0 : due + world.clockLostMs;
  const fromUnseen = world.watch.steppedAt === null ? 0 : due + UNSEEN_MS;
  const fromStep = answered && world.watch.steppedAt !== null ? world.watch.steppedAt + answerHolds(incident) : 0;
  const fromStart = isClockLost ? (answered ? answerHolds(incident) : stepOf(incident)) : TOLERANCE_MS;
  return Math.max(fromStep, fromLost, fromUnseen, began + fromStart);
}

/** Whether an alert of a team fires in an incident: one of its source, or one that Muster sent about itself. */
function firesFor(world: SimWorld, incident: Incident, team: string): boolean {
  return (
    world.source.delivered().some((alert) => isAt(world, alert, incident, team)) ||
    (incident.plan.page !== "none" &&
      [...world.store.alerts.values()].some(
        (alert) =>
          alert.source === MUSTER_ACTOR.id &&
          alert.incident === incident.number &&
          isPaging(world, alert) &&
          resolveTeam(world.policy, alert.labels).team === team,
      ))
  );
}

/**
 * A team that was deleted has no one to call: its alerts are with the incident's own team from then on, which is called for
 * them by the same time, unless it was called already and has a time of its own.
 */
function handOnGoneTeams(world: SimWorld, watches: Map<string, Watch>): void {
  for (const [id, watch] of watches) {
    const [number, team] = id.split(" ") as [string, string];
    const { route } = world.store.findIncident(Number(number))!;
    if (team === route.team || Object.hasOwn(world.policy.teams, team)) continue;
    watches.delete(id);
    const own = `${number} ${route.team}`;
    if (route.team !== null && !watches.has(own)) watches.set(own, watch);
  }
}

/** A team is watched on where its alerts and pages went: no merge makes its step later. */
function watchMerges(
  world: SimWorld,
  watches: Map<string, Watch>,
  resting: ReadonlyMap<string, Watch>,
  { applied }: Step,
): void {
  for (const { incident: number, event } of applied.events) {
    if (event.type !== "pages.carried") continue;
    const incident = world.store.findIncident(number)!;
    for (const [id, watch] of watches) {
      const [from, team] = id.split(" ") as [string, string];
      if (Number(from) !== event.data.from || !Object.hasOwn(world.policy.teams, team)) continue;
      const known = watches.get(`${number} ${team}`);
      if (!isCarried(event.data.pages, team, incident)) continue;
      const running = [watch, ...(known === undefined ? [] : [known])].filter(({ answered }) => !answered);
      const due = Math.min(...(running.length > 0 ? running : [watch]).map((each) => each.due));
      const recipients = new Set([...watch.recipients, ...(known?.recipients ?? [])]);
      const by = new Set([...watch.by, ...(known?.by ?? [])]);
      watches.set(`${number} ${team}`, { due, answered: running.length === 0, recipients, by });
    }
    for (const [id, { by }] of resting) {
      const [from, team] = id.split(" ") as [string, string];
      const known = watches.get(`${number} ${team}`);
      if (Number(from) !== event.data.from || known === undefined || !isCarried(event.data.pages, team, incident))
        continue;
      for (const each of by) known.by.add(each);
    }
  }
}

function isCarried(pages: readonly Page[], team: string, { route }: Incident): boolean {
  return pages.some((page) => (page.team ?? (page.apart === true ? null : route.team)) === team);
}

function isAt(world: SimWorld, alert: SimAlert, incident: Incident, team: string): boolean {
  const owner = world.roster.teamOf(alert);
  const isGone = !Object.hasOwn(world.policy.teams, owner);
  return (
    (owner === team || (isGone && incident.route.team === team)) &&
    world.policy.priorities[alert.priority].page !== "none" &&
    incident.plan.page !== "none" &&
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
      const due = world.now() + (answered ? answerHolds(incident) : 0);
      const watch = watches.get(`${number} ${team}`) ?? {
        due,
        answered,
        recipients: new Set<string>(),
        by: new Set<string>(),
      };
      for (const person of event.data.people) watch.recipients.add(person);
      const next = world.now() + stepOf(incident);
      // A page beside an answer that still holds, as for a commander who is missing, takes nothing from the answer.
      if (!watch.answered) watch.due = next;
      else if (world.now() > watch.due) [watch.due, watch.answered] = [next, false];
      else watch.due = Math.max(watch.due, next);
      watches.set(`${number} ${team}`, watch);
    }
    if (event.type === "incident.unacknowledged") {
      const own = watches.get(`${number} ${incident.route.team}`);
      if (own?.answered === true) [own.due, own.answered] = [world.now() + stepOf(incident), false];
    }
    // Law 11: a page that reached no one is no page; the next step follows at once.
    if (event.type === "page.failed") {
      const page = incident.pages.find(({ key }) => key === event.data.key);
      const team = page?.team ?? (page?.apart === true ? null : incident.route.team);
      const watch = watches.get(`${number} ${team}`);
      if (watch?.answered === false) watch.due = Math.min(watch.due, world.now() + TOLERANCE_MS);
    }
    if (event.type === "escalation.exhausted") {
      const watch = watches.get(`${number} ${event.data.team ?? incident.route.team}`);
      if (watch !== undefined) Object.assign(watch, exhausted(world.now()));
    }
    // What is undone had changed these searches, by a page above all: each is again in the pause that it was in.
    if (event.type === "verb.undone") {
      const { escalation, teamEscalations = {} } = event.data.restore;
      const restored = [...(escalation === undefined ? [] : [incident.route.team]), ...Object.keys(teamEscalations)];
      for (const team of restored) {
        const watch = watches.get(`${number} ${team}`);
        if (watch !== undefined) watch.due = Math.max(watch.due, watch.pause ?? 0);
      }
    }
  }
}

/** All steps of a team were paged: after a pause that begins again. */
function exhausted(at: Instant): Pick<Watch, "due" | "answered" | "pause"> {
  const due = at + LONGEST_PAUSE_MS + TOLERANCE_MS;
  return { due, answered: false, pause: due };
}

/** How long a step of an incident has to be answered before the next is paged, in ms, with the tolerance. */
function stepOf({ plan }: Incident): number {
  return (plan.escalateAfter ?? 30 * MINUTE_MS) + TOLERANCE_MS;
}

function watchAnswers(world: SimWorld, watches: Map<string, Watch>, { body, actor, applied }: Step): void {
  if (body.type !== "incident" || actor.kind !== "person") return;
  const answers = applied.outcome.kind === "applied" && isAnswer(body.command, applied);
  const acknowledged = new Set(
    applied.events
      .filter(({ event }) =>
        event.type === "incident.acknowledged" ? event.data.team === undefined : event.type === "incident.mitigated",
      )
      .map(({ incident }) => incident),
  );
  // A report about a page that went along in a merge goes to the incident where it is.
  const asked = applied.outcome.incident ?? body.incident;
  for (const { incident, event } of applied.events) {
    if (event.type === "incident.acknowledged") {
      const team = event.data.team ?? world.store.findIncident(incident)!.route.team;
      const watch = watches.get(`${incident} ${team}`);
      // Whatever Muster calls an acknowledgement, it is one only of a person who states that they have it, or of one who merges
      // and had answered for that team in one of the two (what they answered for came along: `watchMerges`).
      if (watch !== undefined && (answers || watch.by.has(actor.id))) answer(watch, actor);
    }
    if (event.type !== "page.acknowledged" || !answers) continue;
    const page = world.store.findIncident(incident)!.pages.find(({ key }) => key === event.data.key);
    const id = `${incident} ${page?.team ?? world.store.findIncident(incident)!.route.team}`;
    // A team that was called while none of its alerts fired is not watched, and its answer counts all the same.
    const watch = watches.get(id) ?? answeredWatch(world.now() + answerHolds(world.store.findIncident(incident)!));
    if (page?.apart === true) continue;
    answer(watch, actor);
    watches.set(id, watch);
  }
  // What the timeline keeps of a person is activity, a refusal and a merge from elsewhere too.
  for (const number of new Set(applied.events.map(({ incident }) => incident))) {
    const incident = world.store.findIncident(number)!;
    for (const [id, watch] of watches) {
      if (!id.startsWith(`${number} `)) continue;
      const own = id === `${number} ${incident.route.team}` && acknowledged.has(number);
      if (answers && number === asked && (own || watch.recipients.has(nameInPolicy(actor)))) answer(watch, actor);
      if (watch.answered) watch.due = Math.max(watch.due, world.now() + answerHolds(incident));
    }
  }
}

function answeredWatch(due: Instant): Watch {
  return { due, answered: true, recipients: new Set(), by: new Set() };
}

function answer(watch: Watch, { id }: Actor): void {
  watch.answered = true;
  watch.by.add(id);
}

/** How long an answer holds without activity until the next page at the latest, in ms. */
function answerHolds({ plan }: Incident): number {
  return (plan.ackExpires ?? HOUR_MS) + (plan.escalateAfter ?? 0) + TOLERANCE_MS;
}

/** Commands by which a person shows that they have it. */
const ANSWERS: ReadonlySet<string> = new Set([
  "incident.acknowledge",
  "role.claim",
  "update.post",
  "incident.mitigate",
]);

/** In the pager only an acknowledgement is one, unless newer news of the alarm was known: then Muster only records it. */
function isAnswer(command: IncidentCommand, { events }: Step["applied"]): boolean {
  if (command.type !== "pager.heard") return ANSWERS.has(command.type);
  return command.what === "acknowledged" && events.some(({ event }) => event.type === "alarm.reported");
}

function nameInPolicy(actor: Actor): string {
  return SIM_PEOPLE.find(({ id }) => id === actor.id)?.name.toLowerCase() ?? "";
}
