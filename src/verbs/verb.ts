import type { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { WrittenTime } from "#domain/response/written-time.ts";
import type { Instant, Milestone, Person } from "#domain/values/language.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { WordReader } from "./word-reader.ts";

/** Who asks, as far as it matters for what their words mean. `zone`: the IANA time zone of their clock. */
export type VerbContext = {
  readonly person: Person;
  readonly zone: string;
  readonly now: Instant;
  readonly policy: Policy;
  /** What the chat calls someone whose mention has no name and whom the policy does not name; null when that is not known. */
  readonly mentionedName?: (id: string) => string | null;
};

export const FORM_NAMES = ["declare", "update", "resolve", "mitigate", "note", "severity", "roles", "private"] as const;
export type FormName = (typeof FORM_NAMES)[number];

export const SHOW_NAMES = [
  "help",
  "status",
  "list",
  "roles",
  "timeline",
  "postmortem",
  "oncall",
  "stats",
  "tasks",
  "mutes",
] as const;
export type ShowName = (typeof SHOW_NAMES)[number];

/** What someone asks for. `at`: when it happened, where they gave a time; what it means depends on the incident. */
export type VerbRequest =
  | { readonly kind: "command"; readonly command: IncidentCommand; readonly at: WrittenTime | null }
  /** A milestone was at another time than is written down. */
  | { readonly kind: "correct"; readonly milestone: Milestone; readonly at: WrittenTime }
  /** Several at once, in this order. */
  | {
      readonly kind: "commands";
      readonly commands: readonly { readonly command: IncidentCommand; readonly at: WrittenTime | null }[];
    }
  | { readonly kind: "declare"; readonly declaration: Declaration }
  /** About no incident. */
  | { readonly kind: "arrange"; readonly arranging: ArrangementCommand }
  /** About runbooks at work, or about all of them. */
  | { readonly kind: "run"; readonly ask: RunRequest }
  /** `words`: what its text fields begin with. */
  | { readonly kind: "form"; readonly form: FormName; readonly words?: string }
  | { readonly kind: "show"; readonly show: ShowName; readonly argument: string | null }
  /** It cannot be understood: what is wrong, and how to write it. */
  | {
      readonly kind: "problem";
      readonly text: string;
      /** The words with which an incident can be declared, where that may be what was meant. */
      readonly offer?: string;
    };

export const VERB_GROUPS = ["Respond", "Roles", "Tell", "Remember", "Arrange", "Look"] as const;

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
  readonly group: (typeof VERB_GROUPS)[number];
  /** It is about one incident: that of the channel, an `INC-n`, or one picked from a list. */
  readonly about: "incident" | "nothing";
  /** An `INC-n` behind the verb is its argument, not the incident that it is about. */
  readonly namesOther?: true;
  /** The key of a page may stand behind the verb; it names the incident too. */
  readonly takesPage?: true;
  /** Offered as a button in the help. */
  readonly button?: string;
  readonly read: (words: WordReader, ctx: VerbContext) => VerbRequest;
};

export function requestCommand(command: IncidentCommand, at: WrittenTime | null = null): VerbRequest {
  return { kind: "command", command, at };
}

/** A command, and what stands behind it as a note of its author. */
export function withNote(command: IncidentCommand, words: WordReader, at: WrittenTime | null = null): VerbRequest {
  if (words.empty) return requestCommand(command, at);
  const note: IncidentCommand = { type: "note.add", text: words.all() };
  return {
    kind: "commands",
    commands: [
      { command, at },
      { command: note, at: null },
    ],
  };
}

export function requestArrangement(command: ArrangementCommand): VerbRequest {
  return { kind: "arrange", arranging: command };
}

export function reportProblem(text: string): VerbRequest {
  return { kind: "problem", text };
}
