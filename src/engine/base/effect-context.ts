import type { StoredIncident } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Effect } from "#domain/incident/effect.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import type { Engine } from "./engine.ts";

/** What a performer is given besides the effect. */
export type EffectContext = {
  readonly engine: Engine;
  /** The incident as it is now, not as it was when the effect was wished for. */
  readonly stored: StoredIncident | null;
  readonly ask: RequestAttempt;
  readonly memo: unknown;
};

/**
 * What came of it: commands for the incident, and what the next performance of a standing effect wants to remember.
 * `again`: one step is done and remembered, the next is due at once, or in so many ms.
 */
export type EffectResult = {
  readonly commands?: readonly IncidentCommand[];
  readonly memo?: unknown;
  readonly again?: boolean | { readonly inMs: number };
};

export type EffectPerformer<T extends Effect["type"]> = (
  effect: Effect & { type: T },
  job: EffectContext,
) => Promise<EffectResult>;
