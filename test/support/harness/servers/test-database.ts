import { randomUUID } from "node:crypto";
import pg from "pg";
import { completeIndexes, migrateDatabase, openDatabase, type DatabaseConnection } from "#db/client.ts";
import { openQueue } from "#queue/lane-queue.ts";

/** A database of one's own. */
export type TestDatabase = {
  readonly url: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
};

/** Names the server of a run to the processes of its tests. */
export const TEST_SERVER = "MUSTER_TEST_SERVER";
/** The database with every table and no row, which is copied and never used. */
export const PREPARED_DATABASE = "muster_empty";

const nothing = (): void => {};

/** An embedded server without fsync, with an empty database to copy. It ends with this process, however that ends. */
export async function startTestServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = await openDatabase({ kind: "embedded", directory: null }, nothing);
  if (server.place.kind === "embedded")
    throw new Error(`tests need a PostgreSQL server, and none can run here: ${server.whyInside}`);
  const { url } = server.place;
  await prepareDatabase(url);
  return { url, stop: () => server.close() };
}

/** Makes the database on a server that others are copied from. */
export async function prepareDatabase(server: string): Promise<void> {
  await administer(server, `create database ${PREPARED_DATABASE}`);
  const place = { kind: "server", url: urlOf(server, PREPARED_DATABASE), connections: 1 } as const;
  const empty = await openDatabase(place, nothing);
  await migrateDatabase(empty);
  await completeIndexes(empty);
  await empty.close();
  const pool = new pg.Pool({ connectionString: place.url, options: "-c search_path=bullmq,public" });
  await (await openQueue({ kind: "postgres", pool, owned: true }, "muster", nothing)).close();
}

let own: Promise<string> | null = null;

/** A new database with every table and no row, on the server of this run; without one, on a server of this process. */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = process.env[TEST_SERVER] ?? (await (own ??= startTestServer().then(({ url }) => url)));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  // Copying files is the fastest where nothing waits for the disk.
  await administer(server, `create database ${name} template ${PREPARED_DATABASE} strategy file_copy`);
  return { url: urlOf(server, name), drop: () => administer(server, `drop database if exists ${name} with (force)`) };
}

/** Makes a database one that only reads, or writes again, as its administrator does. Its connections are made again. */
export async function setReadOnly(
  { place, pool }: Pick<DatabaseConnection, "place" | "pool">,
  isReadOnly: boolean,
): Promise<void> {
  if (place.kind !== "server") throw new Error("only a database of a server is set to read");
  const name = new URL(place.url).pathname.slice(1);
  const server = urlOf(place.url, "postgres");
  await administer(server, `alter database ${name} set default_transaction_read_only = ${isReadOnly ? "on" : "off"}`);
  // It waits until they are gone; the pool gets each error when it arrives, or with the next statement.
  await administer(server, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`);
  for (let left = pool.totalCount + 1; left > 0; left--) await pool.query("select 1").catch(nothing);
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
