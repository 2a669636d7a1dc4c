import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { reviewDue } from "#domain/policy/review-due.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";

/** ms after its end in which no one is asked for anything: people rest first, and it may not have ended. */
const BREATH = HOUR_MS;

/** When to ask for the postmortem of an incident that has just ended; null when no one does. */
export function firstReviewReminder(incident: Incident, now: Instant, policy: Policy): Instant | null {
  const { status, resolvedAt, peak, drill } = incident;
  if (isOpen(status) || status === "canceled" || status === "merged" || resolvedAt === null || drill) return null;
  return reviewDue(peak, resolvedAt, policy.postmortem) === null ? null : now + BREATH;
}

/** From its review on a postmortem is also kept in a repository, when the policy names one. A private one only on its own setting. */
export function isExported(
  { postmortem: { state }, private: hidden }: Incident,
  { postmortem: rule }: Policy,
): boolean {
  return state !== "draft" && rule.github !== undefined && (!hidden || rule.private);
}

/** The channel has a canvas of it from when it is asked for. Before that the draft that was posted will do. */
export function isInCanvas(incident: Incident, { postmortem: rule }: Policy): boolean {
  const { postmortem, channel, archived, private: hidden } = incident;
  return (
    (postmortem.due !== null || postmortem.state !== "draft") &&
    channel !== null &&
    !archived &&
    rule.canvas &&
    (!hidden || rule.private)
  );
}

/** No one needs to be reminded again. */
export function isReviewDone({ postmortem: { state } }: Incident): boolean {
  return state === "reviewed" || state === "closed";
}
