import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { incidentId, isOpen, type Instant, type Milestone } from "#domain/values/language.ts";
import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";

/**
 * A milestone was at another time than is written down. The timeline keeps what was written; figures and postmortem use
 * the last correction.
 */
export function correctMilestone(
  incident: Incident,
  { milestone, at, dated }: { readonly milestone: Milestone; readonly at: Instant; readonly dated?: true },
  { now }: Context,
): Decision {
  const { status, openedAt, resolvedAt, detectedAt } = incident;
  const id = incidentId(incident.number);
  if (status === "canceled" || status === "merged")
    return refuseDecision(`${id} is ${status}: its times count nowhere.`);
  const from = incident[MILESTONE_FIELDS[milestone]];
  if (from === null && (milestone !== "acknowledged" || isOpen(status)))
    return refuseDecision(
      `${id} is not ${milestone} yet: there is nothing to correct. \`${VERBS[milestone]}\` says that it is.`,
    );
  const to = dated ? at : onTheDayOf(from ?? openedAt, at, now);
  if (to === from) return refuseDecision(`That is what is written down: ${formatUtc(to)}.`);
  if (milestone === "began") {
    if (to > openedAt)
      return refuseDecision(
        `${id} was opened at ${formatUtc(openedAt)}: it began by then, and not at ${formatUtc(to)}.`,
      );
  } else if (to < detectedAt)
    return refuseDecision(
      `${id} began at ${formatUtc(detectedAt)}, after ${formatUtc(to)}. Correct that first: \`correct began at TIME\`.`,
    );
  if (milestone !== "began" && milestone !== "resolved" && resolvedAt !== null && to > resolvedAt)
    return refuseDecision(
      `${id} was resolved at ${formatUtc(resolvedAt)}, before ${formatUtc(to)}. Correct that first: \`correct resolved at TIME\`.`,
    );
  return acceptDecision([{ type: "milestone.corrected", data: { milestone, from, to } }]);
}

const VERBS = { began: "declare", acknowledged: "ack", mitigated: "mitigate", resolved: "resolve" } as const;

/** The same time of day, on whichever day brings it nearest to `about`; never in the future. */
function onTheDayOf(about: Instant, at: Instant, now: Instant): Instant {
  const nearest = at + Math.round((about - at) / DAY_MS) * DAY_MS;
  return nearest > now ? nearest - DAY_MS : nearest;
}
