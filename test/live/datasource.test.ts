import { createServer, type AddressInfo, type Socket } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { createDataSource, type DataSourceSettings } from "#integrations/postgres/postgres-datasource.ts";
import type { DataSource } from "#ports/datasource.ts";
import { querySql, describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { startPostgres } from "#test/support/harness/servers/postgres.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";

const CALLS = {
  pause: { sql: "SELECT * FROM ops.pause($1, $2)", arguments: 2 },
  slow: { sql: "SELECT * FROM ops.slow()", arguments: 0 },
  many: { sql: "SELECT * FROM ops.many($1)", arguments: 1 },
  breaks: { sql: "SELECT * FROM ops.breaks()", arguments: 0 },
};
const source = (url: string | null, more: Partial<DataSourceSettings> = {}): DataSource =>
  createDataSource({ name: "orders", url, variable: "ORDERS_DATABASE_URL", calls: CALLS, ...more });

describeLive("a database that runbooks ask", ["postgres"], () => {
  let url = "";
  beforeAll(async () => {
    url = await newDatabase();
    await querySql(
      url,
      `CREATE TABLE jobs (id int, note text); INSERT INTO jobs VALUES (1, 'one'), (2, 'two');
       CREATE TABLE paused (id int);
       CREATE SCHEMA ops;
       CREATE FUNCTION ops.pause(ids int[], why text) RETURNS SETOF int LANGUAGE sql AS 'INSERT INTO public.paused SELECT unnest(ids) RETURNING id';
       CREATE FUNCTION ops.slow() RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(30)::text';
       CREATE FUNCTION ops.many(n int) RETURNS SETOF int LANGUAGE sql AS 'SELECT * FROM generate_series(1, n)';
       CREATE FUNCTION ops.breaks() RETURNS int LANGUAGE sql AS 'INSERT INTO public.paused VALUES (99); SELECT 1/0';`,
    );
  });
  const paused = async (): Promise<number> =>
    Number((await querySql<{ n: string }>(url, "SELECT count(*) AS n FROM paused"))[0]?.n);

  test("answers queries, with arguments that are never part of the statement", async () => {
    expect(
      await source(url).query("SELECT id, note FROM jobs WHERE note = $1 OR id = ANY($2::int[]) ORDER BY id", [
        "x' OR '1'='1",
        [2],
      ]),
    ).toEqual({
      rows: [{ id: 2, note: "two" }],
      cut: false,
    });
    const hostile = "'; DROP TABLE jobs; --";
    expect(
      (await source(url).query("SELECT $1::text AS back, 1::bigint AS big, now() > '2020-01-01' AS yes", [hostile]))
        .rows,
    ).toEqual([{ back: hostile, big: "1", yes: true }]);
    await source(url).ping();
  });

  test.each([
    ["a change", "WITH gone AS (DELETE FROM jobs RETURNING id) SELECT * FROM gone"],
    ["a function that changes", "SELECT ops.pause('{7}', '')"],
    ["a second statement", "SELECT 1; DELETE FROM jobs"],
    ["an end of the transaction, then a change", "SELECT 1; COMMIT; DELETE FROM jobs"],
    ["something that is no question", "DELETE FROM jobs RETURNING id"],
    ["a lock", "SELECT * FROM jobs FOR UPDATE"],
    ["a setting that allows changes", "SELECT set_config('transaction_read_only', 'off', false), ops.pause('{7}', '')"],
  ])("refuses %s in a question", async (_, sql) => {
    for (const args of [[], ["extra"]])
      await expect(source(url).query(sql, args)).rejects.toMatchObject({ name: "PortError", retryable: false });
    expect([(await querySql<object>(url, "SELECT 1 FROM jobs")).length, await paused()]).toEqual([2, 0]);
  });

  test("limits rows and bytes, and reports when there are more", async () => {
    const { rows, cut } = await source(url, { maxRows: 50 }).query(
      "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t",
      [],
    );
    expect([rows.length, rows.at(-1), cut]).toEqual([50, { n: 50 }, true]);
    expect(
      await source(url, { maxBytes: 2_500 }).query("SELECT repeat('x', 1000) AS x FROM generate_series(1, 5)", []),
    ).toMatchObject({
      rows: [{}, {}],
      cut: true,
    });
    expect(await source(url, { maxRows: 50 }).query("SELECT n FROM generate_series(1, 50) n", [])).toMatchObject({
      cut: false,
    });
    expect(await source(url, { maxRows: 3 }).call("many", [100_000], "many")).toMatchObject({
      rows: [{ many: 1 }, { many: 2 }, { many: 3 }],
      cut: true,
    });
  });

  test("cancels slow queries", async () => {
    expect(await portErrorOf(source(url, { statementMs: 200 }).query("SELECT pg_sleep(30)", []))).toMatchObject({
      reason: "timeout",
      retryable: true,
    });
    expect(await portErrorOf(source(url, { statementMs: 200 }).call("slow", [], "slow"))).toMatchObject({
      reason: "timeout",
    });
  });

  test("calls only reviewed statements, with the right number of arguments", async () => {
    expect(await source(url).call("pg_terminate_backend", [1], "k")).toMatchObject({
      ok: false,
      refusal: "not-allowed",
    });
    expect(await source(url).call("constructor", [], "k")).toMatchObject({ ok: false, refusal: "not-allowed" });
    expect(await source(url).call("pause", [[1]], "k")).toMatchObject({ ok: false, refusal: "wrong-arguments" });
  });

  test("a call happens once for its key where there is a table of keys, and its outcome is unknown where there is none", async () => {
    const orders = source(url);
    expect(await orders.call("pause", [[1, 2], "lag"], "run-1/pause")).toEqual({
      ok: true,
      repeated: false,
      rows: [{ pause: 1 }, { pause: 2 }],
      cut: false,
    });
    expect(await orders.probeCall("run-1/pause")).toBe("unknown");
    await querySql(url, "CREATE TABLE muster_calls (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
    const before = await paused();
    expect(await orders.probeCall("run-2/pause")).toBe("no");
    const both = await Promise.all([1, 2, 3, 4].map(() => orders.call("pause", [[3], "lag"], "run-2/pause")));
    expect(both.filter((each) => each.ok && !each.repeated)).toHaveLength(1);
    expect(await paused()).toBe(before + 1);
    expect(await orders.probeCall("run-2/pause")).toBe("yes");
    // What failed did not happen, and may be done again.
    expect(await portErrorOf(orders.call("breaks", [], "run-3/breaks"))).toMatchObject({
      reason: "invalid",
      retryable: false,
    });
    expect([await orders.probeCall("run-3/breaks"), await paused()]).toEqual(["no", before + 1]);
  });

  test("describes each error in plain words", async () => {
    const wrong = new URL(url);
    wrong.pathname = "/nowhere";
    expect(await portErrorOf(source(wrong.href).ping())).toMatchObject({
      reason: "unauthorized",
      message: expect.stringContaining("ORDERS_DATABASE_URL") as string,
    });
    expect(await portErrorOf(source(url).query("SELECT * FROM nothing", []))).toMatchObject({ reason: "not_found" });
    await querySql(url, "DROP ROLE IF EXISTS small; CREATE ROLE small LOGIN");
    wrong.pathname = new URL(url).pathname;
    wrong.username = "small";
    expect(await portErrorOf(source(wrong.href).query("SELECT * FROM jobs", []))).toMatchObject({
      reason: "forbidden",
      message: expect.stringContaining("permission denied") as string,
    });
    await querySql(url, "DROP ROLE small");
  });
});

test("a database that is not configured, down or silent is reported as such", async () => {
  expect(await portErrorOf(source(null).ping())).toMatchObject({
    reason: "unsupported",
    message: "the data source orders is not set up: set ORDERS_DATABASE_URL",
  });
  expect(await portErrorOf(source("postgres://muster:hunter22@127.0.0.1:9/x").ping())).toMatchObject({
    reason: "unreachable",
    message: "orders cannot be reached; check ORDERS_DATABASE_URL",
    mayHaveHappened: false,
  });
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const at = `postgres://127.0.0.1:${(silent.address() as AddressInfo).port}/x`;
  expect(await portErrorOf(source(at, { statementMs: 200 }).call("many", [1], "k"))).toMatchObject({
    reason: "timeout",
    mayHaveHappened: false,
  });
  for (const socket of sockets) socket.destroy();
  silent.close();
});

describeLive("a database that stops in the middle", ["postgres"], () => {
  test("is not waited for, and the outcome of a call is unknown", async () => {
    const server = await startPostgres();
    try {
      await querySql(
        server.url,
        "CREATE SCHEMA ops; CREATE FUNCTION ops.slow() RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(1)::text'",
      );
      const backends = querySql<{ pid: number }>(server.url, "SELECT pg_sleep(0.3); SELECT 1");
      const call = portErrorOf(source(server.url, { statementMs: 3_000 }).call("slow", [], "k"));
      await backends;
      const [backend] = await querySql<{ pid: number }>(
        server.url,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'muster'",
      );
      process.kill(backend!.pid, "SIGSTOP");
      const elapsed = stopwatch();
      expect(await call).toMatchObject({ reason: "timeout", mayHaveHappened: true });
      expect(elapsed()).toBeLessThan(7_000);
      process.kill(backend!.pid, "SIGCONT");
    } finally {
      await server.stop();
    }
  });
});
