import { fileURLToPath } from "node:url";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { migrate as migrateDrizzle } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { LANES } from "#domain/values/language.ts";
import { openEmbeddedDatabase } from "#db/embedded/embedded-database.ts";
import { fillServer } from "#db/embedded/fill-server.ts";
import { isReadOnlyFault } from "./errors.ts";
import { createLargeIndexes } from "#db/place/large-indexes.ts";

/** A database or a transaction of one: what every query takes. */
export type QueryExecutor = Pick<NodePgDatabase, "execute" | "select" | "insert" | "update" | "delete">;
export type Database = QueryExecutor & {
  /** Runs everything or nothing; rejects with what `run` rejects with. */
  transaction<T>(run: (tx: QueryExecutor) => Promise<T>): Promise<T>;
};

export type DatabaseConnection = {
  readonly db: Database;
  readonly pool: pg.Pool;
  /** PGlite inside this process, which has it alone; a server may be shared, the embedded one as well. */
  readonly embedded: boolean;
  /** The queue's statements go over this pool too, because each connection costs an embedded database some megabytes. */
  readonly carriesQueue: boolean;
  /** Why the embedded database is PGlite and no server; null when it is one. */
  readonly whyInside: string | null;
  readonly place: DatabaseLocation;
  close(): Promise<void>;
};

/** Where the data lives. `directory` null: an embedded database that is forgotten; `timeoutMs`: how long a query may take. */
export type DatabaseLocation =
  | { readonly kind: "server"; readonly url: string; readonly connections: number; readonly timeoutMs?: number }
  | { readonly kind: "embedded"; readonly directory: string | null };

/** Connections to the embedded server: one a lane, on which the queue listens, and three for statements. */
const EMBEDDED_CONNECTIONS = LANES.length + 3;

/**
 * Opens the database. On a server of others nothing is connected yet: one that is down at this moment fails the first
 * query. The embedded database is started.
 * @throws DataDirectoryBusyError when the embedded database is open elsewhere and cannot be shared
 */
export async function openDatabase(
  place: DatabaseLocation,
  onError: (error: Error) => void,
): Promise<DatabaseConnection> {
  if (place.kind === "server") return connect(openServerPool(place.url, { ...place, name: "muster" }), place, onError);
  const embedded = await openEmbeddedDatabase(place.directory, {
    onError,
    fill: (from, url) => fillServer(from, url, (pool) => withClient(pool, migrateClient)),
  });
  if (embedded.kind === "inside") return { ...connect(embedded.pool, place, onError), whyInside: embedded.why };
  const server = { kind: "server", url: embedded.url, connections: EMBEDDED_CONNECTIONS } as const;
  const pool = openServerPool(server.url, { ...server, name: "muster", searchPath: "public,bullmq" });
  const opened = connect(pool, server, onError);
  const close = async (): Promise<void> => {
    try {
      await opened.close();
    } finally {
      await embedded.close();
    }
  };
  return { ...opened, carriesQueue: true, close };
}

function connect(pool: pg.Pool, place: DatabaseLocation, onError: (error: Error) => void): DatabaseConnection {
  pool.on("error", onError);
  const db = Object.assign(onto(pool), { transaction: transactionsOf(pool) });
  const embedded = place.kind === "embedded";
  return { db, pool, embedded, carriesQueue: embedded, whyInside: null, place, close: () => pool.end() };
}

function onto(connection: pg.Pool | pg.PoolClient): NodePgDatabase {
  return drizzle(connection, { casing: "snake_case" });
}

/**
 * drizzle's own transactions never give their connection back when BEGIN fails, as it does when the server has just
 * gone: every outage would cost a part of the pool.
 */
function transactionsOf(pool: pg.Pool): Database["transaction"] {
  return async (run) => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await run(onto(client));
      await client.query("COMMIT");
      return result;
    } catch (error) {
      // A silent server would not receive a ROLLBACK either; closing the connection rolls back. One that only reads is left.
      if (error instanceof Error && (isSilence(error) || isReadOnlyFault(error))) broken = error;
      else
        await client
          .query("ROLLBACK")
          .catch((cause: unknown) => (broken = new Error("a transaction could not be rolled back", { cause })));
      throw error;
    } finally {
      client.release(broken);
    }
  };
}

/**
 * ms that a query may take. A server that vanishes without a word (a failover, a cut cable) would hold the door and every
 * lane until the kernel gives up, which takes a quarter of an hour. Longer than the longest `statement_timeout` in use.
 */
const TIMEOUT_MS = 25_000;

/** pg gave up waiting. It drops a connection that it itself took from the pool, and leaves one that was taken by hand. */
function isSilence(error: Error): boolean {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message === "Query read timeout";
}

export type ServerPoolOptions = {
  readonly connections: number;
  readonly name: string;
  /** When the tables of a guest live in their own schema. */
  readonly searchPath?: string;
  /** ms; 0 waits for ever. */
  readonly timeoutMs?: number;
};

