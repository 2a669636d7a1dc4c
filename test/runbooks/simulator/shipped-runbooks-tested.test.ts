import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { formatProblem, type Runbook } from "#runbooks/index.ts";
import { changesSystems, type TestCase } from "#runbooks/simulator/test-cases.ts";
import { runCase, loadTests } from "#runbooks/simulator/run-case.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks } = await loadRunbooks("runbooks");
const shipped = await Promise.all(runbooks.map(async (runbook) => ({ runbook, tests: await loadTests(runbook) })));

let database: TestDatabase;
let connection: DatabaseConnection;
beforeAll(async () => {
  database = await freshDatabase();
  connection = await openDatabase({ kind: "server", url: database.url, connections: 4 }, () => {});
});
afterAll(async () => {
  await connection.close();
  await database.drop();
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
