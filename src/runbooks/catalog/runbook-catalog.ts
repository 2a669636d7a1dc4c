import type { AlertLabels } from "#domain/values/delivery.ts";
import { compileRunbook, isForAlert } from "#runbooks/language/compiled-runbook.ts";
import { toDocumentation, checkRunbook } from "#runbooks/language/lint-runbook.ts";
import { sortProblems, type RunbookProblem } from "#runbooks/language/runbook-problem.ts";
import type { Runbook } from "#runbooks/language/runbook.ts";

/** What the disk is asked for; the catalogue itself touches none. */
export type CatalogSource = {
  /** The names of the files in the folder; null when there is no such folder. */
  readonly list: () => Promise<readonly string[] | null>;
  readonly read: (name: string) => Promise<string>;
};

export type RunbookCatalog = { readonly runbooks: readonly Runbook[]; readonly problems: readonly RunbookProblem[] };

/** Longer than any page that someone reads at night. */
const MAX_BYTES = 256 * 1024;

/** All runbooks of a folder, by id. Two of one id are both kept from running; a file that cannot be read is a problem. */
export async function loadCatalog(folder: string, catalog: CatalogSource): Promise<RunbookCatalog> {
  const names = ((await catalog.list()) ?? []).filter((name) => /\.(?:md|markdown)$/i.test(name)).toSorted();
  const runbooks: Runbook[] = [];
  const problems: RunbookProblem[] = [];
  for (const name of names) {
    const file = `${folder}/${name}`;
    const wrong = (message: string, fix: string): void =>
      void problems.push({ file, line: 1, column: 1, message, fix });
    let text: string;
    try {
      text = await catalog.read(name);
    } catch (error) {
      wrong(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, "make it readable for Muster");
      continue;
    }
    if (text.length > MAX_BYTES) {
      wrong(`${text.length} characters`, `a runbook has ${MAX_BYTES} at most; split it`);
      continue;
    }
    const checked = await checkRunbook(text, file);
    problems.push(...checked.problems);
    if (checked.runbook === null) continue;
    const same = runbooks.findIndex(({ id }) => id === checked.runbook?.id);
    if (same < 0) {
      runbooks.push(checked.runbook);
      continue;
    }
    const first = runbooks[same]!;
    wrong(`the id "${first.id}" is that of ${first.file} too`, "give one of them another id");
    runbooks[same] = toDocumentation(first);
  }
  for (const runbook of runbooks) compileRunbook(runbook);
  return {
    runbooks,
    problems: names.flatMap((name) => sortProblems(problems.filter(({ file }) => file === `${folder}/${name}`))),
  };
}

/** The runbooks that are for an alert with these labels: what can run first. Documentation without matchers is for none. */
export function matchRunbooks(runbooks: readonly Runbook[], labels: AlertLabels): readonly Runbook[] {
  return runbooks
    .filter((runbook) => isForAlert(runbook, labels))
    .toSorted((a, b) => Number(a.documentation) - Number(b.documentation) || (a.id < b.id ? -1 : 1));
}

/** Whether any runbook is for an alert with these labels, a page to read included. */
export function hasRunbook(runbooks: readonly Runbook[], labels: AlertLabels): boolean {
  return runbooks.some((runbook) => isForAlert(runbook, labels));
}
