import type { EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import type { Lane } from "#domain/values/language.ts";

/** How an effect that INC-7 requests is stored. */
export type EffectRow<T extends EffectType> = {
  readonly effect: EffectOfType<T>;
  readonly key: string;
  readonly lane: Lane;
  /** Shared effects are of no incident. */
  readonly incident: 7 | null;
  readonly every: number | null;
};
