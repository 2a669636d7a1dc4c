import { isTemplateText, type RunbookAction, type TextKind } from "#runbooks/actions/action-definition.ts";
import { isStepReference, PARAM_ANYWHERE, parseParamUse, type ParamUse } from "./param-use.ts";
import { checkPromql, fillPromql, type TextFlaw } from "./promql.ts";
import type { StepArguments } from "./runbook.ts";
import type { YamlPath } from "./yaml-source.ts";

/** A text among the arguments of a step, and what kind of text it is. */
export type ArgumentText = { readonly path: YamlPath; readonly kind: TextKind; readonly text: string };

/** Every text among a step's arguments. */
export function listTexts(action: RunbookAction, args: StepArguments): readonly ArgumentText[] {
  const found: ArgumentText[] = [];
  mapTexts(action, args, (text) => {
    found.push(text);
    return text.text;
  });
  return found;
}

/** The arguments with every text replaced. */
export function mapTexts(
  action: RunbookAction,
  args: StepArguments,
  replace: (text: ArgumentText) => unknown,
): StepArguments {
  const map = (value: unknown, path: YamlPath, kind: TextKind): unknown => {
    if (typeof value === "string") return replace({ path, kind, text: value });
    if (Array.isArray(value)) return value.map((each, i) => map(each, [...path, i], kind));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, map(each, [...path, key], kind)]));
    return value;
  };
  return Object.fromEntries(
    Object.entries(args).map(([field, value]) => [
      field,
      map(value, [field], Object.hasOwn(action.texts, field) ? action.texts[field]! : "value"),
    ]),
  );
}

export type TextParamUse = { readonly use: ParamUse; readonly offset: number };

/** Which parameters a text takes, and where it takes them in a way that could change what it is. */
export function findParams(
  kind: TextKind,
  text: string,
): { readonly flaws: readonly TextFlaw[]; readonly uses: readonly TextParamUse[] } {
  if (kind === "promql") return checkPromql(text);
  if (kind === "sql" || isTemplateText(kind)) return { flaws: [], uses: [] };
  const uses: TextParamUse[] = [];
  const flaws: TextFlaw[] = [];
  for (const part of partsOf(kind, text)) {
    const use = part.fills ? parseParamUse(part.text) : null;
    if (use !== null) uses.push({ use, offset: part.offset });
    else
      for (const found of part.text.matchAll(PARAM_ANYWHERE))
        flaws.push({
          offset: part.offset + found.index,
          message: `${found[0]} inside a text`,
          fix: part.fills
            ? WHOLE_VALUE_HINTS[kind]
            : "the protocol and the host of an address are fixed; write them out",
        });
  }
  if (kind !== "value" && isStepReference(text))
    flaws.push({ offset: 0, message: "what a step found cannot stand here", fix: "take a parameter, or write it out" });
  return { flaws, uses };
}

const WHOLE_VALUE_HINTS: Readonly<Record<"value" | "path" | "url" | "argv", string>> = {
  value: "make the parameter the whole value",
  path: "make the parameter a whole part between slashes",
  url: "make the parameter a whole part of the path or a whole value after =",
  argv: "make the parameter a whole argument",
};

type Part = { readonly text: string; readonly offset: number; readonly fills: boolean };

/** A text in the parts that a parameter can be; joined they are the text again. */
function partsOf(kind: TextKind, text: string): readonly Part[] {
  if (kind !== "path" && kind !== "url") return [{ text, offset: 0, fills: true }];
  const origin = kind === "url" ? (/^[a-z]+:\/\/[^/?#]*/i.exec(text)?.[0] ?? "") : "";
  const parts: Part[] = origin === "" ? [] : [{ text: origin, offset: 0, fills: false }];
  let offset = origin.length;
  for (const piece of text.slice(offset).split(kind === "url" ? /([/?&=#])/ : /(\/)/)) {
    if (piece !== "") parts.push({ text: piece, offset, fills: true });
    offset += piece.length;
  }
  return parts;
}

/** A text with its parameters filled in; null when a value would change what the text is. */
export function fillText(kind: TextKind, text: string, valueOf: (use: ParamUse) => string): string | null {
  if (kind === "promql") return fillPromql(text, valueOf);
  if (kind === "sql" || isTemplateText(kind)) return text;
  let filled = "";
  for (const part of partsOf(kind, text)) {
    const use = part.fills ? parseParamUse(part.text) : null;
    if (use === null) {
      filled += part.text;
      continue;
    }
    const value = valueOf(use);
    // A program would read it as an option.
    if (kind === "argv" && value.startsWith("-")) return null;
    // A dot part or a slash would lead elsewhere.
    if ((kind === "path" || kind === "url") && /^\.{0,2}$/.test(value)) return null;
    if (kind === "path" && value.includes("/")) return null;
    filled += kind === "url" ? encodeURIComponent(value.toWellFormed()) : value;
  }
  return filled;
}
