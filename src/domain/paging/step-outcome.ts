import type { Context } from "#domain/events/decision.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { resolveEscalationPolicy } from "./escalation-steps.ts";
import { findNextStep, stepCount } from "./next-step.ts";
import { isPageOfEpisode } from "./page-episode.ts";

// What became of the pages of the steps so far, and so why the next step follows.

/** The pages of an escalation since the incident opened or was opened again, oldest first. */
function pagesOf(incident: Incident, key: EscalationKey): readonly Page[] {
  return incident.pages.filter((page) => escalationOfPage(page) === key && isPageOfEpisode(page, incident));
}

/** Why the next step of an escalation is paged: its last page failed, or no one acknowledged in time. */
export function nextStepReason(incident: Incident, key: EscalationKey): string {
  return pagesOf(incident, key).at(-1)?.status === "failed" ? "the last page reached no one" : "no one acknowledged";
}

/** Why an escalation begins again at `due` after all its steps. A page that reached no one is not called unanswered. */
export function exhaustedReason(incident: Incident, key: EscalationKey, due: Instant, ctx: Context): string {
  const { plan } = incident;
  const again = `paging begins again at ${formatUtcTime(due)} UTC`;
  // A step without anyone was passed: it does not count as paged.
  const steps = plan.escalateAfter === null ? 1 : staffedSteps(incident, key, ctx);
  if (steps === 0) return `no step has anyone now; ${again}`;
  const subject = steps === 1 ? "its one step was" : `all ${steps} steps were`;
  if (haveAllFailed(incident, key, steps)) return `${subject} tried and no page reached anyone; ${again}`;
  const times = plan.escalateAfter === null ? 1 : plan.repeat + 1;
  return `${subject} paged ${times === 1 ? "once" : `${times} times`} and no one acknowledged; ${again}`;
}

/** How many steps of an escalation have someone now; where only the pager's own on-call people are left, that is one. */
function staffedSteps(incident: Incident, key: EscalationKey, ctx: Context): number {
  const { length } = resolveEscalationPolicy(incident, incident.plan, ctx.policy, key);
  const found = new Set<number>();
  for (let from = 0; from < length; from++) {
    const next = findNextStep(incident, key, from, ctx, ctx.now, length);
    if (next !== null) found.add(next.at);
  }
  return found.size;
}

/**
 * The step to go on with at once after a page that reached no one. When no page of a whole round reached anyone, the same
 * steps again would not either: then none is left, people are called where they see it, and paging begins again later.
 */
export function stepAfterFailure(incident: Incident, key: EscalationKey, ctx: Context): number {
  const step = escalationOf(incident, key)?.step ?? 0;
  const steps = resolveEscalationPolicy(incident, incident.plan, ctx.policy, key).length;
  const next = findNextStep(incident, key, step, ctx, ctx.now);
  if (next === null || step === 0 || !haveAllFailed(incident, key, steps)) return step;
  const isNewRound = Math.floor(next.at / steps) > Math.floor((step - 1) / steps);
  return isNewRound ? stepCount(incident, key, incident.plan, ctx) : step;
}

function haveAllFailed(incident: Incident, key: EscalationKey, steps: number): boolean {
  const last = pagesOf(incident, key).slice(-Math.max(1, steps));
  return last.length > 0 && last.every(({ status }) => status === "failed");
}
