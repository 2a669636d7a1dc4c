import type { Instant } from "#domain/values/language.ts";

/** Which dead letter: a command that could not be applied, or an effect that failed for good. */
export type DeadLetterRef = { readonly kind: "command" | "effect"; readonly number: number };

/** What was put aside, and waits for a person to retry or drop it. */
export type DeadLetter = DeadLetterRef & {
  /** The type of the command or effect: "alerts.deliver", "chat.invite". */
  readonly type: string;
  readonly incident: number | null;
  /** The incident is private: its number and the reason are for its responders. */
  readonly private: boolean;
  /** Who asked for it: a person, a source, or Muster. */
  readonly from: string;
  /** When it was put aside. */
  readonly at: Instant;
  readonly attempts: number;
  readonly reason: string;
};

/** How many dead letters there are. */
export type DeadLetterCounts = { readonly commands: number; readonly effects: number };

/** What a retry came to; pending when it was not done again yet. */
export type DeadLetterState =
  | { readonly kind: "done"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "pending" };

/** "C12" for command 12, "E34" for effect 34: how people name a dead letter. */
export function deadLetterId({ kind, number }: DeadLetterRef): string {
  return `${kind === "command" ? "C" : "E"}${number}`;
}

/** The dead letter that a name means, in either case; null when it is no such name. */
export function parseDeadLetterId(text: string): DeadLetterRef | null {
  const match = /^([ce])([1-9]\d{0,14})$/i.exec(text.trim());
  if (match === null) return null;
  return { kind: match[1]!.toLowerCase() === "c" ? "command" : "effect", number: Number(match[2]) };
}

/** "2 commands and 1 effect were put aside"; null when there are none. */
export function describeDeadLetters({ commands, effects }: DeadLetterCounts): string | null {
  const parts = [countOf(commands, "command"), countOf(effects, "effect")].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return `${parts.join(" and ")} ${commands + effects === 1 ? "was" : "were"} put aside`;
}

/** What became of a retry, in words. */
export function describeRetry(state: DeadLetterState): string {
  switch (state.kind) {
    case "done":
      return state.text === "" ? "done" : `done: ${state.text}`;
    case "failed":
      return `failed again: ${state.text}`;
    case "pending":
      return "queued again; it is not done yet";
  }
}

function countOf(count: number, noun: string): string | null {
  return count === 0 ? null : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
