import type { Window } from "./downtime.ts";
import type { Event } from "./event.ts";
import type { Instant } from "./language.ts";

/** When the incident was over for a while: from each resolution to the re-opening that followed it. `events`: those that stand. */
export function calms(events: readonly Event[]): readonly Window[] {
  const found: Window[] = [];
  let since: Instant | null = null;
  for (const { type, at } of events) {
    if (type === "incident.resolved") since ??= at;
    if (type !== "incident.reopened") continue;
    if (since !== null && at > since) found.push({ from: since, to: at });
    since = null;
  }
  return found;
}
