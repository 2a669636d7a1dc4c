import type { IncidentCommand } from "./command.ts";
import { accept, refuse, type Context, type Decision } from "./decision.ts";
import type { Fact } from "./event.ts";
import type { Incident } from "./incident.ts";
import { isHigher, isOpen, type Instant, type Person, type Priority } from "./language.ts";
import type { Plan, Policy } from "./policy.ts";
import { routedPerson, type RoutedPerson } from "./route.ts";
import { oneLine } from "./text.ts";

/** One rung of the ladder: its name for people, and whom it wakes. No people: the team's own escalation policy decides. */
type Step = { readonly to: string; readonly people: readonly RoutedPerson[] };

/** The rungs of an incident at a plan: on-call first, then the team's escalation, at least one manager. */
function ladder(incident: Incident, plan: Plan): readonly Step[] {
  const { route } = incident;
  const first: Step = plan.page === "all" ? named("all on-call engineers", route.everyone) : named("on-call", route.oncall);
  const rest = route.escalation.map((people) => named("escalation", people));
  return [first, ...(rest.length > 0 ? rest : [{ to: "on-call manager", people: [] }])];
}

function named(fallback: string, people: readonly RoutedPerson[]): Step {
  return { to: people.length === 0 ? fallback : people.map((person) => person.name).join(", "), people };
}

/** Pages the first rung, and says when the next one is due. Nobody is paged again at this level within `repage` of a page that got through. */
export function pageFirst(incident: Incident, reason: string, ctx: Context): readonly Fact[] {
  const { plan } = incident;
  if (plan.page === "none") return [];
  const last = incident.pages.filter((page) => page.status !== "failed" && page.apart !== true && !isHigher(incident.priority, page.priority)).at(-1);
  const again = last === undefined ? ctx.now : last.requestedAt + ctx.policy.grouping.repage;
  const step = ladder(incident, plan)[0]!;
  if (again > ctx.now) return [{ type: "escalation.armed", data: { step: 0, to: step.to, due: again } }];
  return [pageFact(incident, step, reason), ...arm(incident, 1, ctx)];
}

/** An incident is open again on old news: nobody is paged for that, but the ladder goes on if nobody answers. */
export function rearm(incident: Incident, ctx: Context): readonly Fact[] {
  return incident.plan.page === "none" ? [] : arm(incident, Math.max(1, incident.escalation.step), ctx);
}

/** The escalation timer is due: the next rung is paged unless somebody has acknowledged. */
export function escalate(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { next } = incident.escalation;
  if (incident.status !== "triggered" || next === null || next.at !== due) return [];
  const rungs = ladder(incident, incident.plan);
  const at = incident.escalation.step;
  const { repeat } = incident.plan;
  if (at >= rungs.length * (repeat + 1))
    return [{ type: "escalation.exhausted", data: { reason: `all ${rungs.length} steps were paged ${repeat + 1} times and nobody acknowledged` } }];
  const step = rungs[at % rungs.length]!;
  const reason = at === 0 ? "it fires again and nobody acknowledged" : "nobody acknowledged";
  const advanced: Fact[] = at === 0 ? [] : [{ type: "escalation.advanced", data: { step: at, to: step.to, reason } }];
  return [...advanced, pageFact(incident, step, reason), ...arm(incident, at + 1, ctx)];
}

/**
 * Whether a ladder that should be climbed is not: nobody has acknowledged, steps are left, and no next one is due, or it
 * was due for so long that whoever should have seen to it has not.
 */
export function stalled(incident: Incident, now: Instant): boolean {
  const { status, plan, escalation } = incident;
  if (status !== "triggered" || plan.page === "none" || plan.escalateAfter === null) return false;
  const usedUp = escalation.step >= ladder(incident, plan).length * (plan.repeat + 1);
  return escalation.next === null ? !usedUp : now - escalation.next.at > OVERDUE_MS;
}

/** ms after which a step that is due and was not taken has been forgotten: many sweeps. */
export const OVERDUE_MS = 2 * 60_000;

/** Somebody wants the next rung paged now, acknowledged or not. */
export function escalateNow(incident: Incident, reason: string | null, ctx: Context): readonly Fact[] {
  const rungs = ladder(incident, incident.plan);
  // A level that does not climb by itself has no next step, but the first one may have been paged.
  const begun = incident.pages.some((page) => page.apart !== true && page.key.startsWith(`INC-${incident.number}:${incident.episode}:`));
  const at = Math.max(incident.escalation.step, begun ? 1 : 0);
  const step = rungs[at % rungs.length]!;
  const why = `${ctx.actor.name} escalates${reason === null ? "" : `: ${reason}`}`;
  return [
    { type: "escalation.advanced", data: { step: at + 1, to: step.to, reason: why } },
    pageFact(incident, step, why),
    ...(incident.status === "triggered" ? arm(incident, at + 1, ctx) : []),
  ];
}

