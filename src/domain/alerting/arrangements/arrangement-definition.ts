import { z } from "zod";
import type { Context } from "#domain/events/decision.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { ArrangementChange } from "#domain/incident/arrangement.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { RichText } from "#domain/values/rich-text.ts";

/** An arrangement of a type, with what it asks for. Its fields stand beside its type, as they are stored. */
export type ArrangementOf<T extends string, S extends z.ZodRawShape> = { readonly type: T } & Readonly<
  z.output<z.ZodObject<S>>
>;

/** Any arrangement, for code that treats all alike. */
export type AnyArrangement = { readonly type: string };

/**
 * The result: changes to store, effects, an answer for the person who asked (null when no one did), and the number of the
 * override or silence that begins or ends, by which people name it.
 */
export type ArrangementDecision =
  | {
      readonly ok: true;
      readonly text: string | null;
      readonly number: number | null;
      readonly changes: readonly ArrangementChange[];
      readonly effects: readonly Effect[];
    }
  | { readonly ok: false; readonly refusal: string };

/**
 * Every answer about one arrangement: what people arrange that is about no single incident. Each answer is required: a
 * new one does not compile before all of them are given.
 */
export type ArrangementAnswers<C> = {
  /**
   * Pure: the same input gives the same answer. It returns what to store, or a refusal in words for the person who asked. `id`:
   * the number of the command, by which people name what it begins.
   */
  decide(command: C, id: number, ctx: Context): ArrangementDecision;
  /** The text that `announceArrangement` posts to the channels, and who arranged it; null: it is never posted there. */
  announce(command: C, by: string): RichText | null;
};

/** One arrangement: its stored name, its schema, and every answer about it. */
export type ArrangementDefinition<T extends string, S extends z.ZodRawShape> = ArrangementAnswers<
  ArrangementOf<T, S>
> & {
  readonly type: T;
  /** The schema as it is stored: the border of the database. */
  readonly stored: z.ZodObject<{ type: z.ZodLiteral<T> } & S>;
};

/** Any definition, with its arrangement's type forgotten. */
export type AnyArrangementDefinition = ArrangementAnswers<AnyArrangement> & { readonly type: string };

/** Defines an arrangement. `type` is stored and never changes; `shape` only grows, by fields that old rows may lack. */
export function defineArrangement<const T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  answers: ArrangementAnswers<ArrangementOf<NoInfer<T>, NoInfer<S>>>,
): ArrangementDefinition<T, S> {
  // A spread of a generic shape loses its keys in the types, not in the schema.
  const stored = z.object({ type: z.literal(type), ...shape }) as unknown as ArrangementDefinition<T, S>["stored"];
  return { type, stored, ...answers };
}

/** Posts to channels what was arranged, and by whom. `id`: of the command. */
export function announceArrangement(
  what: AnyArrangement,
  id: number,
  { actor }: Context,
  channels: readonly string[],
): readonly Effect[] {
  return channels.map((channel): Effect => ({ type: "chat.arranged", channel, command: id, by: actor.name, what }));
}

export function refuseArrangement(refusal: string): ArrangementDecision {
  return { ok: false, refusal };
}

/** Longer than anyone can mean it, in ms. */
export const MAX_ARRANGED_MS = 90 * DAY_MS;
