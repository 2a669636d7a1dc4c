import type { ComputedValue } from "#domain/values/computed-value.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Instant } from "#domain/values/language.ts";
import { summarizeIncident } from "#domain/reporting/incident-summary.ts";
import { timeToAcknowledge, timeToDetect, timeToMitigate, timeToResolve } from "#domain/reporting/incident-times.ts";
import { computeMilestones } from "#domain/reporting/milestones.ts";

/** How long everything took, in ms; null for what did not happen (yet). Definitions: docs/statistics.md and the draft's own words. */
export type ResponseTimes = {
  /** From the earliest start that an alert reports to the opening. */
  readonly detect: ComputedValue<number>;
  /** From the first page (without one: the opening) to the first acknowledgement. */
  readonly acknowledge: ComputedValue<number> | null;
  /** From the start. */
  readonly mitigate: ComputedValue<number> | null;
  readonly resolve: ComputedValue<number> | null;
  /** From the opening to someone having command. */
  readonly commander: ComputedValue<number> | null;
  /** From the opening to the first update; and to the first one that was for customers. */
  readonly update: ComputedValue<number> | null;
  readonly customers: ComputedValue<number> | null;
  /** The longest while in which an update was owed and none came. */
  readonly silence: ComputedValue<number> | null;
  readonly updates: ComputedValue<{ readonly sent: number; readonly onTime: number }>;
};

/** `events`: those that stand, in the order in which they were decided. */
export function responseTimes(incident: Incident, events: readonly Event[]): ResponseTimes {
  const { openedAt, updates } = incident;
  const summary = summarizeIncident(incident);
  const { began, acknowledged, mitigated, resolved } = computeMilestones(incident, events);
  const first = (isMatch: (event: Event) => boolean): Event | undefined => events.find(isMatch);
  const opened = first(({ type }) => type === "incident.opened");
  const since = (
    from: Instant,
    to: Event | undefined,
    ...before: (Event | undefined)[]
  ): ComputedValue<number> | null =>
    to === undefined
      ? null
      : {
          value: Math.max(0, to.at - from),
          from: [...before, to].flatMap((event) => (event === undefined ? [] : [event.seq])),
        };
  // What it took is what the statistics count; the events show where that comes from.
  const cited = (
    value: number | null,
    to: ComputedValue<Instant> | null,
    before: readonly number[],
  ): ComputedValue<number> | null =>
    value === null || to === null ? null : { value, from: [...new Set([...before, ...to.from])] };
  const page = first(({ type }) => type === "page.requested");
  const posted = events.filter((event) => event.type === "update.posted");
  const postedSeqs = posted.map(({ seq }) => seq);
  return {
    detect: {
      value: timeToDetect(summary),
      from: [...new Set([...(opened === undefined ? [] : [opened.seq]), ...began.from])],
    },
    acknowledge: cited(
      timeToAcknowledge(summary),
      acknowledged,
      [page ?? opened].flatMap((event) => (event === undefined ? [] : [event.seq])),
    ),
    mitigate: cited(timeToMitigate(summary), mitigated, began.from),
    resolve: cited(timeToResolve(summary), resolved, began.from),
    commander: since(
      openedAt,
      first((event) => event.type === "role.assigned" && event.data.role === "commander" && event.data.person !== null),
      opened,
    ),
    update: since(openedAt, posted[0], opened),
    customers: since(
      openedAt,
      posted.find((event) => event.data.audience === "customer"),
      opened,
    ),
    silence: updates.longestSilence === 0 ? null : { value: updates.longestSilence, from: postedSeqs },
    updates: { value: { sent: updates.sent, onTime: updates.onTime }, from: postedSeqs },
  };
}
