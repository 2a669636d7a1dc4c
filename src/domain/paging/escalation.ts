import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isLeftToPager, resolveEscalationPolicy, resolveStepPeople } from "./escalation-policy.ts";
import { isHigherPriority, isOpen, type Instant, type Priority, type Person } from "#domain/values/language.ts";
import { onCallForTeam, rosterOf } from "#domain/oncall/oncall.ts";
import { knownPerson, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { oneLine } from "#domain/values/text.ts";

/** A rung as it is paged: its name for people, and whom it wakes. No people: the pager's own escalation policy decides. */
type Step = { readonly to: string; readonly people: readonly RoutedPerson[] };

/** The next rung that wakes somebody, counted over all repeats of the ladder, and the rungs below it that have nobody. */
type Climb = {
  readonly at: number;
  readonly step: Step;
  readonly after: number | null;
  readonly skipped: readonly string[];
};

/** Climbs from the rung `from`; null when the ladder and its repeats are used up. A rung that has nobody is passed at once. */
function climb(incident: Incident, plan: Plan, from: number, ctx: Context, when: Instant): Climb | null {
  const rungs = resolveEscalationPolicy(incident, plan);
  const skipped: string[] = [];
  for (let at = from; at < rungs.length * (plan.repeat + 1); at++) {
    const rung = rungs[at % rungs.length]!;
    const people = resolveStepPeople(incident, rung, rosterOf(ctx), when);
    if (people.length > 0 || isLeftToPager(rung, ctx.policy))
      return { at, step: named(rung.name, people), after: rung.after ?? plan.escalateAfter, skipped };
    if (!skipped.includes(rung.name)) skipped.push(rung.name);
  }
  // Nobody anywhere on it: whom the pager would wake is better than nobody.
  const whole = skipped.length === new Set(rungs.map(({ name }) => name)).size;
  return whole && from < rungs.length
    ? { at: from, step: { to: "whoever the pager wakes", people: [] }, after: plan.escalateAfter, skipped }
    : null;
}

function named(fallback: string, people: readonly RoutedPerson[]): Step {
  return { to: people.length === 0 ? fallback : people.map((person) => person.name).join(", "), people };
}

/** Pages the first rung, and says when the next one is due. Nobody is paged again at this level within `repage` of a page that got through. */
export function pageFirstStep(incident: Incident, reason: string, ctx: Context): readonly Fact[] {
  const { plan } = incident;
  if (plan.page === "none") return [];
  const last = incident.pages
    .filter(
      (page) => page.status !== "failed" && page.apart !== true && !isHigherPriority(incident.priority, page.priority),
    )
    .at(-1);
  const again = last === undefined ? ctx.now : last.requestedAt + ctx.policy.grouping.repage;
  const first = climb(incident, plan, 0, ctx, Math.max(again, ctx.now));
  if (first === null) return [];
  if (again > ctx.now) return [{ type: "escalation.armed", data: { step: 0, to: first.step.to, due: again } }];
  return paged(incident, first, reason, ctx);
}

/** Pages a rung that was climbed to, and arms the next one. */
function paged(incident: Incident, { at, step, after, skipped }: Climb, reason: string, ctx: Context): readonly Fact[] {
  const why = skipped.length === 0 ? reason : `${reason}; nobody is there for ${skipped.join(", ")}`;
  const page = pageFact(incident, step, why, ctx);
  // Whoever was woken too often is woken for this one when that time is over, if nobody has answered by then.
  if (page.type === "page.held")
    return [
      page,
      { type: "escalation.armed", data: { step: at, to: step.to, due: ctx.now + ctx.policy.paging.within } },
    ];
  return [page, ...arm(incident, at + 1, after, ctx)];
}

/** An incident is open again on old news: nobody is paged for that, but the ladder goes on if nobody answers. */
export function rearmEscalation(incident: Incident, ctx: Context): readonly Fact[] {
  return incident.plan.page === "none"
    ? []
    : arm(incident, Math.max(1, incident.escalation.step), incident.plan.escalateAfter, ctx);
}

/** The escalation timer is due: the next rung is paged unless somebody has acknowledged. */
export function escalateWhenDue(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { next, step: at } = incident.escalation;
  if (incident.status !== "triggered" || next === null || next.at !== due) return [];
  const { plan } = incident;
  const rung = climb(incident, plan, at, ctx, ctx.now);
  if (rung === null) {
    const steps = resolveEscalationPolicy(incident, plan).length;
    return [
      {
        type: "escalation.exhausted",
        data: { reason: `all ${steps} steps were paged ${plan.repeat + 1} times and nobody acknowledged` },
      },
    ];
  }
  const reason = at === 0 ? "it fires again and nobody acknowledged" : "nobody acknowledged";
  const advanced: Fact[] =
    at === 0 ? [] : [{ type: "escalation.advanced", data: { step: rung.at, to: rung.step.to, reason } }];
  return [...advanced, ...paged(incident, rung, reason, ctx)];
}

/**
 * Whether a ladder that should be climbed is not: nobody has acknowledged, steps are left, and no next one is due, or it
 * was due for so long that whoever should have seen to it has not.
 */
export function isEscalationStalled(incident: Incident, now: Instant): boolean {
  const { status, plan, escalation } = incident;
  if (status !== "triggered" || plan.page === "none" || plan.escalateAfter === null) return false;
  const usedUp = escalation.step >= resolveEscalationPolicy(incident, plan).length * (plan.repeat + 1);
  if (escalation.next === null) return !usedUp;
  // Due long ago, or so far ahead that some clock must have jumped.
  return (
    now - escalation.next.at > ESCALATION_OVERDUE_MS ||
    escalation.next.at - now > Math.max(FAR_MS, 2 * longest(incident))
  );
}

/** ms after which a step that is due and was not taken has been forgotten: many sweeps. */
export const ESCALATION_OVERDUE_MS = 2 * 60_000;

/** ms ahead at which no step is due that a policy asks for, unless it says so itself. */
const FAR_MS = 86_400_000;

function longest({ plan, route }: Incident): number {
  return Math.max(plan.escalateAfter ?? 0, ...(route.ladder ?? []).map(({ after }) => after ?? 0));
}

/** Somebody wants the next rung paged now, acknowledged or not. */
export function escalateNow(incident: Incident, reason: string | null, ctx: Context): readonly Fact[] {
  const { plan } = incident;
  // A level that does not climb by itself has no next step, but the first one may have been paged.
  const begun = incident.pages.some((page) => page.apart !== true && isPageOfEpisode(page, incident));
  const from = Math.max(incident.escalation.step, begun ? 1 : 0);
  const rungs = resolveEscalationPolicy(incident, plan).length;
  // Whoever escalates by hand goes on at the bottom when the top has been paged.
  const rung = climb(incident, { ...plan, repeat: Math.floor(from / rungs) + 1 }, from, ctx, ctx.now);
  if (rung === null) return [];
  const why = `${ctx.actor.name} escalates${reason === null ? "" : `: ${reason}`}`;
  return [
    { type: "escalation.advanced", data: { step: rung.at + 1, to: rung.step.to, reason: why } },
    pageFact(incident, rung.step, why, ctx, { wanted: ctx.actor.kind === "person" }),
    ...(incident.status === "triggered" ? arm(incident, rung.at + 1, rung.after, ctx) : []),
  ];
}

/** A person or a team of the policy that somebody calls. */
type PageCall = {
  readonly to: { readonly kind: "person"; readonly person: Person } | { readonly kind: "team"; readonly team: string };
  readonly message: string | null;
};

/** Somebody wants a person or the on-call people of a team woken, by a page of their own. */
export function pageNow(incident: Incident, command: PageCall, ctx: Context): Decision {
  const { to, message } = command;
  const why = oneLine(message ?? "", 300);
  const reason = `${ctx.actor.name} asks for them${why === "" ? "" : `: ${why}`}`;
  if (to.kind === "person")
    return acceptDecision([
      pageFact(incident, { to: to.person.name, people: [knownPerson(ctx.policy, to.person)] }, reason, ctx, {
        apart: true,
        wanted: true,
      }),
    ]);
  if (!Object.hasOwn(ctx.policy.teams, to.team)) return refuseDecision(`There is no team called ${to.team}.`);
  return acceptDecision([pageTeam(incident, to.team, reason, ctx, true)]);
}

/** Pages the on-call people of a team, apart from the ladder of the incident. */
export function pageTeam(incident: Incident, team: string, reason: string, ctx: Context, wanted = false): Fact {
  const people = onCallForTeam(rosterOf(ctx), team, ctx.now).primary.map((id) => routedPerson(ctx.policy, id));
  return pageFact(incident, named(`${team} on-call`, people), reason, ctx, { apart: true, wanted, team });
}

/** Pages whom a runbook names: a team, a person, else the next rung of the incident's own ladder. */
export function pageForRunbook(incident: Incident, to: string, reason: string, ctx: Context): readonly Fact[] {
  const name = to.replace(/^@/, "");
  if (Object.hasOwn(ctx.policy.teams, name)) return [pageTeam(incident, name, reason, ctx)];
  if (Object.hasOwn(ctx.policy.people, name)) {
    const person = routedPerson(ctx.policy, name);
    return [pageFact(incident, { to: person.name, people: [person] }, reason, ctx, { apart: true })];
  }
  return escalateNow(incident, reason, ctx);
}

/** Somebody has heard the alert but nobody has command: a nudge in the channel, then the next rung is paged. */
export function escalateMissingCommander(incident: Incident, ctx: Context): readonly Fact[] {
  const { commandWithin } = incident.plan;
  // Not even heard yet: the ladder is being climbed for that.
  if (
    !isOpen(incident.status) ||
    incident.status === "triggered" ||
    incident.roles.commander !== null ||
    commandWithin === null
  )
    return [];
  const reminder = incident.commandReminders + 1;
  const missing: Fact = {
    type: "command.missing",
    data: { reminder, next: reminder === 1 ? ctx.now + commandWithin : null },
  };
  return reminder === 1 ? [missing] : [missing, ...escalateNow(incident, "nobody took command", ctx)];
}

/** Pages from the bottom of the ladder again, whoever was paged lately. */
export function restartPaging(incident: Incident, reason: string, ctx: Context): readonly Fact[] {
  const first = climb(incident, incident.plan, 0, ctx, ctx.now);
  return first === null ? [] : paged(incident, first, reason, ctx);
}

/** The next rung that has somebody, and its due time. After the last one: when to say that the ladder and its repeats are used up. */
function arm(incident: Incident, step: number, after: number | null, ctx: Context): readonly Fact[] {
  if (after === null) return [];
  const due = ctx.now + after;
  const next = climb(incident, incident.plan, step, ctx, due);
  return [
    {
      type: "escalation.armed",
      data: { step, to: next === null ? "nobody: the ladder is used up" : next.step.to, due },
    },
  ];
}

/**
 * The key counts pages, not rungs: an incident may come back to the same level and rung, and that page is a new one.
 * Whoever was woken as often as the policy allows is awake, and is not woken again but for a P0 or because a person wants it.
 */
function pageFact(
  incident: Incident,
  step: Step,
  reason: string,
  ctx: Context,
  how: { readonly apart?: boolean; readonly wanted?: boolean; readonly team?: string } = {},
): Fact {
  const { perPerson } = ctx.policy.paging;
  const spared =
    incident.priority === "P0" || how.wanted === true
      ? []
      : step.people.filter(({ id }) => (ctx.woken?.get(id) ?? 0) >= perPerson);
  const people = step.people.filter((person) => !spared.includes(person));
  const held = spared.map(({ name }) => name);
  if (people.length === 0 && held.length > 0) return { type: "page.held", data: { to: step.to, people: held, reason } };
  const chat = people.flatMap(({ chatId }) => (chatId === null ? [] : [chatId]));
  return {
    type: "page.requested",
    data: {
      key: `INC-${incident.number}:${incident.episode}:${incident.priority}:${incident.pages.length}`,
      to: people.length === step.people.length ? step.to : people.map(({ name }) => name).join(", "),
      people: people.map((person) => person.id),
      priority: incident.priority,
      reason: held.length === 0 ? reason : `${reason}; not ${held.join(", ")}, who was woken ${perPerson} times lately`,
      ...(chat.length > 0 ? { chat } : {}),
      ...(how.apart === true ? { apart: true } : {}),
      ...(how.team === undefined || how.team === incident.route.team ? {} : { team: how.team }),
    },
  };
}

/** A higher priority: announced, and paged at the new level when that level pages. */
export function raisePriority(
  incident: Incident,
  to: Priority,
  reason: string,
  unmapped: boolean,
  ctx: Context,
): readonly Fact[] {
  const plan = ctx.policy.priorities[to];
  const changed: Fact = {
    type: "priority.changed",
    data: { from: incident.priority, to, reason, pin: null, unmapped, plan },
  };
  const risen: Incident = { ...incident, priority: to, plan };
  // Somebody who acknowledged a P2 has not acknowledged a P1, but they are awake: page, and do not climb over them.
  const paging = pageFirstStep(risen, `rose from ${incident.priority} to ${to}`, ctx);
  return [
    changed,
    ...(incident.status === "triggered" ? paging : paging.filter((fact) => fact.type !== "escalation.armed")),
    ...requestTicketAtOnce(risen),
  ];
}

/** A ticket for plans that want one at once. */
export function requestTicketAtOnce(incident: Incident): readonly Fact[] {
  return incident.plan.ticket === "at-once"
    ? requestTicket(incident, `${incident.priority} incidents get a ticket at once`)
    : [];
}

/** One ticket for an incident, however often it is wanted. */
export function requestTicket(incident: Incident, reason: string): readonly Fact[] {
  return incident.ticketRequested ? [] : [{ type: "ticket.requested", data: { reason } }];
}
