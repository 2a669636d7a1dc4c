import type { Actor } from "#domain/values/language.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import type { Applied } from "../world/memory-store.ts";

/** One command that was just applied. */
export type Step = { readonly body: SubmissionBody; readonly actor: Actor; readonly applied: Applied };

/** What must be true of every story. It looks from outside: at what fires, who was paged and who answered. */
export type Law = {
  readonly name: string;
  /** What is wrong after a command, or null. */
  readonly after: (step: Step) => string | null;
  /** What is wrong with the story as a whole, or null. */
  readonly atEnd?: () => string | null;
};
