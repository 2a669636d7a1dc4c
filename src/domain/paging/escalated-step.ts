import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage } from "#domain/incident/team-escalation.ts";
import { isOpen } from "#domain/values/language.ts";
import { armEscalation } from "./escalation.ts";
import { resolveEscalationPolicy } from "./escalation-steps.ts";
import { findNextStep, type NextStep } from "./next-step.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { requestPage, withoutActor } from "./page-request.ts";
import { stepAfterFailure } from "./step-outcome.ts";

// A step that is taken out of turn: a page reached no one, or someone escalates by hand.

/** A page has reached no one: the next step is due at once, unless a later page of the same escalation is out. */
export function passFailedStep(incident: Incident, failed: string, ctx: Context): readonly Fact[] {
  const at = incident.pages.findIndex(({ key }) => key === failed);
  const page = incident.pages[at];
  const key = page === undefined ? undefined : escalationOfPage(page);
  if (key === undefined || !isOpen(incident.status) || incident.plan.page === "none") return [];
  const escalation = escalationOf(incident, key);
  if (escalation === null || (escalation.answered !== null && escalation.next === null)) return [];
  // One that was taken back, or ended, reaches no one either.
  const later = incident.pages
    .slice(at + 1)
    .some((each) => escalationOfPage(each) === key && !["failed", "canceled", "resolved"].includes(each.status));
  // What is unseen is paged from the first step.
  const step = escalation.unseenSince === null ? stepAfterFailure(incident, key, ctx) : 0;
  return later ? [] : armEscalation(incident, key, step, 0, ctx);
}

/** The next step is to be paged now, acknowledged or not. */
export function escalateNow(incident: Incident, reason: string | null, ctx: Context): readonly Fact[] {
  const { plan, escalation } = incident;
  // A level that does not climb by itself has no next step, but the first one may have been paged.
  const begun = incident.pages.some((page) => escalationOfPage(page) === null && isPageOfEpisode(page, incident));
  const from = Math.max(escalation.step, begun ? 1 : 0);
  const steps = resolveEscalationPolicy(incident, plan, ctx.policy).length;
  // An escalation by hand starts again at the first step after the last one.
  const limit = steps * (Math.floor(from / steps) + 2);
  let climbed = findNextStep(incident, null, from, ctx, ctx.now, limit);
  // Who escalates is there: the step after theirs is meant.
  while (climbed !== null && withoutActor(climbed.step, ctx) === null)
    climbed = findNextStep(incident, null, climbed.at + 1, ctx, ctx.now, limit);
  if (climbed === null) return [];
  const step = withoutActor(climbed.step, ctx)!;
  const cause = `${ctx.actor.name} escalates${reason === null ? "" : `: ${reason}`}`;
  const wanted = ctx.actor.kind === "person";
  const advanced: Fact = {
    type: "escalation.advanced",
    data: { step: climbed.at + 1, to: step.to, reason: cause },
  };
  return [
    advanced,
    ...requestPage(incident, step, cause, ctx, { wanted }).facts,
    ...afterFurtherPage(applyFacts(incident, [advanced], ctx), escalation.next, climbed, ctx),
  ];
}

/** Someone has it: the further page wakes another, and no one else is looked for. What is unseen stays due. */
function afterFurtherPage(
  incident: Incident,
  before: EscalationState["next"],
  { at, after }: NextStep,
  ctx: Context,
): readonly Fact[] {
  const { answered, unseenSince } = incident.escalation;
  if (answered !== null && unseenSince === null) return [];
  return before !== null && unseenSince !== null
    ? [{ type: "escalation.armed", data: { step: 0, to: before.to, due: before.at } }]
    : armEscalation(incident, null, at + 1, after, ctx);
}
