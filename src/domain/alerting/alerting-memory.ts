import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import type { TruncationMark } from "./truncation.ts";

/**
 * What the rules for a delivery look up: alerts and incidents as they are now, with what earlier commands of the same
 * batch changed. Read only: what a delivery changes is in its answer.
 */
export type AlertingMemory = {
  /** The number that the next incident gets. */
  readonly nextNumber: number;
  /** When incidents were opened recently, as far as they count towards a storm. */
  readonly opened: readonly Instant[];
  findAlert(source: string, fingerprint: string): Alert | null;
  findIncident(number: number): Incident | null;
  /** Where an incident went on: itself, unless it was merged. */
  mergeTarget(incident: Incident | null): Incident | null;
  /** The newest incident with a group key. */
  newestOfKey(key: string): Incident | null;
  /** The newest open incident of a service and team for which people gather in a channel; `team` null: of any team. */
  gatheringOfService(service: string, team: string | null): Incident | null;
  /** The last truncation marks of a group's incidents, by their numbers. */
  marksOf(source: string, group: string): ReadonlyMap<number, TruncationMark>;
};

/** No chain of merges is longer. One that leads round in a circle ends somewhere in it. */
const MAX_HOPS = 20;

/** Where an incident went on: itself, unless it was merged; null when that is nowhere to be found. */
export function followMerges(
  incident: Incident | null,
  findIncident: (number: number) => Incident | null,
): Incident | null {
  let at = incident;
  for (let hops = 0; at?.status === "merged" && hops < MAX_HOPS; hops++) at = findIncident(at.mergedInto ?? 0);
  return at;
}

/**
 * Whether people gather for an incident, in its channel: then later alerts of its service may join it. They join no private
 * one by such a guess: what fires would be hidden from everyone else of the service.
 */
export function gathersPeople({
  status,
  channelRequested,
  private: isPrivate,
}: Pick<Incident, "status" | "channelRequested" | "private">): boolean {
  return channelRequested && isOpen(status) && !isPrivate;
}
