import type { Incident } from "#domain/incident/incident.ts";
import { escalationKey, escalationOf, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import { longestWait } from "./step-delay.ts";

/** ms after which a step or an expiry that is due and was not taken has been forgotten: many sweeps. */
export const ESCALATION_OVERDUE_MS = 2 * MINUTE_MS;

/**
 * The teams of an incident that no one has, and for which nothing is due. Someone has a team's alerts while one of its
 * pages is answered and there was activity, or while a step that pages someone is due in the future.
 *
 * @param owners the teams that own an alert which fires here at a priority that pages; null: no team does. The incident's
 * own counts besides, as long as it waits for someone
 * @returns the keys of their escalations, each once; none when the incident's priority pages no one
 */
export function teamsWithoutOwner(
  incident: Incident,
  owners: Iterable<string | null>,
  now: Instant,
): readonly EscalationKey[] {
  if (incident.plan.page === "none") return [];
  const keys = new Set<EscalationKey>([...owners].map((team) => escalationKey(incident, team)));
  if (isOwnNeeded(incident)) keys.add(null);
  return [...keys].filter((key) => !hasOwner(incident, key, now));
}

/** It fires, or someone was paged for it: until it ends, someone has to have it. */
function isOwnNeeded({ status, alerts, pages }: Incident): boolean {
  return isOpen(status) && status !== "mitigated" && (alerts.firing > 0 || pages.length > 0);
}

function hasOwner(incident: Incident, key: EscalationKey, now: Instant): boolean {
  const escalation = escalationOf(incident, key);
  if (!isOpen(incident.status) || escalation === null) return false;
  const { next, answered, rounds } = escalation;
  if (next !== null) return isAhead(next.at, now, longestWait(incident, key, rounds));
  if (answered === null) return false;
  const { ackExpires } = incident.plan;
  const until = key === null ? incident.ackUntil : answered.until;
  // Under this policy an answer holds for ever, or an earlier version stored no end of it.
  return ackExpires === null || until === null || isAhead(until, now, ackExpires);
}

/** In the future, or so little overdue that it is being seen to; and no further ahead than the plan asks for. */
function isAhead(at: Instant, now: Instant, longest: number): boolean {
  return now - at <= ESCALATION_OVERDUE_MS && at - now <= longest + ESCALATION_OVERDUE_MS;
}
