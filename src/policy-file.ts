import { isNode, LineCounter, parseDocument, visit, type Document } from "yaml";
import { PolicyFile, type Policy } from "#domain/policy.ts";
import { verbCalled, VERBS } from "#verbs/registry.ts";

/** One thing wrong with a policy file: where, and what to do. `line` counts from 1; null when there is no line to name. */
export type PolicyProblem = { readonly file: string; readonly line: number | null; readonly path: string; readonly message: string };

/** Reads a policy from YAML; answers the policy, or every problem with its line. */
export function readPolicy(text: string, file: string): { readonly policy: Policy | null; readonly problems: readonly PolicyProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, merge: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0)
    return {
      policy: null,
      problems: faults.map((fault) => ({
        file,
        line: fault.linePos?.[0].line ?? null,
        path: "",
        message: (fault.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
      })),
    };
  const alias = firstAlias(document, lines);
  if (alias !== null)
    return { policy: null, problems: [{ file, line: alias, path: "", message: "anchors and aliases (& and *) are not supported here: write the value out" }] };
  const parsed = PolicyFile.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (parsed.success) {
    const problems = Object.keys(parsed.data.permissions)
      .filter((verb) => !VERBS.some(({ name }) => name === verb))
      .map((verb): PolicyProblem => {
        const alias = verbCalled(verb);
        const fix = alias === null ? `verbs are: ${VERBS.map(({ name }) => name).join(", ")}` : `write "${alias.name}", whose other name this is`;
        return { file, line: lineOf(document, lines, ["permissions", verb]), path: `permissions.${verb}`, message: `no verb is called "${verb}"; ${fix}` };
      });
    return problems.length === 0 ? { policy: parsed.data, problems } : { policy: null, problems };
  }
  return {
    policy: null,
    problems: parsed.error.issues.map((issue) => {
      const path = issue.path.map(String);
      const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
      return {
        file,
        line: lineOf(document, lines, unknown.length > 0 ? [...path, unknown[0]!] : path),
        path: path.join("."),
        message: unknown.length > 0 ? `unknown key ${unknown.map((key) => `"${key}"`).join(", ")}; check the spelling` : issue.message,
      };
    }),
  };
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
