import type { Effect } from "#domain/effects/effect-registry.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isAnyoneNew } from "#domain/incident/involved-people.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { definitionOf, type Event } from "./event-registry.ts";
import { callPeopleEffects, subscriberEffects } from "./people-calls.ts";
import { hasPageNews } from "./page-outcomes.ts";
import { movedDeadlines, refreshEffects } from "./follow-ups.ts";
import { isExported, isInCanvas } from "./review-state.ts";

/** What must follow from events: effects, and timers. */
export type SideEffects = { readonly effects: readonly Effect[]; readonly timers: readonly TimerChange[] };

/**
 * Pure: the effects and timers of newly recorded events, given the incident after them. `before`: the incident before
 * them, so that a deadline that any of them moved is moved; null when they open it.
 */
export function deriveSideEffects(
  after: Incident,
  events: readonly Event[],
  policy: Policy,
  before: Incident | null = null,
): SideEffects {
  const known = events.map((event) => ({ event, definition: definitionOf(event) }));
  const effects = known.flatMap(({ event, definition }) => definition.effects(after, event, policy));
  const timers = [
    ...known.flatMap(({ event, definition }) => definition.timers(after, event, policy)),
    ...(before === null ? [] : movedDeadlines(before, after)),
  ];
  effects.push(...callPeopleEffects(after, events), ...subscriberEffects(after, events));
  // Everyone who comes to be involved is invited, by any event.
  if (before !== null && hasOwnChannel(after) && isAnyoneNew(before, after)) effects.push({ type: "chat.members" });
  if (before !== null && hasPageNews(before, after)) effects.push({ type: "chat.pages" });
  const rewritten = known.some(({ definition }) => definition.rewritesPostmortem);
  if (rewritten && isExported(after, policy)) effects.push({ type: "ticket.postmortem" });
  if (rewritten && isInCanvas(after, policy)) effects.push({ type: "chat.canvas" });
  if (known.some(({ definition }) => definition.refreshes)) {
    // Requested with every change until a channel exists: a missing scope may have been added.
    if (after.channelRequested && after.channel === null && !after.archived)
      effects.push({ type: "chat.channel", had: after.channelsOpened });
    effects.push(...refreshEffects(after, policy));
  }
  return { effects, timers };
}
