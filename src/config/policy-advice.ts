import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { ROLES } from "#domain/values/language.ts";
import type { PolicyShape } from "#domain/policy/policy.ts";

type Issue = z.core.$ZodIssue;

/** How to fix an issue of the policy; `found` is the present value. */
export function policyAdvice(shape: PolicyShape, issue: Issue, found: unknown): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(shape, path);
    const near = issue.keys.flatMap((key) => nearest(key, known) ?? []);
    const fix = near.length === 0 ? "check the spelling" : `did you mean ${near.map((key) => `"${key}"`).join(", ")}?`;
    return `unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}; ${fix}`;
  }
  if (typeof found === "string") {
    if (path.at(-2) === "escalation" && path.length === 4)
      return `"${found}" is no step; each step is a list of names: write [[${found}]]`;
    if (issue.code === "invalid_type" && issue.expected === "array")
      return `expected a list: write [${/^[\w.@-]+$/.test(found) ? found : `'${found}'`}]`;
    if (path[0] === "permissions" && path.length === 3) {
      const near = nearest(found, ["anyone", "known", "responders", "roles", ...ROLES]);
      return `"${found}" is nobody; ${near === null ? "" : `did you mean "${near}"? `}${issue.message}`;
    }
  }
  // Of a name in front of a colon the fault stands one level down.
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

/** YAML's own message, and a fix where it has none. */
export function yamlAdvice(message: string): string {
  const [line = ""] = message.split("\n");
  const plain = line.replace(/ at line \d+, column \d+:?$/, "");
  return /reserved character @/.test(plain)
    ? 'a value that starts with @ must be put in quotes, such as "@sre-leads"'
    : plain;
}

/** The known word that was most likely meant, or null. */
function nearest(typed: string, known: readonly string[]): string | null {
  const [best] = known.map((word) => ({ word, off: distance(word, typed) })).toSorted((a, b) => a.off - b.off);
  return best !== undefined && best.off <= Math.max(1, Math.floor(typed.length / 3)) ? best.word : null;
}

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
};

/** The keys that may stand at a place of the policy. */
function keysAt(policy: PolicyShape, path: readonly string[]): readonly string[] {
  const parts = (schema: Schema): readonly Schema[] => [
    schema,
    ...[...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) => parts(each)),
  ];
  let here = parts(z.toJSONSchema(policy, { io: "input", unrepresentable: "any", reused: "inline" }) as Schema);
  for (const part of path)
    here = here.flatMap(({ properties = {}, additionalProperties, items }) => {
      const next = Object.hasOwn(properties, part)
        ? properties[part]
        : typeof additionalProperties === "object"
          ? additionalProperties
          : items;
      return next === undefined || Array.isArray(next) ? [] : parts(next as Schema);
    });
  return here.flatMap(({ properties = {} }) => Object.keys(properties));
}
