import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { checkSql } from "#runbooks/language/sql.ts";
import { PURE_FUNCTIONS } from "#runbooks/language/statements/sql-functions.ts";
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

describe("a function in a statement that only reads", () => {
  test("is one that PostgreSQL has as immutable or stable in all its forms", async () => {
    const { rows } = await client.query<{ name: string; pure: boolean }>(
      "select proname as name, bool_and(provolatile in ('i', 's')) as pure from pg_proc where pronamespace = 'pg_catalog'::regnamespace group by 1",
    );
    const known = new Map(rows.map(({ name, pure }) => [name, pure]));
    expect([...PURE_FUNCTIONS].filter((name) => known.get(name) === false)).toEqual([]);
    // Some are of a newer server than this one.
    expect([...PURE_FUNCTIONS].filter((name) => known.has(name)).length).toBeGreaterThan(500);
  });

  test.each([
    "ts_stat('select pg_terminate_backend(pid)::text::tsvector from pg_stat_activity')",
    "pg_replication_slot_advance('s', '0/0')",
    "pg_logical_slot_get_changes('s', null, null)",
    "pg_copy_physical_replication_slot('s', 't')",
    "pg_replication_origin_drop('o')",
    "cron.schedule('* * * * *', 'select 1')",
    "pg_backup_start('x')",
    "pg_stat_statements_reset()",
    "pg_prewarm('t')",
    "public.now()",
    "txid_current()",
    "query_to_xml('delete from t', true, true, '')",
    "ts_rewrite('a'::tsquery, 'select 1')",
    "nextval('s')",
  ])("is not %s", async (call) => {
    const [flaw] = await checkSql(`select ${call}`, 0);
    expect(flaw?.message).toBe(`${call.slice(0, call.indexOf("("))}() is not known to only read`);
  });

  test.each([
    "count(*), max(now() - query_start), pg_catalog.lower('A')",
    "extract(epoch from now()), substring('abc' from 2), trim('a'), position('a' in 'b')",
    "pg_is_in_recovery(), pg_wal_lsn_diff('0/1', '0/0'), pg_size_pretty(pg_total_relation_size('pg_class'))",
    "coalesce(null, 1), greatest(1, 2), row_number() over (), now() at time zone 'UTC'",
  ])("may be %s", async (columns) => {
    expect(await checkSql(`select ${columns} from pg_stat_activity`, 0)).toEqual([]);
  });

  test("is one of ours where the policy lets it in, under the name that it stands by there", async () => {
    expect(await checkSql("select reporting.lag()", 0, ["reporting.lag"])).toEqual([]);
    expect(await checkSql("select other.lag()", 0, ["reporting.lag"])).toHaveLength(1);
  });
});

describe("PostgreSQL itself accepts", () => {
  test.each(STATEMENTS)("%s", async (_, sql) => {
    expect(await columnsOf(sql)).toBeGreaterThan(0);
  });

  test("and not a lag that is a time minus a place in the log", async () => {
    await expect(columnsOf("SELECT now() - pg_last_wal_receive_lsn()")).rejects.toThrow("operator does not exist");
  });
});
