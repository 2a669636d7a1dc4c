import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { compileRunbook, isForAlert } from "#runbooks/language/compiled-runbook.ts";
import { toDocumentation, checkRunbook, type CheckedRunbook } from "#runbooks/language/lint-runbook.ts";
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

/** The text of a runbook, the file that it stands in, and the functions of SQL that the policy lets in. */
export type RunbookFile = { readonly file: string; readonly text: string; readonly functions?: readonly string[] };

/** Reads and lints files: an answer for each, in their order. */
export type RunbookCheck = (files: readonly RunbookFile[]) => Promise<readonly CheckedRunbook[]>;

/** Reads and lints files in this process, one after the other. */
export const checkRunbookFiles: RunbookCheck = async (files) => {
  const checked: CheckedRunbook[] = [];
  for (const { text, file, functions } of files) checked.push(await checkRunbook(text, file, functions));
  return checked;
};

/** All runbooks of a folder, by id. Two of one id are both kept from running; a file that cannot be read is a problem. */
export async function loadCatalog(
  folder: string,
  source: CatalogSource,
  check: RunbookCheck = checkRunbookFiles,
  functions: readonly string[] = [],
): Promise<RunbookCatalog> {
  const names = ((await source.list()) ?? []).filter((name) => /\.(?:md|markdown)$/i.test(name)).toSorted();
  const runbooks: Runbook[] = [];
  const problems: RunbookProblem[] = [];
  const files = await readFiles(folder, names, source, problems);
  const checked = await check(files.map((file) => (functions.length === 0 ? file : { ...file, functions })));
  for (const [i, { file }] of files.entries()) {
    const { runbook, problems: found } = checked[i]!;
    problems.push(...found);
    if (runbook === null) continue;
    const same = runbooks.findIndex(({ id }) => id === runbook.id);
    if (same < 0) {
      runbooks.push(runbook);
      continue;
    }
    const first = runbooks[same]!;
    const message = `the id "${first.id}" is that of ${first.file} too`;
    problems.push({ file, line: 1, column: 1, message, fix: "give one of them another id" });
    runbooks[same] = toDocumentation(first);
  }
  for (const runbook of runbooks) compileRunbook(runbook);
  return {
    runbooks,
    problems: names.flatMap((name) => sortProblems(problems.filter(({ file }) => file === `${folder}/${name}`))),
  };
}

/** The files that can be read and are not too long; what is wrong with the others goes to `problems`. */
async function readFiles(
  folder: string,
  names: readonly string[],
  source: CatalogSource,
  problems: RunbookProblem[],
): Promise<readonly RunbookFile[]> {
  const files: RunbookFile[] = [];
  for (const name of names) {
    const file = `${folder}/${name}`;
    const wrong = (message: string, fix: string): void =>
      void problems.push({ file, line: 1, column: 1, message, fix });
    try {
      const text = await source.read(name);
      if (text.length <= MAX_BYTES) files.push({ file, text });
      else wrong(`${text.length} characters`, `a runbook has ${MAX_BYTES} at most; split it`);
    } catch (error) {
      wrong(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, "make it readable for Muster");
    }
  }
  return files;
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
