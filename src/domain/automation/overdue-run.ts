import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RunSurroundings } from "./run-next.ts";
import { isRunOver, type Run } from "./run.ts";

/** When the deadline of a run whose alert is quiet is looked at again, in ms. */
export const DEADLINE_RECHECK_MS = MINUTE_MS;

/** When people are woken for a run that has not helped by then. Only an incident can wake anyone. */
export function escalationDeadline({ incident, plan }: Pick<Run, "incident" | "plan">, now: Instant): Instant | null {
  return incident === null || plan.escalate === null ? null : now + plan.escalate.after;
}

/** What follows when a run's deadline has passed. */
export type OverdueMove =
  | { readonly do: "nothing" }
  | { readonly do: "look-again"; readonly at: Instant }
  /** Its runbook's people are woken. `after`: how long they were spared. */
  | { readonly do: "page"; readonly to: string; readonly after: number };

/**
 * Whether all that a run did was to wait for an approval: who was never shown the question cannot have left it unanswered.
 */
export function onlyAsked({ asked, wroteAt, state }: Pick<Run, "asked" | "wroteAt" | "state">): boolean {
  return asked !== null && wroteAt === null && asked.by.length === 0 && state !== "unknown";
}

/**
 * Wakes whom a runbook names when its run has not helped in time, whatever the run waits for, and also when it ended without
 * doing anything while its alert goes on. `isShown`: whether people were shown what it asked; a question that no one was
 * shown wakes no one.
 */
export function decideOverdueRun(
  { plan: { escalate }, state }: Pick<Run, "plan" | "state">,
  { now, incidentOpen, alertFiring }: RunSurroundings,
  isShown = true,
): OverdueMove {
  if (escalate === null || state === "succeeded") return { do: "nothing" };
  if (!isShown) return isRunOver(state) ? { do: "nothing" } : { do: "look-again", at: now + DEADLINE_RECHECK_MS };
  if (incidentOpen && alertFiring !== false) return { do: "page", ...escalate };
  // The alert is quiet, and the run is not proved yet: the run's end settles it, and wakes people if it did not help.
  return isRunOver(state) ? { do: "nothing" } : { do: "look-again", at: now + DEADLINE_RECHECK_MS };
}
