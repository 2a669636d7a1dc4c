import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { checkRunbook, type Runbook } from "#runbooks/index.ts";
import { readTests, testFilePath } from "#runbooks/simulator/test-cases.ts";
import { runCase } from "#runbooks/simulator/run-case.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { mutantsOf } from "#test/support/builders/runbooks/runbook-mutants.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks } = await loadRunbooks("runbooks");

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

/** How many slips each case of a runbook has seen. The one that saw most is played first: one that sees the slip is enough. */
type CaseCounts = Map<string, number>;

/** A case that a runbook with a slip in it fails, or what sees the slip before; null: nothing does. */
async function seenBy(text: string, { file, id }: Runbook, seen: CaseCounts): Promise<string | null> {
  const { runbook, problems } = await checkRunbook(text, file);
  if (runbook === null || problems.length > 0) return "the linter";
  const tests = readTests(readFileSync(testFilePath({ file }), "utf8"), `${id}.test.yaml`, runbook);
  if (tests.problems.length > 0) return "the format";
  const times = (name: string): number => seen.get(name) ?? 0;
  for (const written of tests.cases.toSorted((a, b) => times(b.name) - times(a.name))) {
    if ((await runCase(connection, runbook, written)).length === 0) continue;
    seen.set(written.name, times(written.name) + 1);
    return written.name;
  }
  return null;
}

describe.each(["certificate-expiring", "disk-filling"])("a slip in %s is seen", (id) => {
  const runbook = runbooks.find((each) => each.id === id)!;
  const mutants = mutantsOf(readFileSync(runbook.file, "utf8"));
  const seen: CaseCounts = new Map();

  test("exist", () => expect(mutants.length).toBeGreaterThan(5));

  test.each(mutants)("$what", { timeout: 60_000 }, async ({ text }) => {
    expect(await seenBy(text, runbook, seen)).not.toBeNull();
  });
});
