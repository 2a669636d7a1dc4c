import { distance } from "fastest-levenshtein";

export type FilePosition = { readonly line: number; readonly column: number };

/** One thing wrong with a runbook: where it stands in the file (both count from 1), what it is, and what to do. */
export type RunbookProblem = FilePosition & { readonly file: string; readonly message: string; readonly fix: string };

/** "runbooks/disk-filling.md:12:7: unknown key "whne"; write "when"": what editors and people can follow. */
export function formatProblem({ file, line, column, message, fix }: RunbookProblem): string {
  return `${file}:${line}:${column}: ${message}; ${fix}`;
}

/** In the order in which a reader meets them. */
export function sortProblems(problems: readonly RunbookProblem[]): readonly RunbookProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** The name that was probably meant, or null when none is near. */
export function nearestName(name: string, names: Iterable<string>): string | null {
  let best: { readonly name: string; readonly far: number } | null = null;
  for (const each of names) {
    const far = distance(name.toLowerCase(), each.toLowerCase());
    if (best === null || far < best.far) best = { name: each, far };
  }
  return best !== null && best.far <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : null;
}

/** What to write instead of a name that does not exist. */
export function suggestFix(name: string, names: readonly string[], what: string): string {
  const near = nearestName(name, names);
  if (near !== null) return `write "${near}"`;
  return names.length === 0 ? `there are no ${what} here` : `${what} here: ${names.join(", ")}`;
}
