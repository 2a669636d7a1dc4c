import { PGlite } from "@electric-sql/pglite";
import { afterAll, describe, expect, test } from "vitest";
import { SQL_CALLS } from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks } = await loadRunbooks("runbooks");
const database = new PGlite();
afterAll(() => database.close());

/** Every statement that a shipped runbook can run: a parser accepts what PostgreSQL then refuses. */
const STATEMENTS = [
  ...runbooks.flatMap(({ id, steps }) =>
    steps.flatMap((step) =>
      [step, step.guard].flatMap((call) =>
        call?.uses === "sql.query" && typeof call.with["sql"] === "string"
          ? [[`${id}: ${step.id}`, call.with["sql"]] as const]
          : [],
      ),
    ),
  ),
  ...Object.entries(SQL_CALLS).map(([name, { sql }]) => [name, sql] as const),
];

describe("PostgreSQL itself accepts", () => {
  test.each(STATEMENTS)("%s", async (_, sql) => {
    expect((await database.describeQuery(sql)).resultFields.length).toBeGreaterThan(0);
  });

  test("and not a lag that is a time minus a place in the log", async () => {
    await expect(database.describeQuery("SELECT now() - pg_last_wal_receive_lsn()")).rejects.toThrow(
      "operator does not exist",
    );
  });
});
