import type { IncidentCommand } from "./command.ts";
import { accept, refuse, type Context, type Decision } from "./decision.ts";
import type { Incident } from "./incident.ts";
import { utc } from "./instant.ts";
import { incidentId, isOpen, type Instant } from "./language.ts";
import { FIELD_OF } from "./milestones.ts";

const DAY = 86_400_000;

/**
 * A milestone was at another time than is written down. What was written stays in the timeline; figures and postmortem
 * go by what is said last. A time of day that is said days later means the day of the incident.
 */
export function correct(incident: Incident, { milestone, at }: Extract<IncidentCommand, { type: "milestone.correct" }>, { now }: Context): Decision {
  const { status, openedAt, resolvedAt, detectedAt } = incident;
  const id = incidentId(incident.number);
  if (status === "canceled" || status === "merged") return refuse(`${id} is ${status}: its times count nowhere.`);
  const from = incident[FIELD_OF[milestone]];
  if (from === null && (milestone !== "acknowledged" || isOpen(status)))
    return refuse(`${id} is not ${milestone} yet: there is nothing to correct. \`${SAYS[milestone]}\` says that it is.`);
  const to = onTheDayOf(from ?? openedAt, at, now);
  if (to === from) return refuse(`That is what is written down: ${utc(to)}.`);
  if (milestone === "began") {
    if (to > openedAt) return refuse(`${id} was opened at ${utc(openedAt)}: it began by then, and not at ${utc(to)}.`);
  } else if (to < detectedAt) return refuse(`${id} began at ${utc(detectedAt)}, after ${utc(to)}. Correct that first: \`correct began at HH:MM\`.`);
  if (milestone !== "began" && milestone !== "resolved" && resolvedAt !== null && to > resolvedAt)
    return refuse(`${id} was resolved at ${utc(resolvedAt)}, before ${utc(to)}. Correct that first: \`correct resolved at HH:MM\`.`);
  return accept([{ type: "milestone.corrected", data: { milestone, from, to } }]);
}

const SAYS = { began: "declare", acknowledged: "ack", mitigated: "mitigate", resolved: "resolve" } as const;

/** The same time of day, on whichever day brings it nearest to `about`; never in the future. */
function onTheDayOf(about: Instant, at: Instant, now: Instant): Instant {
  const nearest = at + Math.round((about - at) / DAY) * DAY;
  return nearest > now ? nearest - DAY : nearest;
}
