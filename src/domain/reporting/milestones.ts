import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";
import type { Instant, Milestone } from "#domain/values/language.ts";
import type { ComputedValue } from "#domain/values/computed-value.ts";

/** The time of each milestone, with its source event; null for those that did not happen (yet). */
export type IncidentMilestones = { readonly began: ComputedValue<Instant> } & Readonly<
  Record<Exclude<Milestone, "began">, ComputedValue<Instant> | null>
>;

/**
 * `events`: those that stand. The state has the times; the evidence is the last event that set each. The first answer
 * counts: an acknowledgement of an earlier episode still shows how fast someone came.
 */
export function computeMilestones(incident: Incident, events: readonly Event[]): IncidentMilestones {
  const corrected = (milestone: Milestone): Event | undefined =>
    events.findLast(
      (event) =>
        event.type === "milestone.corrected" &&
        event.data.milestone === milestone &&
        event.data.to === incident[MILESTONE_FIELDS[milestone]],
    );
  const cell = (value: Instant | null, event: Event | undefined): ComputedValue<Instant> | null =>
    value === null || event === undefined ? null : { value, from: [event.seq] };
  const { detectedAt, mitigatedAt, resolvedAt } = incident;
  // Later alerts may report an earlier start than the first.
  const evidenceEvent =
    corrected("began") ??
    events.find(
      (event) =>
        (event.type === "alerts.fired" && event.data.earliestStart === detectedAt) ||
        (event.type === "incident.backdated" && event.data.to === detectedAt),
    );
  const began = evidenceEvent ?? events.find(({ type }) => type === "incident.opened");
  const answer = corrected("acknowledged");
  const first = events.find(({ type }) => type === "incident.acknowledged");
  const resolved = cell(
    resolvedAt,
    corrected("resolved") ?? events.findLast(({ type }) => type === "incident.resolved"),
  );
  const mitigates =
    corrected("mitigated") ?? events.findLast(({ type, at }) => type === "incident.mitigated" && at === mitigatedAt);
  return {
    began: { value: detectedAt, from: began === undefined ? [] : [began.seq] },
    acknowledged: answer === undefined ? cell(first?.at ?? null, first) : cell(incident.acknowledgedAt, answer),
    // What was resolved without that word was mitigated with it.
    mitigated: mitigatedAt === null ? null : (cell(mitigatedAt, mitigates) ?? resolved),
    resolved,
  };
}
