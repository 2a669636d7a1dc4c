import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Connection } from "#db/client.ts";
import type { Problem, Runbook } from "#runbooks/index.ts";
import { differences } from "./differences.ts";
import { play } from "./play.ts";
import { readTests, testFileOf, type Case, type Tests } from "./read.ts";

/** The tests of a runbook; null when it has none. */
export async function testsOf(runbook: Runbook): Promise<Tests | null> {
  const file = testFileOf(runbook);
  return existsSync(file) ? readTests(await readFile(file, "utf8"), file, runbook) : null;
}

/** Plays one case, and says in what it differs from what was expected. None: it is as it should be. */
export async function runCase(connection: Connection, runbook: Runbook, written: Case): Promise<readonly Problem[]> {
  return differences(runbook, written, await play(connection, runbook, written));
}
