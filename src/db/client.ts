import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { migrate as migrateDrizzle } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { openEmbeddedDatabase } from "./embedded-database.ts";

/** A database or a transaction of one: what every query takes. */
export type QueryExecutor = Pick<NodePgDatabase, "execute" | "select" | "insert" | "update" | "delete">;
export type Database = QueryExecutor & {
  /** Runs everything or nothing; rejects with what `run` rejects with. */
  transaction<T>(run: (tx: QueryExecutor) => Promise<T>): Promise<T>;
};

export type DatabaseConnection = {
  readonly db: Database;
  readonly pool: pg.Pool;
  /** The embedded database belongs to one process; a server may be shared. */
  readonly embedded: boolean;
  readonly place: DatabaseLocation;
  close(): Promise<void>;
};

/** Where the data lives. `directory` null keeps the embedded database in memory; `patience`: ms that a query may take. */
export type DatabaseLocation =
  | { readonly kind: "server"; readonly url: string; readonly connections: number; readonly timeoutMs?: number }
  | { readonly kind: "embedded"; readonly directory: string | null };

/**
 * Opens the database. On a server nothing is connected yet: a server that is down at this moment fails the first query.
 * @throws DataDirectoryBusy when the embedded database is open elsewhere
 */
export async function openDatabase(
  place: DatabaseLocation,
  onError: (error: Error) => void,
): Promise<DatabaseConnection> {
  const pool =
    place.kind === "server"
      ? openServerPool(place.url, { ...place, name: "muster" })
      : await openEmbeddedDatabase(place.directory);
  pool.on("error", onError);
  const db = Object.assign(onto(pool), { transaction: transactionsOf(pool) });
  return { db, pool, embedded: place.kind === "embedded", place, close: () => pool.end() };
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
      // A silent server would not receive a ROLLBACK either; closing the connection rolls back.
      if (isSilence(error)) broken = error;
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
function isSilence(error: unknown): error is Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && cause.message === "Query read timeout";
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
  return new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    query_timeout: timeoutMs,
    ...(searchPath === undefined ? {} : { options: `-c search_path=${searchPath}` }),
    onConnect: prepare as (client: pg.ClientBase) => void,
  });
}

/** What every new connection needs before it is used. The pool waits for it. */
async function prepare(client: pg.ClientBase): Promise<void> {
  // A connection that breaks between two statements of a transaction tells no one but its listeners, and without one
  // the process ends. The next statement rejects, so there is nothing to do here.
  client.on("error", () => {});
  // A process that freezes in a transaction is cut off by the server: the rows it holds are work that others must do.
  await client.query("SET idle_in_transaction_session_timeout = '10s'");
}

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const MIGRATION_LOCK = 7_315_001;

/**
 * Brings the tables up to date. Safe to run from several processes at once: one works, the others wait for it. An index
 * over a large table takes its time, so nothing here gives up waiting.
 */
export async function migrateDatabase({ place, pool }: DatabaseConnection): Promise<void> {
  const patient =
    place.kind === "server"
      ? openServerPool(place.url, { connections: 1, name: "muster-migrate", timeoutMs: 0 })
      : pool;
  try {
    const client = await patient.connect();
    try {
      await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
      await migrateDrizzle(onto(client), { migrationsFolder: MIGRATIONS });
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]).finally(() => client.release());
    }
  } finally {
    if (patient !== pool) await patient.end();
  }
}

/** One real request to the database; rejects when it does not answer. */
export async function pingDatabase(db: QueryExecutor): Promise<void> {
  await db.execute(sql`select 1`);
}

/** As if nothing had ever happened: for the tests of runbooks, which share one database in memory. */
export async function emptyTables({ pool }: DatabaseConnection): Promise<void> {
  const { rows } = await pool.query<{ names: string | null }>(
    "select string_agg(quote_ident(tablename), ', ') as names from pg_tables where schemaname = 'public'",
  );
  if (rows[0]?.names != null) await pool.query(`truncate ${rows[0].names} restart identity`);
}