/** A pool of connections to a server. */
export function openServerPool(
  url: string,
  { connections, name, searchPath, timeoutMs = TIMEOUT_MS }: ServerPoolOptions,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    query_timeout: timeoutMs,
    ...(searchPath === undefined ? {} : { options: `-c search_path=${searchPath}` }),
    onConnect: prepare as (client: pg.ClientBase) => void,
  });
  // A connection that idles may end with its server, also while the pool ends. Without a listener the process would.
  pool.on("error", () => {});
  leaveReadOnlyServers(pool);
  return pool;
}

/** What pg's types leave out: the line of a client, which repeats the server's messages. */
type ServerLine = {
  readonly stream: { destroy(error: Error): void };
  on(name: "errorMessage", listener: (message: Error & { readonly code?: string }) => void): void;
};

/**
 * After a failover the old server may live on as one that only reads, and connections to it stay open: the name of the
 * database leads elsewhere, and they do not. So the first refusal (25006) closes all connections of the pool, those that
 * idle and those that only listen as well; the next ones are made by name.
 */
function leaveReadOnlyServers(pool: pg.Pool): void {
  const lines = new Set<ServerLine>();
  const lineOf = (client: pg.ClientBase): ServerLine => (client as unknown as { connection: ServerLine }).connection;
  pool.on("connect", (client) => {
    const line = lineOf(client);
    lines.add(line);
    line.on("errorMessage", (refusal) => {
      if (refusal.code !== "25006") return;
      const stale = [...lines];
      lines.clear();
      // The client that was refused must still pass the error to its owner. What the others do fails for the same reason.
      setImmediate(() => {
        for (const each of stale) each.stream.destroy(refusal);
      });
    });
  });
  pool.on("remove", (client) => lines.delete(lineOf(client)));
}

/** What every new connection needs before it is used. The pool waits for it. */
async function prepare(client: pg.ClientBase): Promise<void> {
  // A connection that breaks between two statements of a transaction only emits "error", and without a listener the
  // process ends. The next statement rejects, so there is nothing to do here.
  client.on("error", () => {});
  // A process that freezes in a transaction is cut off by the server: the rows it holds are work that others must do.
  await client.query("SET idle_in_transaction_session_timeout = '10s'");
}

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const MIGRATION_LOCK = 7_315_001;

/** Raised for a database in which Muster can never work, however long it waits. */
export class UnusableDatabaseError extends Error {}

/**
 * Refuses a database that cannot store every text: one alert with a letter it lacks would be lost.
 * @throws UnusableDatabaseError, which names the fix
 */
export async function checkEncoding(client: Pick<pg.ClientBase, "query">): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>("show server_encoding");
  const encoding = rows[0]?.server_encoding;
  if (encoding !== "UTF8")
    throw new UnusableDatabaseError(
      `DATABASE_URL: the encoding of this database is ${encoding}, and Muster needs UTF8. Create another one, for example CREATE DATABASE muster ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL.`,
    );
}

/**
 * Brings the tables up to date. Safe to run from several processes at once: one works, the others wait for it. Nothing here
 * gives up waiting. On a server `completeIndexes` is for the indexes of large tables.
 */
export async function migrateDatabase(connection: DatabaseConnection): Promise<void> {
  await withPatientClient(connection, async (client) => {
    await migrateClient(client);
    if (connection.embedded) await createLargeIndexes(client, false);
  });
}

/** Makes the indexes of large tables that are missing on a server, while others write. After an upgrade that may take minutes. */
export async function completeIndexes(connection: DatabaseConnection): Promise<void> {
  if (!connection.embedded) await withPatientClient(connection, (client) => createLargeIndexes(client, true));
}

/** A client that no limit of time is set for. */
async function withPatientClient(
  { place, pool }: DatabaseConnection,
  run: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const patient =
    place.kind === "server"
      ? openServerPool(place.url, { connections: 1, name: "muster-migrate", timeoutMs: 0 })
      : pool;
  try {
    await withClient(patient, run);
  } finally {
    if (patient !== pool) await patient.end();
  }
}

async function withClient(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await run(client);
  } finally {
    client.release();
  }
}

async function migrateClient(client: pg.PoolClient): Promise<void> {
  await checkEncoding(client);
  await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  try {
    await migrateDrizzle(onto(client), { migrationsFolder: MIGRATIONS });
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
  }
}

const TABLES = "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'";
/** Serial numbers begin at 1 again. */
const COUNT_FROM_ONE =
  "select setval(format('public.%I', sequencename)::regclass, start_value, false) from pg_sequences where schemaname = 'public' and last_value is not null";

/**
 * As if nothing had ever happened: for the tests of runbooks, which share one database, and for our own. Rows are deleted,
 * which for a few is thirty times as fast as truncating every table.
 */
export async function emptyTables({ pool }: Pick<DatabaseConnection, "pool">): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(TABLES);
  await pool.query([...rows.map(({ name }) => `delete from ${name}`), COUNT_FROM_ONE].join("; "));
}
