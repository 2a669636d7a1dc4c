import type { Instant } from "#domain/values/language.ts";
import type { Run } from "./run.ts";

/** So long after signing in someone has just proved who they are, in ms. */
const FRESH_MS = 5 * 60_000;

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
