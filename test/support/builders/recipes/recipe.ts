import type { PlantedCopy } from "#test/support/builders/planted-copy.ts";

/** A recipe of CONTRIBUTING.md, as someone follows it, and as someone does who leaves something out. */
export type Recipe = {
  /** Does in a copy of the code what the recipe asks for, and uses what came of it. */
  follow(copy: PlantedCopy): void;
  /** Adds what must not compile. */
  spoil(copy: PlantedCopy): void;
  /** The files that must not compile for that. */
  readonly faulty: readonly string[];
};

/** An object of which each answer is written down by its key. */
export type WrittenAnswers = Readonly<Record<string, string>>;

/** The object as it is written. */
export const writtenObject = (answers: WrittenAnswers): string => `{ ${Object.values(answers).join(", ")} }`;

/** All but one of the answers. */
export function withoutAnswer(answers: WrittenAnswers, key: string): WrittenAnswers {
  const { [key]: _, ...rest } = answers;
  return rest;
}
