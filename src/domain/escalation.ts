import type { Context } from "./decision.ts";
import type { Fact } from "./event.ts";
import type { Incident } from "./incident.ts";
import { isHigher, type Instant, type Priority } from "./language.ts";
import type { Plan } from "./policy.ts";
import type { RoutedPerson } from "./route.ts";

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
  const last = incident.pages.filter((page) => page.status !== "failed" && !isHigher(incident.priority, page.priority)).at(-1);
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

/** The next rung and its due time. After the last one: when to say that the ladder and its repeats are used up. */
function arm(incident: Incident, step: number, ctx: Context): readonly Fact[] {
  const { escalateAfter, repeat } = incident.plan;
  if (escalateAfter === null) return [];
  const rungs = ladder(incident, incident.plan);
  const to = step >= rungs.length * (repeat + 1) ? "nobody: the ladder is used up" : rungs[step % rungs.length]!.to;
  return [{ type: "escalation.armed", data: { step, to, due: ctx.now + escalateAfter } }];
}

/** The key counts pages, not rungs: an incident may come back to the same level and rung, and that page is a new one. */
function pageFact(incident: Incident, step: Step, reason: string): Fact {
  return {
    type: "page.requested",
    data: {
      key: `INC-${incident.number}:${incident.episode}:${incident.priority}:${incident.pages.length}`,
      to: step.to,
      people: step.people.map((person) => person.id),
      priority: incident.priority,
      reason,
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