/** Somebody wants a person or the on-call people of a team woken, by a page of their own. */
export function pageNow(incident: Incident, command: Extract<IncidentCommand, { type: "incident.page" }>, ctx: Context): Decision {
  const { to, message } = command;
  const why = oneLine(message ?? "", 300);
  const reason = `${ctx.actor.name} asks for them${why === "" ? "" : `: ${why}`}`;
  if (to.kind === "person") return accept([pageFact(incident, { to: to.person.name, people: [routed(ctx.policy, to.person)] }, reason, true)]);
  const team = Object.hasOwn(ctx.policy.teams, to.team) ? ctx.policy.teams[to.team] : undefined;
  if (team === undefined) return refuse(`There is no team called ${to.team}.`);
  const people = team.oncall.map((id) => routedPerson(ctx.policy, id));
  return accept([pageFact(incident, named(`${to.team} on-call`, people), reason, true)]);
}

function routed(policy: Policy, { id, name }: Person): RoutedPerson {
  const known = Object.keys(policy.people).find((key) => key === id || policy.people[key]?.slack === id);
  return known === undefined ? { id, name, slack: id, email: null } : routedPerson(policy, known);
}

/** Somebody has heard the alert but nobody has command: a nudge in the channel, then the next rung is paged. */
export function commandDue(incident: Incident, ctx: Context): readonly Fact[] {
  const { commandWithin } = incident.plan;
  // Not even heard yet: the ladder is being climbed for that.
  if (!isOpen(incident.status) || incident.status === "triggered" || incident.roles.commander !== null || commandWithin === null) return [];
  const reminder = incident.commandReminders + 1;
  const missing: Fact = { type: "command.missing", data: { reminder, next: reminder === 1 ? ctx.now + commandWithin : null } };
  return reminder === 1 ? [missing] : [missing, ...escalateNow(incident, "nobody took command", ctx)];
}

/** The next rung and its due time. After the last one: when to say that the ladder and its repeats are used up. */
function arm(incident: Incident, step: number, ctx: Context): readonly Fact[] {
  const { escalateAfter, repeat } = incident.plan;
  if (escalateAfter === null) return [];
  const rungs = ladder(incident, incident.plan);
  const to = step >= rungs.length * (repeat + 1) ? "nobody: the ladder is used up" : rungs[step % rungs.length]!.to;
  return [{ type: "escalation.armed", data: { step, to, due: ctx.now + escalateAfter } }];
}

/** The key counts pages, not rungs: an incident may come back to the same level and rung, and that page is a new one. */
function pageFact(incident: Incident, step: Step, reason: string, apart = false): Fact {
  return {
    type: "page.requested",
    data: {
      key: `INC-${incident.number}:${incident.episode}:${incident.priority}:${incident.pages.length}`,
      to: step.to,
      people: step.people.map((person) => person.id),
      priority: incident.priority,
      reason,
      ...(step.people.some(({ slack }) => slack !== null) ? { chat: step.people.flatMap(({ slack }) => (slack === null ? [] : [slack])) } : {}),
      ...(apart ? { apart } : {}),
    },
  };
}

/** A higher priority: announced, and paged at the new level when that level pages. */
export function rise(incident: Incident, to: Priority, reason: string, unmapped: boolean, ctx: Context): readonly Fact[] {
  const plan = ctx.policy.priorities[to];
  const changed: Fact = { type: "priority.changed", data: { from: incident.priority, to, reason, pin: null, unmapped, plan } };
  const risen: Incident = { ...incident, priority: to, plan };
  // Somebody who acknowledged a P2 has not acknowledged a P1, but they are awake: page, and do not climb over them.
  const paging = pageFirst(risen, `rose from ${incident.priority} to ${to}`, ctx);
  return [changed, ...(incident.status === "triggered" ? paging : paging.filter((fact) => fact.type === "page.requested")), ...ticketAtOnce(risen)];
}

/** A ticket for plans that want one at once. */
export function ticketAtOnce(incident: Incident): readonly Fact[] {
  return incident.plan.ticket === "at-once" ? requestTicket(incident, `${incident.priority} incidents get a ticket at once`) : [];
}

/** One ticket for an incident, however often it is wanted. */
export function requestTicket(incident: Incident, reason: string): readonly Fact[] {
  return incident.ticketRequested ? [] : [{ type: "ticket.requested", data: { reason } }];
}
