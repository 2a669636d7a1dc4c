import { z } from "zod";
import type { Context, Decision } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";

/** A command of a type, with what it asks for. */
export type CommandOf<T extends string, S extends z.ZodRawShape> = { readonly type: T } & (keyof S extends never
  ? unknown
  : Readonly<z.output<z.ZodObject<S>>>);

/** Any command, for code that treats all alike. */
export type AnyCommand = { readonly type: string };

/** One command to one incident: its stored name, its schema, and what it means. */
export type CommandAnswers<C> = {
  /**
   * Pure: the same input gives the same answer, anywhere, any number of times. Facts to record, or a refusal in words
   * for the person who asked.
   */
  decide(incident: Incident, command: C, ctx: Context): Decision;
  /** Whether a refusal becomes a line of the timeline: a conflict between people does. Other refusals are mistakes. */
  readonly recordsRefusal: boolean;
  /** Whether a person who does it shows by that that they have it, so that the pages which were sent to them are answered. */
  answersPages(command: C, ctx: Context): boolean;
};

/** What most commands are not. */
export type CommandTraits<C> = {
  readonly recordsRefusal?: boolean;
  readonly answersPages?: true | ((command: C, ctx: Context) => boolean);
};

export type CommandDefinition<T extends string, S extends z.ZodRawShape> = CommandAnswers<CommandOf<T, S>> & {
  readonly type: T;
  /** The schema as it is stored: the border of the database. */
  readonly stored: z.ZodObject<{ type: z.ZodLiteral<T> } & S>;
};

export type AnyCommandDefinition = CommandAnswers<AnyCommand> & { readonly type: string; readonly stored: z.ZodObject };

/** Defines a command. `type` is stored and never changes; `shape` only grows, by fields that old rows may lack. */
export function defineCommand<const T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  decide: CommandAnswers<CommandOf<NoInfer<T>, NoInfer<S>>>["decide"],
  { recordsRefusal = false, answersPages }: CommandTraits<CommandOf<NoInfer<T>, NoInfer<S>>> = {},
): CommandDefinition<T, S> {
  // A spread of a generic shape loses its keys in the types, not in the schema.
  return {
    type,
    stored: z.object({ type: z.literal(type), ...shape }) as unknown as CommandDefinition<T, S>["stored"],
    decide,
    recordsRefusal,
    answersPages: (command, ctx) =>
      typeof answersPages === "function" ? answersPages(command, ctx) : answersPages === true,
  };
}
