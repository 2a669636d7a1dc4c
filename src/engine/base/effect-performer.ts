import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { AnyEffect } from "#domain/effects/effect-definition.ts";
import type { EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import type { EffectContext, EffectResult } from "./effect-context.ts";

/** Performs an effect. It may have waited long: an obsolete one is skipped. */
export type PerformEffect<T extends EffectType> = (
  effect: EffectOfType<T>,
  context: EffectContext,
) => Promise<EffectResult>;

/**
 * The engine's answers about one effect; the core's answers are in its definition (src/domain/effects/). Each answer is
 * required: a new effect does not compile before all of them are given.
 */
export type EffectPerformer<T extends EffectType> = {
  readonly perform: PerformEffect<T>;
  /** Commands for the incident when it failed for good: people must see it where they are. */
  failed(effect: EffectOfType<T>, reason: string): readonly IncidentCommand[];
  /** Commands for the incident when it failed for the first time and is retried. */
  delayed(effect: EffectOfType<T>, reason: string): readonly IncidentCommand[];
  /**
   * A refusal is a fault of the place (a token that expired, a project that moved, a field that is missing): it is
   * reported as a failure, and tried again for days, until someone has mended the place. Absent: it ends the effect.
   */
  readonly outlastsRefusals?: true;
};

/** One performer for each effect. */
export type EffectPerformers = { readonly [T in EffectType]: EffectPerformer<T> };

/** For failures that only the log reports. */
export function reportNothing(): readonly never[] {
  return [];
}

/** The chat refused something that people expect to see. */
export function chatFailure({ type }: AnyEffect, reason: string): readonly IncidentCommand[] {
  return [{ type: "chat.failed", what: type, reason }];
}
