import type { Arranging } from "#domain/arrangement.ts";
import type { Declaration, IncidentCommand } from "#domain/command.ts";
import type { Instant, Person } from "#domain/language.ts";
import type { RunAsk } from "#domain/run-ask.ts";
import type { Policy } from "#domain/policy.ts";
import type { Words } from "./words.ts";

/** Who asks, as far as it matters for what their words mean. `zone`: the IANA time zone of their clock. */
export type Asker = { readonly person: Person; readonly zone: string; readonly now: Instant; readonly policy: Policy };

export const FORMS = ["declare", "update", "resolve", "mitigate", "note", "severity"] as const;
export type FormName = (typeof FORMS)[number];

export const SHOWS = ["help", "status", "list", "roles", "timeline", "postmortem", "oncall", "stats", "tasks", "mutes"] as const;
export type Show = (typeof SHOWS)[number];

/** What somebody wants. `at`: when it happened, when they said so. */
export type Wish =
  | { readonly kind: "command"; readonly command: IncidentCommand; readonly at: Instant | null }
  /** Several at once, in this order. */
  | { readonly kind: "commands"; readonly commands: readonly { readonly command: IncidentCommand; readonly at: Instant | null }[] }
  | { readonly kind: "declare"; readonly declaration: Declaration }
  /** About no incident. */
  | { readonly kind: "arrange"; readonly arranging: Arranging }
  /** About runbooks at work, or about all of them. */
  | { readonly kind: "run"; readonly ask: RunAsk }
  | { readonly kind: "form"; readonly form: FormName }
  | { readonly kind: "show"; readonly show: Show; readonly argument: string | null }
  /** It cannot be understood: what is wrong, and how to say it. */
  | { readonly kind: "problem"; readonly text: string };

export const GROUPS = ["Respond", "Roles", "Tell", "Remember", "Arrange", "Look"] as const;

/**
 * One verb of the grammar. The slash command, the mention, the command line, the help, the buttons and the permissions
 * are all made of this; nothing else lists verbs.
 */
export type Verb = {
  readonly name: string;
  readonly aliases: readonly string[];
  /** What may stand behind the verb: "P1 [REASON]". */
  readonly usage: string;
  readonly summary: string;
  readonly group: (typeof GROUPS)[number];
  /** It is about one incident: that of the channel, an `INC-n`, or one picked from a list. */
  readonly about: "incident" | "nothing";
  /** Offered as a button in the help. */
  readonly button?: string;
  readonly read: (words: Words, asker: Asker) => Wish;
};

export function command(command: IncidentCommand, at: Instant | null = null): Wish {
  return { kind: "command", command, at };
}

export function arranging(wish: Arranging): Wish {
  return { kind: "arrange", arranging: wish };
}

export function problem(text: string): Wish {
  return { kind: "problem", text };
}
