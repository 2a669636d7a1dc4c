import type { z } from "zod";

/**
 * What happens when it is done twice. read: nothing ever happened; idempotent: the same intent again changes nothing more;
 * once: never again without asking whether it happened.
 */
export type StepEffect = "read" | "idempotent" | "once";

/**
 * What a text of an action's input is, and so how a value gets into it.
 * value: the whole text is `$param` · path: whole parts between slashes · url: whole parts of path and query, percent-encoded ·
 * argv: one whole argument · promql: the whole string of a label matcher, escaped · sql: not at all, values are bind arguments ·
 * message: a Liquid template, whose values are data · chat: the same in the markup of the chat, in which they are literal.
 */
export type TextKind = "value" | "path" | "url" | "argv" | "promql" | "sql" | "message" | "chat";

/** Whether texts of this kind are filled in when the step starts, by a template. */
export function isTemplateText(kind: TextKind): kind is "message" | "chat" {
  return kind === "message" || kind === "chat";
}

/** What an action is, without how it is performed: this is all that the grammar of runbooks uses of it. */
export type RunbookAction = {
  readonly name: string;
  readonly summary: string;
  readonly effect: StepEffect;
  /** Only what touches systems needs approval, counts against the write budget and must be verified. */
  readonly touches: "nothing" | "people" | "systems";
  /** high: two people approve, and it never runs by itself. */
  readonly risk: "low" | "high";
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** The kind of the texts in an input field; a field that is not here holds values. */
  readonly texts: Readonly<Record<string, TextKind>>;
  /** Input that decides what is done rather than to what: written out, never taken from an alert. A list's first value, for `argv`. */
  readonly fixed?: readonly string[];
  /** It can be put back as it was before the step. */
  readonly undoable: boolean;
  /** With this field at one of these values it only reads. */
  readonly readsWhen?: { readonly field: string; readonly values: readonly string[]; readonly default: string };
  readonly notes?: readonly string[];
};

type Standing = Pick<RunbookAction, "effect" | "touches" | "risk">;

/** What a call of an action with this input does to the world. */
export function classifyCall(action: RunbookAction, input: Readonly<Record<string, unknown>>): Standing {
  const { readsWhen } = action;
  const decisive = readsWhen === undefined ? undefined : (input[readsWhen.field] ?? readsWhen.default);
  const reads = readsWhen?.values.some((value) => value === decisive) === true;
  return reads
    ? { effect: "read", touches: "nothing", risk: "low" }
    : { effect: action.effect, touches: action.touches, risk: action.risk };
}
