import { Liquid } from "liquidjs";
import { RUNBOOK_ACTIONS } from "#runbooks/actions/action-registry.ts";
import { unknownStepMessage, type ConditionScope } from "./cel.ts";
import { templateVariables, type ConditionFacts } from "./condition.ts";
import { suggestFix } from "./runbook-problem.ts";
import type { TextFlaw } from "./promql.ts";
import { stepKey } from "./runbook.ts";

/**
 * Templates of message text, and of nothing else. They reach no files (`templates` is empty and the tags that include are
 * gone), only what is there by its own name, and stop at limits. Values are data: what an alert says is never a template.
 */
function liquid(escape: (text: string) => string): Liquid {
  const engine = new Liquid({
    templates: {},
    strictVariables: true,
    // To ask whether something is there is how a message is told all the same when it is not.
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
  return names.flatMap(([root, name, field]): TextFlaw[] => {
    const [first, second, third] = [nameIn(root), nameIn(name), nameIn(field)];
    const offset = Math.max(0, text.indexOf(name === undefined ? first : `${first}.${second}`));
    if (first === "labels") return [];
    if (first === "params") {
      const param = Object.hasOwn(scope.params, second) ? scope.params[second] : undefined;
      if (param === undefined)
        return [
          {
            offset,
            message: `there is no parameter "${second}"`,
            fix: suggestFix(second, Object.keys(scope.params), "parameters"),
          },
        ];
      if (param.inventory !== null && third === "")
        return [
          {
            offset,
            message: `${second} is a row of the inventory`,
            fix: `write params.${second}.name, or another of its fields`,
          },
        ];
      return [];
    }
    if (first === "steps") {
      const step = scope.before.find(({ id }) => stepKey(id) === second);
      if (step === undefined) {
        const later = scope.all.some(({ id }) => stepKey(id) === second || id === second);
        const before = scope.before.map(({ id }) => stepKey(id));
        return [
          {
            offset,
            message:
              later && !before.includes(second.replaceAll("-", "_"))
                ? `step "${second}" does not come before this one`
                : unknownStepMessage(second),
            fix: suggestFix(second, before, "steps"),
          },
        ];
      }
      const fields = Object.keys(RUNBOOK_ACTIONS.get(step.uses)?.output.shape ?? {});
      return third === "" || fields.includes(third)
        ? []
        : [{ offset, message: `${step.uses} finds no "${third}"`, fix: suggestFix(third, fields, "fields") }];
    }
    return [
      { offset, message: `"${first}" is unknown`, fix: suggestFix(first, ["params", "labels", "steps"], "names") },
    ];
  });
}

/** A part of a variable's path; a part that is computed has no name. */
function nameIn(segment: unknown): string {
  return typeof segment === "string" || typeof segment === "number" ? String(segment) : "";
}

/** The text of a template. `escape` makes data harmless where it will be shown. */
export function renderMessage(
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
