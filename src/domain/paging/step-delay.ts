import type { Incident } from "#domain/incident/incident.ts";
import type { EscalationKey } from "#domain/incident/team-escalation.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** ms until the next step at a priority whose plan escalates to no one else: then the same people are called again. */
const UNPLANNED_STEP_MS = 30 * MINUTE_MS;

/** ms from an escalation in which every step was paged to its next beginning; each time twice as long, up to the longest. */
const FIRST_PAUSE_MS = 15 * MINUTE_MS;
const LONGEST_PAUSE_MS = 4 * HOUR_MS;

/** ms that a step has to answer. */
export function stepDelay({ escalateAfter }: Plan, ofStep: number | null = null): number {
  return ofStep ?? escalateAfter ?? UNPLANNED_STEP_MS;
}

/** ms until an escalation whose steps are all paged begins again; `rounds`: how often they were before. A P0 keeps its pace. */
export function restartPause({ priority, plan }: Pick<Incident, "priority" | "plan">, rounds: number): number {
  return priority === "P0" ? stepDelay(plan) : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(rounds, 10));
}

/** ms until it is announced again that no step has anyone; `times`: how often it was. A P0 keeps its pace. */
export function unstaffedPause({ priority, plan }: Pick<Incident, "priority" | "plan">, times: number): number {
  const step = stepDelay(plan);
  return priority === "P0" ? step : Math.max(step, Math.min(LONGEST_PAUSE_MS, step * 2 ** Math.min(times, 10)));
}

/**
 * ms within which the next step of an escalation must be due: one further ahead was set by a clock that was set back since.
 * The steps of another team are not part of the incident, so for those it is the longest pause that there is, or more.
 */
export function longestWait(
  incident: Pick<Incident, "priority" | "plan" | "route">,
  key: EscalationKey,
  rounds: number,
): number {
  const { plan, route } = incident;
  const steps = [stepDelay(plan), ...(route.ladder ?? []).map(({ after }) => stepDelay(plan, after ?? null))];
  const pauses = [rounds > 0 ? restartPause(incident, rounds) : 0, key === null ? 0 : LONGEST_PAUSE_MS];
  return Math.max(...steps, ...pauses);
}

/** A time that lies further ahead than the clocks of processes differ was written before the clock was set back. */
export function isOfLaterClock(at: Instant, now: Instant): boolean {
  return at - now > MINUTE_MS;
}

/** ms until what follows a step that called no one: its own wait, but not beyond what was due before it. */
export function waitUntilDue(next: { readonly at: Instant } | null, after: number, now: Instant): number {
  return next === null || next.at <= now ? after : Math.min(after, next.at - now);
}
