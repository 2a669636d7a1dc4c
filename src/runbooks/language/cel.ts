import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import { z } from "zod";
import { RUNBOOK_ACTIONS } from "#runbooks/actions/action-registry.ts";
import { suggestFix } from "./runbook-problem.ts";
import type { TextFlaw } from "./promql.ts";
import { stepKey, type RunbookParam, type Step } from "./runbook.ts";

/** What a condition can speak of. */
export type ConditionScope = {
  readonly params: Readonly<Record<string, RunbookParam>>;
  /** The steps before it, and all of the runbook. */
  readonly before: readonly Step[];
  readonly all: readonly Step[];
  /** The action whose answer is `result`, in a guard and a probe. */
  readonly result: string | null;
  /** Functions of SQL that the policy lets in. */
  readonly functions?: readonly string[];
};

type Json = {
  readonly type?: string | readonly string[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly additionalProperties?: Json | boolean;
  readonly anyOf?: readonly Json[];
};

/** No one writes longer conditions, and reading one must cost nothing. */
export const CEL_LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 50,
  maxMapEntries: 20,
  maxCallArguments: 10,
};

/** Everything wrong with a condition: syntax, names, types. `boolean` is false for the value of a step that is passed on. */
export function checkCel(text: string, scope: ConditionScope, boolean = true): readonly TextFlaw[] {
  let checked: ReturnType<Environment["check"]>;
  try {
    const parsed = environmentOf(scope).parse(text);
    const called = findCall(parsed.ast, "matches");
    if (called !== null)
      return [
        {
          offset: called.start,
          message: "matches() is not allowed, its expressions can take for ever",
          fix: "compare with ==, in, startsWith() or contains()",
        },
      ];
    checked = parsed.check();
  } catch (error) {
    return [flawOf(error, text, scope)];
  }
  if (!checked.valid) return [flawOf(checked.error, text, scope)];
  if (boolean && checked.type !== "bool" && checked.type !== "dyn")
    return [{ offset: 0, message: `it is a ${checked.type}, not true or false`, fix: "compare it with something" }];
  return [];
}

function environmentOf({ params, before, result }: ConditionScope): Environment {
  const environment = new Environment({ limits: CEL_LIMITS });
  let types = 0;
  const typeOf = (json: Json | boolean | undefined): string => {
    if (typeof json !== "object") return "dyn";
    if (json.anyOf !== undefined) {
      const some = json.anyOf.filter(({ type }) => type !== "null");
      return some.length === 1 ? typeOf(some[0]) : "dyn";
    }
    if (Array.isArray(json.type)) return typeOf({ ...json, type: json.type.find((type) => type !== "null") });
    if (json.type === "string") return "string";
    if (json.type === "boolean") return "bool";
    if (json.type === "number" || json.type === "integer") return "double";
    if (json.type === "array") return `list<${typeOf(json.items)}>`;
    if (json.type === "object" && json.properties === undefined)
      return `map<string, ${typeOf(json.additionalProperties)}>`;
    return json.type === "object"
      ? record(Object.fromEntries(Object.entries(json.properties ?? {}).map(([key, value]) => [key, typeOf(value)])))
      : "dyn";
  };
  const record = (schema: Record<string, string>): string => {
    const name = `Record${types++}`;
    environment.registerType({ name, schema });
    return name;
  };
  const outputOf = (uses: string): string => {
    const action = RUNBOOK_ACTIONS.get(uses);
    return action === undefined ? "dyn" : typeOf(z.toJSONSchema(action.output, { unrepresentable: "any" }) as Json);
  };
  environment.registerVariable("labels", "map<string, string>");
  environment.registerVariable(
    "params",
    record(
      Object.fromEntries(
        Object.entries(params).map(([name, { inventory }]) => [
          name,
          inventory === null ? "string" : "map<string, string>",
        ]),
      ),
    ),
  );
  environment.registerVariable(
    "steps",
    record(Object.fromEntries(before.map(({ id, uses }) => [stepKey(id), outputOf(uses)]))),
  );
  if (result !== null) environment.registerVariable("result", outputOf(result));
  return environment;
}

/** The library's error in words of runbooks. */
function flawOf(error: unknown, text: string, scope: ConditionScope): TextFlaw {
  const { summary, range, message } = error as { summary?: string; range?: { start: number }; message?: string };
  const offset = Math.min(range?.start ?? 0, text.length);
  const what = summary ?? (message ?? String(error)).split("\n")[0] ?? "";
  const key = /^No such key: (.*)$/.exec(what)?.[1];
  if (key !== undefined) {
    const owner = /([\w.[\]"]*)\.\s*$/.exec(text.slice(0, offset))?.[1] ?? "";
    if (owner === "steps") return stepFlaw(key, offset, text, scope);
    if (owner === "params")
      return {
        offset,
        message: `there is no parameter "${key}"`,
        fix: suggestFix(key, Object.keys(scope.params), "parameters"),
      };
    const step = /^steps\.(\w+)/.exec(owner)?.[1];
    const action = step === undefined ? scope.result : scope.before.findLast(({ id }) => stepKey(id) === step)?.uses;
    const fields = Object.keys(RUNBOOK_ACTIONS.get(action ?? "")?.output.shape ?? {});
    return { offset, message: `${action ?? owner} finds no "${key}"`, fix: suggestFix(key, fields, "fields") };
  }
  if (/^Unknown variable/.test(what)) {
    const name = /^Unknown variable: (\w+)/.exec(what)?.[1] ?? "";
    return {
      offset,
      message: `"${name}" is unknown`,
      fix: suggestFix(name, ["params", "labels", "steps", ...(scope.result === null ? [] : ["result"])], "names"),
    };
  }
  if (/double (?:==|!=|\+|-|\*|\/) int|int (?:==|!=|\+|-|\*|\/) double/.test(what))
    return {
      offset,
      message: `a decimal and a whole number: ${what}`,
      fix: "write the number with a fraction, such as 1.0",
    };
  if (/overload/.test(what))
    return {
      offset,
      message: `these do not go together: ${what.replace("no such overload: ", "")}`,
      fix: "compare numbers with numbers and texts with texts",
    };
  return { offset, message: `no condition: ${what}`, fix: "see docs/runbooks.md, Conditions" };
}

function stepFlaw(key: string, offset: number, text: string, scope: ConditionScope): TextFlaw {
  const dashed = scope.all.find(({ id }) => id.includes("-") && text.slice(offset).startsWith(id));
  if (dashed !== undefined)
    return { offset, message: `"${dashed.id}" reads as a subtraction`, fix: `write steps.${stepKey(dashed.id)}` };
  if (scope.all.some(({ id }) => stepKey(id) === key))
    return {
      offset,
      message: `step "${key}" does not come before this one`,
      fix: "move that step up; a condition knows the steps before it",
    };
  return {
    offset,
    message: unknownStepMessage(key),
    fix: suggestFix(
      key,
      scope.before.map(({ id }) => stepKey(id)),
      "steps",
    ),
  };
}

/** The message about a step that does not exist. */
export function unknownStepMessage(key: string): string {
  return `there is no step "${key}" before this one`;
}

/** The first call of a function or method in an expression, or null. */
export function findCall(root: ASTNode, name: string): ASTNode | null {
  const open: unknown[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (Array.isArray(node)) open.push(...(node as unknown[]));
    else if (typeof node === "object" && node !== null && "op" in node) {
      const each = node as ASTNode;
      if ((each.op === "call" || each.op === "rcall") && each.args[0] === name) return each;
      open.push(each.args);
    }
  }
  return null;
}
