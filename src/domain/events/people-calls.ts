import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { AnyEvent } from "./event-definition.ts";
import type { FactType } from "./event-registry.ts";

/** After these something waits for a person: it is said where they are, with or without a channel of the incident's own. */
const WAITING_FOR_PEOPLE: ReadonlySet<string> = new Set<FactType>([
  "incident.unacknowledged",
  "attention.requested",
  "escalation.exhausted",
  "page.failed",
  "command.missing",
  "handoff.offered",
  "update.overdue",
  "run.requested",
  "run.overdue",
  "run.unknown",
  "run.failed",
  "postmortem.asked",
  "postmortem.nudged",
]);

/** Whether the incident has a channel of its own that people read, or is about to get it. */
export function hasLiveChannel(incident: Incident): boolean {
  const { channelRequested, channelFailed, archived } = incident;
  return hasOwnChannel(incident) || (!archived && channelRequested && !channelFailed);
}

/** Whether the incident has a channel of its own that people read. */
export function hasOwnChannel({ channel, archived }: Pick<Incident, "channel" | "archived">): boolean {
  return channel !== null && !archived;
}

/**
 * The messages for what waits for people in an incident without a channel: its feed would be read by no one. One that was
 * asked for and is not there yet is no place either: it may never be.
 */
export function callPeopleEffects(after: Incident, events: readonly AnyEvent[]): readonly Effect[] {
  return hasOwnChannel(after)
    ? []
    : events.flatMap(({ type, seq }): readonly Effect[] =>
        WAITING_FOR_PEOPLE.has(type) ? [{ type: "chat.call", seq }] : [],
      );
}
