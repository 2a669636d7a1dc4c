import { isNode, LineCounter, parseDocument, visit, type Document } from "yaml";
import { automationVariables } from "#domain/policy/automation-policy.ts";
import type { z } from "zod";
import { policyShape, type Policy, type PolicyShape } from "#domain/policy/policy.ts";
import type { PolicyVendors } from "#domain/policy/policy-vendors.ts";
import { withReferences } from "#domain/paging/policy-references.ts";
import { permissionNames } from "#verbs/verb-permission.ts";
import { findVerb, ALL_VERBS } from "#verbs/verb-registry.ts";
import { environmentWith } from "./environment.ts";
import { policyAdvice, yamlAdvice } from "./policy-advice.ts";
import { POLICY_VENDORS, TRACKER_LIST } from "./vendor-lists.ts";

/** One thing wrong with a policy file: where, and what to do. `line` counts from 1; null when there is no line to name. */
export type PolicyProblem = {
  readonly file: string;
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
};

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Reads a policy from YAML; answers the policy, or every problem with its line, the first line first. */
export function readPolicy(
  text: string,
  file: string,
  vendors: PolicyVendors = POLICY_VENDORS,
): { readonly policy: Policy | null; readonly problems: readonly PolicyProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, merge: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0)
    return {
      policy: null,
      problems: faults.map((fault, i) => ({
        file,
        line: fault.linePos?.[0].line ?? null,
        path: "",
        message: `${yamlAdvice(fault.message)}${i === faults.length - 1 ? "; the rest of the file is looked at when it is YAML" : ""}`,
      })),
    };
  const alias = firstAlias(document, lines);
  if (alias !== null)
    return {
      policy: null,
      problems: [
        {
          file,
          line: alias,
          path: "",
          message: "anchors and aliases (& and *) are not supported here: write the value out",
        },
      ],
    };
  const raw: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  const shape = policyShape(vendors);
  const parsed = withReferences(shape).safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : issuesOf(shape, raw, parsed.error.issues)).map((issue): PolicyProblem => {
      const path = issue.path.map(String);
      const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
      return {
        file,
        line: lineOf(document, lines, unknown.length > 0 ? [...path, unknown[0]!] : path),
        path: path.join("."),
        message: policyAdvice(shape, issue, valueAt(raw, issue.path)),
      };
    }),
    ...unknownVerbs(valueAt(raw, ["permissions"])).map(({ verb, message }): PolicyProblem => {
      return { file, line: lineOf(document, lines, ["permissions", verb]), path: `permissions.${verb}`, message };
    }),
    ...(parsed.success ? ownVariables(parsed.data) : []).map(({ name, path }): PolicyProblem => {
      const message = `${name} is a setting of Muster itself, which no runbook may send anywhere: keep the secret in a variable of its own`;
      return { file, line: lineOf(document, lines, path.map(String)), path: path.join("."), message };
    }),
  ].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return parsed.success && problems.length === 0 ? { policy: parsed.data, problems } : { policy: null, problems };
}

/** Variables for what runbooks act through that are settings of Muster. */
function ownVariables({ automation }: Policy): ReturnType<typeof automationVariables> {
  const settings = new Set(Object.keys(environmentWith(TRACKER_LIST).shape));
  return automationVariables(automation).filter(({ name }) => settings.has(name.replace(/_FILE$/, "")));
}

function unknownVerbs(permissions: unknown): readonly { readonly verb: string; readonly message: string }[] {
  if (typeof permissions !== "object" || permissions === null || Array.isArray(permissions)) return [];
  return Object.keys(permissions)
    .filter((verb) => !ALL_VERBS.some((each) => permissionNames(each).includes(verb)))
    .map((verb) => {
      const alias = findVerb(verb);
      const fix =
        alias === null
          ? `verbs are: ${ALL_VERBS.flatMap(permissionNames).join(", ")}`
          : `write "${alias.name}", whose other name this is`;
      return { verb, message: `no verb is called "${verb}"; ${fix}` };
    });
}

/**
 * Every issue: those of the shape, and those of names in what is left when whatever has a wrong shape is taken out; else
 * someone mends ten lines only to learn of ten more. What was taken out cannot be missed by its name.
 */
function issuesOf(shape: PolicyShape, raw: unknown, found: readonly Issue[]): readonly Issue[] {
  const rest: unknown = structuredClone(raw);
  const taken: Path[] = [];
  for (;;) {
    const left = shape.safeParse(rest);
    if (left.success) break;
    for (const { path, ...issue } of left.error.issues)
      for (const each of issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path]) {
        const out = takeOut(rest, each);
        if (out === null) return found;
        taken.push(out);
      }
  }
  const names = taken.length === 0 ? [] : (withReferences(shape).safeParse(rest).error?.issues ?? []);
  const explained = ({ path, message }: Issue): boolean =>
    taken.some(
      (out) =>
        out.every((part, i) => path[i] === part) || (out.length <= 2 && message.endsWith(`under ${String(out[0])}`)),
    );
  return [...found, ...names.filter((issue) => !explained(issue))];
}

/** Removes the deepest named part of a path, and answers its path; null when there is none. */
function takeOut(root: unknown, path: Path): Path | null {
  for (let depth = path.length; depth > 0; depth--) {
    const [key, holder] = [path[depth - 1]!, valueAt(root, path.slice(0, depth - 1))];
    if (
      typeof key === "string" &&
      typeof holder === "object" &&
      holder !== null &&
      !Array.isArray(holder) &&
      Object.hasOwn(holder, key)
    ) {
      Reflect.deleteProperty(holder, key);
      return path.slice(0, depth);
    }
  }
  return null;
}

function valueAt(root: unknown, path: Path): unknown {
  let at = root;
  for (const part of path)
    at =
      typeof at === "object" && at !== null && Object.hasOwn(at, part)
        ? (at as Record<PropertyKey, unknown>)[part]
        : undefined;
  return at;
}

/** The line of the first alias, or null. A few of them can stand for more text than a memory holds. */
function firstAlias(document: Document, lines: LineCounter): number | null {
  let line: number | null = null;
  visit(document, {
    Alias(_, { range }) {
      line = lines.linePos(range?.[0] ?? 0).line;
      return visit.BREAK;
    },
  });
  return line;
}

/** The line of the deepest part of the path that the file has. */
function lineOf(document: Document, lines: LineCounter, path: readonly string[]): number | null {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(
      path.slice(0, depth).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    );
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}
