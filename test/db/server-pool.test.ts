import { expect, test } from "vitest";
import { openServerPool } from "#db/client.ts";
import { freshDatabase } from "#test/support/harness/servers/test-database.ts";

test("a connection that idles may end with its server, and neither the process nor the pool does", async () => {
  const database = await freshDatabase();
  const pool = openServerPool(database.url, { connections: 1, name: "muster-migrate" });
  const other = openServerPool(database.url, { connections: 1, name: "muster" });
  const { rows } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  const removed = new Promise((resolve) => void pool.once("remove", resolve));
  await other.query("select pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
  await removed;
  expect((await pool.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  await pool.end();
  await other.end();
  await database.drop();
});
