import { z } from "zod";
import type { Lane } from "#domain/values/language.ts";

/** One effect of a type, with what it asks for. Its fields stand beside its type, as they are stored. */
export type EffectOf<T extends string, S extends z.ZodRawShape> = { readonly type: T } & (keyof S extends never
  ? unknown
  : Readonly<z.output<z.ZodObject<S>>>);

/** Any effect, for code that treats all alike. */
export type AnyEffect = { readonly type: string };

/** The queues that effects wait in. */
export const EFFECT_LANES = ["page", "pager", "chat", "people", "ticket"] as const satisfies readonly Lane[];
export type EffectLane = (typeof EFFECT_LANES)[number];

/**
 * The core's answers about one effect, a request to the world outside. Each answer is required: a new effect does not
 * compile before all of them are given. How it is performed is the engine's answer.
 */
export type EffectAnswers<E> = {
  /** The queue it waits in, so that a slow chat delays no page. */
  readonly lane: EffectLane;
  /**
   * ms between two performances of a coalescing effect, which carries no content: its performer looks up the latest
   * state, so that a burst of changes costs one call and an outage no backlog. null: it happens once.
   */
  readonly interval: number | null;
  /** It is about no single incident: every requester requests the same one. */
  readonly shared: boolean;
  /**
   * What makes asking twice the same as asking once. `of` is its type, and its incident when it is about one: the whole key
   * of a coalescing effect, which has one for its whole life.
   */
  key(effect: E, of: string): string;
};

/** One effect: its stored name, the schema of what is stored, and the core's answers about it. */
export type EffectDefinition<T extends string, S extends z.ZodRawShape> = EffectAnswers<EffectOf<T, S>> & {
  readonly type: T;
  readonly stored: z.ZodObject<{ type: z.ZodLiteral<T> } & S>;
};

/** Any definition, with its effect's type forgotten. */
export type AnyEffectDefinition = EffectAnswers<AnyEffect> & { readonly type: string; readonly stored: z.ZodObject };

/** Defines an effect. `type` is stored and never changes; `shape` only grows, by fields that old rows may lack. */
export function defineEffect<const T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  answers: EffectAnswers<EffectOf<NoInfer<T>, NoInfer<S>>>,
): EffectDefinition<T, S> {
  // A spread of a generic shape loses its keys in the types, not in the schema.
  const stored = z.object({ type: z.literal(type), ...shape }) as unknown as EffectDefinition<T, S>["stored"];
  return { type, stored, ...answers };
}

/** The key of an effect that is unique by its type and incident. */
export function typeAndIncident(_: AnyEffect, of: string): string {
  return of;
}
