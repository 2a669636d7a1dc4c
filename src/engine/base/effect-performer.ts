import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { AnyEffect } from "#domain/effects/effect-definition.ts";
import type { EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import type { EffectContext, EffectResult } from "./effect-context.ts";

/** Does what an effect asks for. It may have waited long: what no one needs any more is not done. */
export type PerformEffect<T extends EffectType> = (
  effect: EffectOfType<T>,
  context: EffectContext,
) => Promise<EffectResult>;

/**
 * What the engine knows about one effect; the core's answers are in its definition (src/domain/effects/). Each answer is
 * required: a new effect does not compile before all of them are given.
 */
export type EffectPerformer<T extends EffectType> = {
  readonly perform: PerformEffect<T>;
  /** What the incident is told when it failed for good: people must see it where they are. */
  failed(effect: EffectOfType<T>, reason: string): readonly IncidentCommand[];
  /** What the incident is told when it failed for the first time and is tried again. */
  delayed(effect: EffectOfType<T>, reason: string): readonly IncidentCommand[];
};

/** One performer for each effect. */
export type EffectPerformers = { readonly [T in EffectType]: EffectPerformer<T> };

/** For what the incident is not told: the log says it. */
export function reportNothing(): readonly never[] {
  return [];
}

/** The chat refused something that people expect to see. */
export function chatFailure({ type }: AnyEffect, reason: string): readonly IncidentCommand[] {
  return [{ type: "chat.failed", what: type, reason }];
}
