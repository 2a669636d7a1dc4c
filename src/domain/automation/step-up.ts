import type { Instant } from "#domain/values/language.ts";
import type { Run } from "./run.ts";

/** So long after signing in somebody has just proved who they are, in ms. */
const FRESH = 5 * 60_000;

/** Whether a session is young enough to approve what is of high risk. */
export function isFreshSession(signedInAt: Instant, now: Instant): boolean {
  return now < signedInAt + FRESH;
}

/** Whether what a run asks for is of high risk: a stolen account of the chat must not be enough for it. */
export function needsStepUp(
  { plan, asked }: Pick<Run, "plan" | "asked">,
  { automation }: { readonly automation: { readonly stepUp: boolean } },
): boolean {
  return automation.stepUp && asked !== null && plan.steps[asked.step]?.risk === "high";
}
