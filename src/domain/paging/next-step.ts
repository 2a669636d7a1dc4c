import type { Fact } from "#domain/events/event-registry.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { joinRecipients } from "#domain/incident/page-recipients.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT } from "#domain/incident/escalation-state.ts";
import { changeEscalation, listEscalations, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { rosterOf } from "#domain/oncall/oncall.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import type { Instant } from "#domain/values/language.ts";
import { isPagerStep, resolveEscalationPolicy, resolveStepPeople } from "./escalation-steps.ts";
import { stepDelay } from "./step-delay.ts";

/** A step with its name and the people to page. No people: the pager's own escalation policy decides. */
export type NamedStep = { readonly to: string; readonly people: readonly RoutedPerson[] };

/** The next step that wakes someone, counted over all repeats of the escalation policy, and the steps below it that have no one. */
export type NextStep = {
  readonly at: number;
  readonly step: NamedStep;
  /** ms until the step after it. */
  readonly after: number;
  readonly skipped: readonly string[];
};

/** The input of a question for who is paged: the policy, the shifts, and what the pager does. */
export type StepContext = Pick<Context, "policy" | "overrides" | "replaced" | "isMember" | "pagerChooses">;

/** How many steps an escalation has, over all repeats. A level that does not escalate has its first one only. */
export function stepCount(incident: Incident, key: EscalationKey, plan: Plan, ctx: Pick<Context, "policy">): number {
  return plan.escalateAfter === null
    ? 1
    : resolveEscalationPolicy(incident, plan, ctx.policy, key).length * (plan.repeat + 1);
}

/**
 * Escalates from the step `from`; null when the escalation policy and its repeats are used up. A step that has no one
 * at `when` is passed at once. `limit`: how many steps there are; by default as the plan sets it.
 */
export function findNextStep(
  incident: Incident,
  key: EscalationKey,
  from: number,
  ctx: StepContext,
  when: Instant,
  limit: number = stepCount(incident, key, incident.plan, ctx),
): NextStep | null {
  const { plan } = incident;
  const steps = resolveEscalationPolicy(incident, plan, ctx.policy, key);
  const skipped: string[] = [];
  const chooses = ctx.pagerChooses?.(key ?? incident.route.team) ?? true;
  // A level that does not escalate has its first step only, unless no one is there.
  const last = from === 0 ? Math.max(limit, steps.length) : limit;
  for (let at = from; at < last; at++) {
    const step = steps[at % steps.length]!;
    const people = resolveStepPeople(incident, step, rosterOf(ctx), when);
    if (people.length > 0 || isPagerStep(step, ctx.policy, chooses))
      return { at, step: namedStep(step.name, people), after: stepDelay(plan, step.after), skipped };
    if (!skipped.includes(step.name)) skipped.push(step.name);
  }
  // The whole policy is empty: the pager's own choice is better than no one. Without one there is no one to name.
  return chooses && from < Math.min(limit, steps.length) && skipped.length > 0
    ? { at: from, step: { to: "the pager's own on-call", people: [] }, after: stepDelay(plan), skipped }
    : null;
}

/** A step by its people, or by its name when the pager chooses them. */
export function namedStep(fallback: string, people: readonly RoutedPerson[]): NamedStep {
  return { to: people.length === 0 ? fallback : joinRecipients(people.map(({ name }) => name)), people };
}

/**
 * The step that an escalation takes when its deadline comes, at `when`; null: none has anyone, or all were paged. What is
 * new and unseen is paged from the first step.
 */
export function upcomingStep(
  incident: Incident,
  [key, { step, unseenSince }]: ReturnType<typeof listEscalations>[number],
  ctx: StepContext,
  when: Instant,
): NextStep | null {
  return findNextStep(incident, key, unseenSince === null ? step : 0, ctx, when);
}

/**
 * The incident as people read it: who is paged next by the policy, the shifts and the overrides as they are now. What is
 * stored of that is what was true when the deadline was set.
 */
export function resolveNextPages(incident: Incident, ctx: StepContext & Pick<Context, "now">): Incident {
  return listEscalations(incident).reduce((before, each) => {
    const [key, { next, step, unseenSince }] = each;
    if (next === null) return before;
    const coming = upcomingStep(incident, each, ctx, Math.max(next.at, ctx.now));
    const none = step === 0 || unseenSince !== null ? NO_ONE_ON_CALL : NO_STEP_LEFT;
    return named(before, key, coming === null ? none : coming.step.to);
  }, incident);
}

function named(incident: Incident, key: EscalationKey, to: string): Incident {
  return changeEscalation(incident, key, (escalation) =>
    escalation.next === null || escalation.next.to === to
      ? escalation
      : { ...escalation, next: { ...escalation.next, to } },
  );
}

/** Another plan may give the step that is due other people: a new event names who is next, and the time stays. */
export function restateNext(incident: Incident, ctx: Context): readonly Fact[] {
  if (incident.plan.page === "none") return [];
  return listEscalations(incident).flatMap((each): Fact[] => {
    const [key, { next, step }] = each;
    if (next === null || next.to === NO_ONE_ON_CALL) return [];
    const to = upcomingStep(incident, each, ctx, next.at)?.step.to ?? NO_STEP_LEFT;
    if (to === next.to) return [];
    return [{ type: "escalation.armed", data: { step, to, due: next.at, ...(key === null ? {} : { team: key }) } }];
  });
}
