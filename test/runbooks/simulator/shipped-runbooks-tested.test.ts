import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { checkRunbook, formatProblem, type Runbook } from "#runbooks/index.ts";
import { changesSystems, readTests, testFilePath, type TestCase } from "#runbooks/simulator/test-cases.ts";
import { runCase, loadTests } from "#runbooks/simulator/run-case.ts";
import { removeDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freshDataDirectory } from "#test/support/harness/servers/embedded-database.ts";
import { mutantsOf } from "#test/support/builders/runbooks/runbook-mutants.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks } = await loadRunbooks("runbooks");
const shipped = await Promise.all(runbooks.map(async (runbook) => ({ runbook, tests: await loadTests(runbook) })));

let directory: string;
let connection: DatabaseConnection;
beforeAll(async () => {
  directory = await freshDataDirectory();
  connection = await openDatabase({ kind: "embedded", directory }, () => {});
});
afterAll(async () => {
  await connection.close();
  removeDirectory(directory);
});

const problemsOf = async (runbook: Runbook, written: TestCase): Promise<readonly string[]> =>
  (await runCase(connection, runbook, written)).map(formatProblem);

describe.each(shipped)("$runbook.id", ({ runbook, tests }) => {
  test("is tested: its changes, its refusals, without data and with a hostile label", () => {
    expect(tests?.problems.map(formatProblem)).toEqual([]);
    const outcomes = new Set(tests!.cases.map(({ expect: { outcome } }) => outcome));
    const fates = tests!.cases.flatMap(({ expect: { steps } }) => Object.values(steps));
    expect([...outcomes]).toEqual(expect.arrayContaining(["no plan", "suggested"]));
    if (!runbook.steps.some(changesSystems)) return;
    expect([...outcomes]).toEqual(expect.arrayContaining(["verified", "not verified", "denied"]));
    expect(fates).toEqual(expect.arrayContaining(["ran", "skipped", "unknown"]));
  });

  test.each(tests?.cases ?? [])("$name", { timeout: 60_000 }, async (written) => {
    expect(await problemsOf(runbook, written)).toEqual([]);
  });
});

/** The first case that a runbook with a slip in it fails; the linter may see it before. */
async function seenBy(text: string, { file, id }: Runbook): Promise<string | null> {
  const { runbook, problems } = await checkRunbook(text, file);
  if (runbook === null || problems.length > 0) return "the linter";
  const tests = readTests(readFileSync(testFilePath({ file }), "utf8"), `${id}.test.yaml`, runbook);
  if (tests.problems.length > 0) return "the format";
  for (const written of tests.cases) if ((await problemsOf(runbook, written)).length > 0) return written.name;
  return null;
}

describe.each(["certificate-expiring", "disk-filling"])("a slip in %s is seen", (id) => {
  const runbook = runbooks.find((each) => each.id === id)!;
  const mutants = mutantsOf(readFileSync(runbook.file, "utf8"));

  test("exist", () => expect(mutants.length).toBeGreaterThan(5));

  test.each(mutants)("$what", { timeout: 60_000 }, async ({ text }) => {
    expect(await seenBy(text, runbook)).not.toBeNull();
  });
});
