import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { saveAlerts } from "#db/alerts.ts";
import { completeIndexes, migrateDatabase, openDatabase, type DatabaseConnection } from "#db/client.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const NAMES = ["alerts_ended", "alerts_flapping", "effects_finished", "incidents_service"];

describeLive("Indexes of large tables", ["postgres"], () => {
  let url: string;
  let connection: DatabaseConnection;
  let other: pg.Client;
  beforeEach(async () => {
    url = await newDatabase();
    connection = await openDatabase({ kind: "server", url, connections: 3 }, () => {});
    await migrateDatabase(connection);
    await saveAlerts(connection.db, [anAlert({ fingerprint: "one" }), anAlert({ fingerprint: "two" })]);
    other = new pg.Client({ connectionString: url });
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await connection.close();
  });

  const validIndexes = async (): Promise<readonly string[]> => {
    const { rows } = await connection.pool.query<{ name: string }>(
      "select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = any($1) and i.indisvalid order by 1",
      [NAMES],
    );
    return rows.map(({ name }) => name);
  };

  test("are made while others write, and no writer waits for them", async () => {
    expect(await validIndexes()).toEqual([]);
    // A writer that has not committed yet: a migration would wait for it, and everyone else for the migration.
    await other.query("begin");
    await other.query("update alerts set repeats = repeats + 1 where fingerprint = 'one'");
    let made = false;
    const making = completeIndexes(connection).then(() => (made = true));
    await waitFor(
      async () => (await connection.pool.query("select 1 from pg_stat_progress_create_index")).rows.length > 0,
      { what: "the index is being made" },
    );
    await saveAlerts(connection.db, [anAlert({ fingerprint: "three" })]);
    expect(made).toBe(false);
    await other.query("commit");
    await making;
    expect(await validIndexes()).toEqual(NAMES);
  });

  test("are made again when an attempt was cut off, and once by several processes", async () => {
    await expect(other.query("create unique index concurrently alerts_ended on alerts (status)")).rejects.toThrow(
      "could not create unique index",
    );
    await Promise.all([completeIndexes(connection), completeIndexes(connection)]);
    await completeIndexes(connection);
    expect(await validIndexes()).toEqual(NAMES);
    const { rows } = await other.query<{ text: string }>(
      "select indexdef as text from pg_indexes where indexname = 'alerts_ended'",
    );
    expect(rows[0]!.text).toContain("(ends_at) WHERE (status = 'resolved'");
  });
});
