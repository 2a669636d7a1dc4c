import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { DatabaseConnection } from "#db/client.ts";
import type { RunbookProblem, Runbook } from "#runbooks/index.ts";
import { findDifferences } from "./case-differences.ts";
import { playCase } from "./play-case.ts";
import type { TestedAutomation } from "./simulator.ts";
import { readTests, testFilePath, type TestCase, type RunbookTests } from "./test-cases.ts";

/** The tests of a runbook; null when it has none. */
export async function loadTests(runbook: Runbook): Promise<RunbookTests | null> {
  const file = testFilePath(runbook);
  return existsSync(file) ? readTests(await readFile(file, "utf8"), file, runbook) : null;
}

/** Plays one case, and lists how it differs from what was expected. None: it is as it should be. */
export async function runCase(
  connection: DatabaseConnection,
  runbook: Runbook,
  written: TestCase,
  automation: TestedAutomation = {},
): Promise<readonly RunbookProblem[]> {
  return findDifferences(runbook, written, await playCase(connection, runbook, written, automation));
}
