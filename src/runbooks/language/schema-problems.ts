import type { z } from "zod";
import { suggestFix, type FilePosition, type RunbookProblem } from "./runbook-problem.ts";
import type { YamlPath, YamlSource } from "./yaml-source.ts";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** What zod found wrong, as problems with their places in the file and the fix. */
export function explainIssues(
  issues: readonly Issue[],
  schema: Schema,
  source: YamlSource,
  file: string,
  under: YamlPath = [],
): readonly RunbookProblem[] {
  return issues.flatMap((issue): RunbookProblem[] => {
    const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
    const whole = [...under, ...path];
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        file,
        ...source.atKey([...whole, key]),
        message: `unknown key "${key}"`,
        fix: suggestFix(key, schemaKeysAt(schema, path), "keys"),
      }));
    if (issue.code === "invalid_key")
      return [{ file, ...source.atKey(whole), ...split(issue.issues[0]?.message ?? issue.message) }];
    const missing = !exists(source.value, whole);
    const position: FilePosition = missing ? source.at(whole.slice(0, -1)) : source.at(whole);
    if (missing)
      return [
        {
          file,
          ...position,
          message: `"${String(path.at(-1) ?? "")}" is missing`,
          fix: `add ${String(path.at(-1) ?? "it")}: …`,
        },
      ];
    return [
      {
        file,
        ...position,
        ...(issue.code === "invalid_type" ? typeOf(issue.expected, issue.message) : split(issue.message)),
      },
    ];
  });
}

/** "what is wrong; what to do", as the schemas of this folder write it. */
function split(message: string): { message: string; fix: string } {
  const at = message.indexOf("; ");
  if (at >= 0) return { message: message.slice(0, at), fix: message.slice(at + 2) };
  const options = /^Invalid option: expected one of (.*)$/.exec(message)?.[1];
  if (options !== undefined)
    return {
      message: "none of the values that are possible here",
      fix: `write one of ${options.replaceAll("|", ", ").replaceAll('"', "")}`,
    };
  return { message: message.replace(/^Invalid input: /, ""), fix: "see docs/runbooks.md" };
}

const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  string: ["a text", "put quotes around it"],
  object: ["keys with values", "write it like { key: value }"],
  record: ["keys with values", "write it like { key: value }"],
  array: ["a list", "write it like [one, two]"],
  number: ["a number", "write it without quotes"],
  int: ["a whole number", "write it without quotes and fraction"],
  boolean: ["true or false", "write true or false without quotes"],
};

function typeOf(expected: string, message: string): { message: string; fix: string } {
  if (message.includes("; ")) return split(message);
  const [what, fix] = NAMES[expected] ?? [expected, "see docs/runbooks.md"];
  return { message: `expected ${what}`, fix };
}

function exists(value: unknown, path: YamlPath): boolean {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return false;
    at = (at as Record<string | number, unknown>)[part];
  }
  return true;
}

type Def = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly options?: readonly Schema[];
};

/** The keys that an object at a path may have. */
export function schemaKeysAt(schema: Schema | undefined, path: YamlPath): readonly string[] {
  if (schema === undefined) return [];
  const def = schema._zod.def as Def;
  const inside = def.innerType ?? def.in;
  if (inside !== undefined) return schemaKeysAt(inside, path);
  if (def.options !== undefined) return def.options.flatMap((option) => schemaKeysAt(option, path));
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(def.shape ?? {});
  return schemaKeysAt(def.shape?.[String(head)] ?? def.element ?? def.valueType, rest);
}
