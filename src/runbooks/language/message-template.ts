import { Liquid } from "liquidjs";
import { RUNBOOK_ACTIONS } from "#runbooks/actions/action-registry.ts";
import { unknownStepMessage, type ConditionScope } from "./cel.ts";
import { templateVariables, type ConditionFacts } from "./condition.ts";
import { suggestFix } from "./runbook-problem.ts";
import type { TextFlaw } from "./promql.ts";
import { stepKey } from "./runbook.ts";

/**
 * Templates of message text, and of nothing else. They reach no files (`templates` is empty and the tags that include
 * are gone), only what is there by its own name, and stop at limits. Values are data: the text of an alert is never a
 * template.
 */
function liquid(escape: (text: string) => string): Liquid {
  const engine = new Liquid({
    templates: {},
    strictVariables: true,
    // A template may test whether something is there, so that the message is sent even when it is not.
    lenientIf: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: 20_000,
    renderLimit: 200,
    memoryLimit: 200_000,
    outputEscape: (value: unknown) => escape(typeof value === "string" ? value : (JSON.stringify(value) ?? "")),
  });
  for (const tag of ["include", "render", "layout", "block"]) delete engine.tags[tag];
  // It would switch the escaping off.
  delete engine.filters["raw"];
  return engine;
}

const checker = liquid((text) => text);

/** Everything wrong with a template: its syntax, and what it speaks of. */
export function checkMessage(text: string, scope: ConditionScope): readonly TextFlaw[] {
  let names: readonly (readonly unknown[])[];
  try {
    names = checker.globalVariableSegmentsSync(checker.parse(text));
  } catch (error) {
    const { message, token } = error as { message?: string; token?: { begin?: number } };
    return [
      {
        offset: token?.begin ?? 0,
        message: `no template: ${(message ?? String(error)).replace(/, line:\d+, col:\d+.*$/s, "")}`,
        fix: "see docs/runbooks.md, Messages",
      },
    ];
  }
  return names.flatMap(([root, name, field]): readonly TextFlaw[] => {
    const [first, second, third] = [nameIn(root), nameIn(name), nameIn(field)];
    const offset = Math.max(0, text.indexOf(name === undefined ? first : `${first}.${second}`));
    if (first === "labels") return [];
    if (first === "params") return checkParam(second, third, scope, offset);
    if (first === "steps") return checkFinding(second, third, scope, offset);
    return [
      { offset, message: `"${first}" is unknown`, fix: suggestFix(first, ["params", "labels", "steps"], "names") },
    ];
  });
}

/** A parameter that a message speaks of: it is there, and of a row of the inventory a field. */
function checkParam(name: string, field: string, { params }: ConditionScope, offset: number): readonly TextFlaw[] {
  const param = Object.hasOwn(params, name) ? params[name] : undefined;
  if (param === undefined)
    return [
      {
        offset,
        message: `there is no parameter "${name}"`,
        fix: suggestFix(name, Object.keys(params), "parameters"),
      },
    ];
  if (param.inventory !== null && field === "")
    return [
      {
        offset,
        message: `${name} is a row of the inventory`,
        fix: `write params.${name}.name, or another of its fields`,
      },
    ];
  return [];
}

/** What a step found, spoken of in a message: the step comes before, and finds it. */
function checkFinding(name: string, field: string, scope: ConditionScope, offset: number): readonly TextFlaw[] {
  const step = scope.before.find(({ id }) => stepKey(id) === name);
  if (step === undefined) {
    const later = scope.all.some(({ id }) => stepKey(id) === name || id === name);
    const before = scope.before.map(({ id }) => stepKey(id));
    return [
      {
        offset,
        message:
          later && !before.includes(name.replaceAll("-", "_"))
            ? `step "${name}" does not come before this one`
            : unknownStepMessage(name),
        fix: suggestFix(name, before, "steps"),
      },
    ];
  }
  const fields = Object.keys(RUNBOOK_ACTIONS.get(step.uses)?.output.shape ?? {});
  return field === "" || fields.includes(field)
    ? []
    : [{ offset, message: `${step.uses} finds no "${field}"`, fix: suggestFix(field, fields, "fields") }];
}

/** A part of a variable's path; a part that is computed has no name. */
function nameIn(segment: unknown): string {
  return typeof segment === "string" || typeof segment === "number" ? String(segment) : "";
}

/** The text of a template. `escape` makes data harmless where it will be shown. */
export function renderTemplate(
  template: string,
  facts: ConditionFacts,
  escape: (text: string) => string,
): { ok: true; text: string } | { ok: false; error: string } {
  try {
    return { ok: true, text: String(liquid(escape).parseAndRenderSync(template, templateVariables(facts))) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
