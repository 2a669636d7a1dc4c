import { evaluateExpression, type ConditionFacts } from "./condition.ts";
import { escapeValue } from "#domain/values/rich-text.ts";
import { renderTemplate } from "./message-template.ts";
import type { RunbookAction, TextKind } from "#runbooks/actions/action-definition.ts";

/** What a plan leaves open, as the key of an object that stands in place of the value. */
export const DEFERRED_KEYS = { step: "$step", template: "$template" } as const;

/** Arguments of a planned step: values, and `{ $step: "steps.plan.good" }` or `{ $template: "…" }` for what is known only when it starts. */
export type PlannedArguments = Readonly<Record<string, unknown>>;

export type FilledArguments =
  | { readonly ok: true; readonly input: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: string; readonly noData: boolean };

const escapeIn = (kind: TextKind | undefined): ((text: string) => string) =>
  kind === "chat" ? escapeValue : (text) => text;

/**
 * The input of an action at the moment its step starts, checked by the action's schema: nothing is passed on that it does not take.
 * What was found is data: escaped in texts of the chat, whose markup the author may use, and as it is in all others.
 */
export function fillArguments(
  action: RunbookAction,
  planned: PlannedArguments,
  facts: ConditionFacts,
): FilledArguments {
  let failed: Extract<FilledArguments, { ok: false }> | null = null;
  const fill = (value: unknown, escape: (text: string) => string): unknown => {
    if (Array.isArray(value)) return value.map((each) => fill(each, escape));
    if (typeof value !== "object" || value === null) return value;
    if (DEFERRED_KEYS.step in value) {
      const found = evaluateExpression(String(value[DEFERRED_KEYS.step]), facts);
      if (found.ok) return found.value;
      failed ??= found;
      return null;
    }
    if (DEFERRED_KEYS.template in value) {
      const message = renderTemplate(String(value[DEFERRED_KEYS.template]), facts, escape);
      if (message.ok) return message.text;
      failed ??= { ok: false, error: message.error, noData: false };
      return "";
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, escape)]));
  };
  const input = Object.fromEntries(
    Object.entries(planned).map(([field, value]) => [field, fill(value, escapeIn(action.texts[field]))]),
  );
  if (failed !== null) return failed;
  const parsed = action.input.safeParse(input);
  if (parsed.success) return { ok: true, input: parsed.data };
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? "");
  const source = planned[field];
  if (typeof source === "object" && source !== null && DEFERRED_KEYS.step in source && isNothing(input[field]))
    return {
      ok: false,
      error: `${String(source[DEFERRED_KEYS.step])} found nothing, and ${action.name} needs ${field}`,
      noData: true,
    };
  return {
    ok: false,
    error: `${action.name} does not take this ${issue?.path.join(".") ?? "input"}: ${issue?.message ?? ""}`,
    noData: false,
  };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}
