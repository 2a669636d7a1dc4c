import type { Computed } from "./computed.ts";
import type { Event } from "./event.ts";
import type { Incident } from "./incident.ts";
import type { Instant } from "./language.ts";
import { milestones } from "./milestones.ts";

/** How long everything took, in ms; null for what did not happen (yet). Definitions: docs/statistics.md and the draft's own words. */
export type ResponseTimes = {
  /** From the earliest start that an alert tells to the opening. */
  readonly detect: Computed<number>;
  /** From the first page (without one: the opening) to the first acknowledgement. */
  readonly acknowledge: Computed<number> | null;
  /** From the start. */
  readonly mitigate: Computed<number> | null;
  readonly resolve: Computed<number> | null;
  /** From the opening to somebody having command. */
  readonly commander: Computed<number> | null;
  /** From the opening to the first update; and to the first one that was for customers. */
  readonly update: Computed<number> | null;
  readonly customers: Computed<number> | null;
  /** The longest while in which an update was owed and none came. */
  readonly silence: Computed<number> | null;
  readonly updates: Computed<{ readonly sent: number; readonly onTime: number }>;
};

/** `events`: those that stand, in the order in which they were decided. */
export function responseTimes(incident: Incident, events: readonly Event[]): ResponseTimes {
  const { detectedAt, openedAt, updates } = incident;
  const { began, acknowledged, mitigated, resolved } = milestones(incident, events);
  const first = (fits: (event: Event) => boolean): Event | undefined => events.find(fits);
  const opened = first(({ type }) => type === "incident.opened");
  const since = (from: Instant, to: Event | undefined, ...before: (Event | undefined)[]): Computed<number> | null =>
    to === undefined ? null : { value: Math.max(0, to.at - from), from: [...before, to].flatMap((event) => (event === undefined ? [] : [event.seq])) };
  const between = (from: Instant, to: Computed<Instant> | null, before: readonly number[]): Computed<number> | null =>
    to === null ? null : { value: Math.max(0, to.value - from), from: [...new Set([...before, ...to.from])] };
  const page = first(({ type }) => type === "page.requested");
  const posted = events.filter((event) => event.type === "update.posted");
  const told = posted.map(({ seq }) => seq);
  return {
    detect: { value: Math.max(0, openedAt - detectedAt), from: [...new Set([...(opened === undefined ? [] : [opened.seq]), ...began.from])] },
    acknowledge: between(
      page?.at ?? openedAt,
      acknowledged,
      [page ?? opened].flatMap((event) => (event === undefined ? [] : [event.seq])),
    ),
    mitigate: between(detectedAt, mitigated, began.from),
    resolve: between(detectedAt, resolved, began.from),
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
    silence: updates.longestSilence === 0 ? null : { value: updates.longestSilence, from: told },
    updates: { value: { sent: updates.sent, onTime: updates.onTime }, from: told },
  };
}
