import { existsSync } from "node:fs";
import { openSimulatorDatabase } from "#runbooks/simulator/simulator.ts";
import { testFilePath } from "#runbooks/simulator/test-cases.ts";
import { runCase, loadTests } from "#runbooks/simulator/run-case.ts";
import { loadPolicy } from "#config/app-config.ts";
import { formatProblem, type Runbook } from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import type { CommandTerminal } from "#app/terminal.ts";

/** Plays the tests of all runbooks or of the named ones, and reports each case. */
export async function testRunbooks(
  folder: string,
  names: readonly string[],
  terminal: CommandTerminal,
): Promise<number> {
  if (!existsSync(folder)) return terminal.reportFailure(`${folder}: no such folder; MUSTER_RUNBOOKS names it`, 1);
  // What is wrong with a policy is for `muster check`: its defaults are tested with.
  const automation = loadPolicy(terminal.env["MUSTER_CONFIG"] || "muster.yaml", false).policy?.automation;
  const { runbooks, problems } = await loadRunbooks(folder, undefined, automation?.functions);
  const wanted = names.map((name) => name.replace(/^.*[/\\]/, "").replace(/\.(?:test\.yaml|md|markdown)$/i, ""));
  const lost = wanted.filter((name) => !runbooks.some(({ id }) => id === name));
  if (lost.length > 0)
    return terminal.reportFailure(
      `there is no runbook ${lost.join(" and ")} in ${folder}; there are: ${runbooks.map(({ id }) => id).join(", ") || "none"}`,
      1,
    );
  const chosen = runbooks.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
  const broken = problems.filter(({ file }) => chosen.some((runbook) => runbook.file === file));
  if (broken.length > 0) return terminal.reportFailure(broken.map(formatProblem).join("\n"), 1);
  const tested: { readonly runbook: Runbook; readonly tests: NonNullable<Awaited<ReturnType<typeof loadTests>>> }[] =
    [];
  for (const runbook of chosen) {
    const tests = await loadTests(runbook);
    if (tests !== null) tested.push({ runbook, tests });
    else if (wanted.length > 0)
      return terminal.reportFailure(
        `${runbook.id} has no tests: write ${testFilePath(runbook)}; docs/runbooks.md, "Testing a runbook", has one to copy`,
        1,
      );
  }
  const unreadable = tested.flatMap(({ tests }) => tests.problems);
  if (unreadable.length > 0) return terminal.reportFailure(unreadable.map(formatProblem).join("\n"), 1);
  const connection = await openSimulatorDatabase();
  let passed = 0;
  let failed = 0;
  try {
    for (const { runbook, tests } of tested) {
      terminal.printLine(runbook.id);
      for (const written of tests.cases) {
        const found = await runCase(connection, runbook, written, { stepUp: automation?.stepUp ?? true });
        if (found.length === 0) passed++;
        else failed++;
        terminal.printLine(`  ${found.length === 0 ? "✓" : "✗"} ${written.name}`);
        for (const each of found) terminal.printLine(`      ${formatProblem(each)}`);
      }
    }
  } finally {
    await connection.close();
  }
  terminal.printLine(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
