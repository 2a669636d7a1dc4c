import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { SQL_CALLS } from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

const { runbooks } = await loadRunbooks("runbooks");
let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** How many columns the server would answer with; it plans the statement and does not run it. */
async function columnsOf(sql: string): Promise<number> {
  await client.query(`prepare planned as ${sql}`);
  const { rows } = await client.query<{ columns: number }>(
    "select cardinality(result_types) as columns from pg_prepared_statements where name = 'planned'",
  );
  await client.query("deallocate planned");
  return rows[0]?.columns ?? 0;
}

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
    expect(await columnsOf(sql)).toBeGreaterThan(0);
  });

  test("and not a lag that is a time minus a place in the log", async () => {
    await expect(columnsOf("SELECT now() - pg_last_wal_receive_lsn()")).rejects.toThrow("operator does not exist");
  });
});
