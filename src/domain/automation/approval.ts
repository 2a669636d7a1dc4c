import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { isApproved } from "./run-gate.ts";
import type { ApprovalRequest, Run, RunEnding } from "./run.ts";

/** What people are to be asked. */
export type ApprovalTerms = {
  readonly hash: string;
  readonly from: readonly string[];
  readonly count: number;
  readonly expires: number;
  readonly why: string;
  readonly does: Readonly<Record<string, unknown>>;
};

/** How a run ends that was not approved in time. */
export function approvalTimeout({ by, count }: ApprovalRequest, step: string): RunEnding {
  const reason =
    by.length >= count
      ? `the approval of ${step} ran out before it could be done`
      : by.length === 0
        ? `nobody approved ${step} in time`
        : `${step} was not approved by enough people in time`;
  return { state: "canceled", reason, by: null };
}

/** Whether people are or were asked about this step. */
export function isApprovalRequested({ asked: approval }: Pick<Run, "asked">, index: number): boolean {
  return approval?.step === index;
}

/** How a run that needs people goes on. */
export type ApprovalMove =
  /** It is ending, and need not ask. */
  | { readonly do: "go-on" }
  /** They have agreed. */
  | { readonly do: "pass"; readonly asked: ApprovalRequest }
  | { readonly do: "end"; readonly ending: RunEnding }
  /** The question stands. */
  | { readonly do: "wait"; readonly until: Instant }
  | { readonly do: "ask"; readonly asked: ApprovalRequest };

/** Asks people once. What they are asked is bound to what would be done: when that changes, they are asked again. */
export function decideApproval(
  { ending, asked: approval, plan }: Pick<Run, "ending" | "asked" | "plan">,
  index: number,
  { hash, from, count, expires, why: reason, does }: ApprovalTerms,
  now: Instant,
): ApprovalMove {
  if (ending !== null) return { do: "go-on" };
  if (approval?.step !== index || approval.hash !== hash)
    return {
      do: "ask",
      asked: { step: index, hash, from, count, until: now + expires, why: reason, does, by: [] },
    };
  if (isApproved(approval, index, hash, now)) return { do: "pass", asked: approval };
  if (now >= approval.until) return { do: "end", ending: approvalTimeout(approval, plan.steps[index]!.id) };
  return { do: "wait", until: approval.until };
}

/** So long after signing in someone has just proved who they are, in ms. */
const FRESH_MS = 5 * MINUTE_MS;

/** How far the clocks of two processes may differ, in ms: a sign-in further ahead is of before a clock was set back. */
const CLOCKS_DIFFER_MS = MINUTE_MS;

/** Whether a session is young enough to approve what is of high risk. One that began later than now is of any age. */
export function isFreshSession(signedInAt: Instant, now: Instant): boolean {
  return now < signedInAt + FRESH_MS && signedInAt <= now + CLOCKS_DIFFER_MS;
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
  /** Whether two are one person, by every id that is known of them. */
  readonly isSame: (one: Person | null, other: Person) => boolean;
};

/** Why an approval does not count now, or null. "step-up": the person must sign in first. */
export function approvalObstacle(
  { by: initiator }: Pick<Run, "by">,
  { until, by }: ApprovalRequest,
  person: Person,
  { now, stepUp, recentAuthor, isSame }: ApproverState,
): { readonly kind: "step-up" } | { readonly kind: "refused"; readonly text: string } | null {
  const refused = (text: string) => ({ kind: "refused", text }) as const;
  if (now >= until) return refused("It is too late: that was asked too long ago.");
  if (stepUp) return { kind: "step-up" };
  if (isSame(initiator, person)) return refused("You asked for this run: somebody else must approve it.");
  if (recentAuthor) return refused("You changed this runbook within the last 24 hours: somebody else must approve it.");
  if (by.some((each) => isSame(each, person))) return refused("You have approved it already: somebody else must too.");
  return null;
}
