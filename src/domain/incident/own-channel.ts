import type { Incident } from "./incident.ts";

/** Whether the incident has a channel of its own that people read, or is about to get it. */
export function hasLiveChannel(incident: Incident): boolean {
  const { channel, channelRequested, channelFailed, archived } = incident;
  return hasOwnChannel(incident) || (channel === null && !archived && channelRequested && !channelFailed);
}

/** Whether the incident has a channel of its own that people read. */
export function hasOwnChannel({
  channel,
  archived,
  channelLost,
}: Pick<Incident, "channel" | "archived" | "channelLost">): boolean {
  return channel !== null && !archived && !channelLost;
}
