import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { nextPageKey } from "./page-key.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { joinRecipients } from "#domain/incident/page-recipients.ts";
import { isPagerStep, resolveEscalationPolicy, resolveStepPeople } from "./escalation-policy.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { isHigherPriority, isOpen, type Instant, type Person } from "#domain/values/language.ts";
import { onCallForTeam, rosterOf } from "#domain/oncall/oncall.ts";
import { knownPerson, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { oneLine } from "#domain/values/text.ts";

/** A step with its name and the people to page. No people: the pager's own escalation policy decides. */
type Step = { readonly to: string; readonly people: readonly RoutedPerson[] };

/** The next step that wakes someone, counted over all repeats of the escalation policy, and the steps below it that have no one. */
type NextStep = {
  readonly at: number;
  readonly step: Step;
  readonly after: number | null;
  readonly skipped: readonly string[];
};

/** Escalates from the step `from`; null when the escalation policy and its repeats are used up. A step that has no one is passed at once. */
function findNextStep(incident: Incident, plan: Plan, from: number, ctx: Context, when: Instant): NextStep | null {
  const steps = resolveEscalationPolicy(incident, plan);
  const skipped: string[] = [];
  for (let at = from; at < steps.length * (plan.repeat + 1); at++) {
    const step = steps[at % steps.length]!;
    const people = resolveStepPeople(incident, step, rosterOf(ctx), when);
    if (people.length > 0 || isPagerStep(step, ctx.policy))
      return { at, step: namedStep(step.name, people), after: step.after ?? plan.escalateAfter, skipped };
    if (!skipped.includes(step.name)) skipped.push(step.name);
  }
  // The whole policy is empty: the pager's own choice is better than no one.
  const whole = skipped.length === new Set(steps.map(({ name }) => name)).size;
  return whole && from < steps.length
    ? { at: from, step: { to: "whoever the pager wakes", people: [] }, after: plan.escalateAfter, skipped }
    : null;
}

function namedStep(fallback: string, people: readonly RoutedPerson[]): Step {
  return { to: people.length === 0 ? fallback : joinRecipients(people.map(({ name }) => name)), people };
}

/** Pages the first step, and sets the next one. No one is paged again at this level within `repage` of a delivered page. */
export function pageFirstStep(incident: Incident, reason: string, ctx: Context): readonly Fact[] {
  const { plan } = incident;
  if (plan.page === "none") return [];
  const last = incident.pages
    .filter(
      (page) => page.status !== "failed" && page.apart !== true && !isHigherPriority(incident.priority, page.priority),
    )
    .at(-1);
  const again = last === undefined ? ctx.now : last.requestedAt + ctx.policy.grouping.repage;
  const first = findNextStep(incident, plan, 0, ctx, Math.max(again, ctx.now));
  if (first === null) return [];
  if (again > ctx.now) return [{ type: "escalation.armed", data: { step: 0, to: first.step.to, due: again } }];
  return pageStep(incident, first, reason, ctx);
}

/** Pages a step that the escalation has come to, and arms the next one. */
function pageStep(
  incident: Incident,
  { at, step, after, skipped }: NextStep,
  reason: string,
  ctx: Context,
): readonly Fact[] {
  const cause = skipped.length === 0 ? reason : `${reason}; nobody is there for ${skipped.join(", ")}`;
  const page = pageFact(incident, step, cause, ctx);
  // People above the limit are paged for this incident when the window ends, if no one has answered by then.
  if (page.type === "page.held")
    return [
      page,
      { type: "escalation.armed", data: { step: at, to: step.to, due: ctx.now + ctx.policy.paging.within } },
    ];
  return [page, ...armEscalation(incident, at + 1, after, ctx)];
}

/** An incident is open again on old news: no one is paged for that, but the escalation goes on if no one answers. */
export function rearmEscalation(incident: Incident, ctx: Context): readonly Fact[] {
  return incident.plan.page === "none"
    ? []
    : armEscalation(incident, Math.max(1, incident.escalation.step), incident.plan.escalateAfter, ctx);
}

/** The escalation timer is due: the next step is paged unless someone has acknowledged. */
export function escalateWhenDue(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { next, step: at } = incident.escalation;
  if (incident.status !== "triggered" || next === null || next.at !== due) return [];
  const { plan } = incident;
  const climbed = findNextStep(incident, plan, at, ctx, ctx.now);
  if (climbed === null) {
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
    at === 0 ? [] : [{ type: "escalation.advanced", data: { step: climbed.at, to: climbed.step.to, reason } }];
  return [...advanced, ...pageStep(incident, climbed, reason, ctx)];
}

/**
 * Whether an escalation policy that should be climbed is not: no one has acknowledged, steps are left, and no next one is due, or it
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
    escalation.next.at - now > Math.max(FAR_MS, 2 * longestDelay(incident))
  );
}

/** ms after which a step that is due and was not taken has been forgotten: many sweeps. */
export const ESCALATION_OVERDUE_MS = 2 * MINUTE_MS;

/** ms ahead within which every planned step must be due, unless the policy sets more. */
const FAR_MS = DAY_MS;

function longestDelay({ plan, route }: Incident): number {
  return Math.max(plan.escalateAfter ?? 0, ...(route.ladder ?? []).map(({ after }) => after ?? 0));
}

/** A person wants the next step paged now, acknowledged or not. */
export function escalateNow(incident: Incident, reason: string | null, ctx: Context): readonly Fact[] {
  const { plan } = incident;
  // A level that does not climb by itself has no next step, but the first one may have been paged.
  const begun = incident.pages.some((page) => page.apart !== true && isPageOfEpisode(page, incident));
  const from = Math.max(incident.escalation.step, begun ? 1 : 0);
  const steps = resolveEscalationPolicy(incident, plan).length;
  // An escalation by hand starts again at the first step after the last one.
  const climbed = findNextStep(incident, { ...plan, repeat: Math.floor(from / steps) + 1 }, from, ctx, ctx.now);
  if (climbed === null) return [];
  const cause = `${ctx.actor.name} escalates${reason === null ? "" : `: ${reason}`}`;
  return [
    { type: "escalation.advanced", data: { step: climbed.at + 1, to: climbed.step.to, reason: cause } },
    pageFact(incident, climbed.step, cause, ctx, { wanted: ctx.actor.kind === "person" }),
    ...(incident.status === "triggered" ? armEscalation(incident, climbed.at + 1, climbed.after, ctx) : []),
  ];
}

/** A person or a team of the policy that someone calls. */
type PageCall = {
  readonly to: { readonly kind: "person"; readonly person: Person } | { readonly kind: "team"; readonly team: string };
  readonly message: string | null;
};

/** A person wants another, or the on-call people of a team, paged separately. */
export function pageNow(incident: Incident, command: PageCall, ctx: Context): Decision {
  const { to, message } = command;
  const cause = oneLine(message ?? "", 300);
  const reason = `${ctx.actor.name} asks for them${cause === "" ? "" : `: ${cause}`}`;
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

/** Pages the on-call people of a team, apart from the escalation policy of the incident. */
export function pageTeam(incident: Incident, team: string, reason: string, ctx: Context, wanted = false): Fact {
  const people = onCallForTeam(rosterOf(ctx), team, ctx.now).primary.map((id) => routedPerson(ctx.policy, id));
  return pageFact(incident, namedStep(`${team} on-call`, people), reason, ctx, { apart: true, wanted, team });
}

/** Pages the people of a runbook: a team, a person, else the next step of the incident's own escalation policy. */
export function pageForRunbook(incident: Incident, to: string, reason: string, ctx: Context): readonly Fact[] {
  const name = to.replace(/^@/, "");
  if (Object.hasOwn(ctx.policy.teams, name)) return [pageTeam(incident, name, reason, ctx)];
  if (Object.hasOwn(ctx.policy.people, name)) {
    const person = routedPerson(ctx.policy, name);
    return [pageFact(incident, { to: person.name, people: [person] }, reason, ctx, { apart: true })];
  }
  return escalateNow(incident, reason, ctx);
}

/** Someone has seen the alert but no one has command: a nudge in the channel, then the next step is paged. */
export function escalateMissingCommander(incident: Incident, ctx: Context): readonly Fact[] {
  const { commandWithin } = incident.plan;
  // Not even seen yet: the escalation runs for that.
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

/** Pages from the first step again, without regard to recent pages. */
export function restartPaging(incident: Incident, reason: string, ctx: Context): readonly Fact[] {
  const first = findNextStep(incident, incident.plan, 0, ctx, ctx.now);
  return first === null ? [] : pageStep(incident, first, reason, ctx);
}

/** The next step that has someone, and its due time. After the last one: when to say that the escalation policy and its repeats are used up. */
function armEscalation(incident: Incident, step: number, after: number | null, ctx: Context): readonly Fact[] {
  if (after === null) return [];
  const due = ctx.now + after;
  const next = findNextStep(incident, incident.plan, step, ctx, due);
  return [
    {
      type: "escalation.armed",
      data: { step, to: next === null ? "nobody: the ladder is used up" : next.step.to, due },
    },
  ];
}

/** Whoever was woken as often as the policy allows is awake, and is not woken again but for a P0 or because a person wants it. */
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
  const sparedNames = spared.map(({ name }) => name);
  if (people.length === 0 && sparedNames.length > 0)
    return { type: "page.held", data: { to: step.to, people: sparedNames, reason } };
  const chat = people.flatMap(({ chatId }) => (chatId === null ? [] : [chatId]));
  return {
    type: "page.requested",
    data: {
      key: nextPageKey(incident),
      to: people.length === step.people.length ? step.to : joinRecipients(people.map(({ name }) => name)),
      people: people.map((person) => person.id),
      priority: incident.priority,
      reason:
        sparedNames.length === 0
          ? reason
          : `${reason}; not ${sparedNames.join(", ")}, who was woken ${perPerson} times lately`,
      ...(chat.length > 0 ? { chat } : {}),
      ...(how.apart === true ? { apart: true } : {}),
      ...(how.team === undefined || how.team === incident.route.team ? {} : { team: how.team }),
    },
  };
}

/** A ticket for plans that open one at once. */
export function requestTicketAtOnce(incident: Incident): readonly Fact[] {
  return incident.plan.ticket === "at-once"
    ? requestTicket(incident, `${incident.priority} incidents get a ticket at once`)
    : [];
}

/** One ticket for an incident, for any number of requests. */
export function requestTicket(incident: Incident, reason: string): readonly Fact[] {
  return incident.ticketRequested ? [] : [{ type: "ticket.requested", data: { reason } }];
}
