import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import type { ApprovalRequest, Run } from "./run.ts";

/** So long after signing in someone has just proved who they are, in ms. */
const FRESH_MS = 5 * MINUTE_MS;

/** Whether a session is young enough to approve what is of high risk. */
export function isFreshSession(signedInAt: Instant, now: Instant): boolean {
  return now < signedInAt + FRESH_MS;
}

/** Whether what a run asks for is of high risk: a stolen account of the chat must not be enough for it. */
export function needsStepUp(
  { plan, asked: approval }: Pick<Run, "plan" | "asked">,
  { automation }: { readonly automation: { readonly stepUp: boolean } },
): boolean {
  return automation.stepUp && approval !== null && plan.steps[approval.step]?.risk === "high";
}

/** What must be known of someone who would approve, besides the run: `recentAuthor` of the runbook's words. */
export type ApproverState = {
  readonly now: Instant;
  /** Whether the risk is high and their session is not fresh. */
  readonly stepUp: boolean;
  readonly recentAuthor: boolean;
};

/** Why somebody's approval does not count now, or null. "step-up": they must sign in first. */
export function approvalObstacle(
  { by: initiator }: Pick<Run, "by">,
  { until, by }: ApprovalRequest,
  person: Person,
  { now, stepUp, recentAuthor }: ApproverState,
): { readonly kind: "step-up" } | { readonly kind: "refused"; readonly text: string } | null {
  const refused = (text: string) => ({ kind: "refused", text }) as const;
  if (now >= until) return refused("It is too late: that was asked too long ago.");
  if (stepUp) return { kind: "step-up" };
  if (initiator?.id === person.id) return refused("You asked for this run: somebody else must approve it.");
  if (recentAuthor) return refused("You changed this runbook within the last 24 hours: somebody else must approve it.");
  if (by.some(({ id }) => id === person.id)) return refused("You have approved it already: somebody else must too.");
  return null;
}
