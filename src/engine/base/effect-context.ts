import type { StoredIncident } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Channel } from "#domain/values/language.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import type { Engine } from "./engine.ts";

/** What a performer is given besides the effect. */
export type EffectContext = {
  readonly engine: Engine;
  /** The incident as it is now, not as it was when the effect was requested. */
  readonly stored: StoredIncident | null;
  readonly attempt: RequestAttempt;
  /** What the last performance of this coalescing effect answered as its state. */
  readonly state: unknown;
};

/**
 * What came of it: commands for the incident, and the state that the next performance of a coalescing effect gets.
 * `reschedule`: true when one step is done and its state kept, and the next is due at once; in so many ms when nothing was
 * done yet, because something else must be done before.
 */
export type EffectResult = {
  readonly commands?: readonly IncidentCommand[];
  /** What is asked for besides, of any incident. */
  readonly submissions?: readonly CommandSubmission[];
  readonly state?: unknown;
  readonly reschedule?: boolean | { readonly inMs: number };
};

/** The incident that an effect is about. */
export function requireIncident({ stored, attempt }: EffectContext): Incident {
  if (stored === null) throw new Error(`bug: ${attempt.key} without an incident`);
  return stored.state;
}

/** Runs only where there is a channel to talk in. */
export function withChannel(
  context: EffectContext,
  run: (state: Incident, channel: Channel) => Promise<EffectResult>,
): Promise<EffectResult> {
  const state = requireIncident(context);
  return state.channel === null || !hasOwnChannel(state) ? Promise.resolve({}) : run(state, state.channel);
}
