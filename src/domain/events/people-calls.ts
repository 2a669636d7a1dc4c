import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import { definitionOf, type Event, type FactType } from "./event-registry.ts";

/**
 * The messages for what waits for people in an incident without a channel: its feed would be read by no one. One that was
 * asked for and is not there yet is no place either: it may never be.
 */
export function callPeopleEffects(after: Incident, events: readonly Event[]): readonly Effect[] {
  return hasOwnChannel(after)
    ? []
    : events.flatMap((event): readonly Effect[] =>
        definitionOf(event).waitsFor(event, after) === null ? [] : [{ type: "chat.call", seq: event.seq }],
      );
}

/** What subscribers are sent: the updates, that customers no longer feel it, how it ended, and that it goes on. */
const FOLLOWED: ReadonlySet<string> = new Set<FactType>([
  "update.posted",
  "incident.mitigated",
  "incident.resolved",
  "incident.canceled",
  "incident.reopened",
]);

/** The direct messages to those who follow the incident. */
export function subscriberEffects({ subscribers }: Incident, events: readonly Event[]): readonly Effect[] {
  return events
    .filter(({ type }) => FOLLOWED.has(type))
    .flatMap(({ seq }) => subscribers.map(({ id }): Effect => ({ type: "chat.relay", channel: id, seq })));
}
