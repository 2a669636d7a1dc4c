import { fileURLToPath } from "node:url";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { migrate as migrateDrizzle } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { openEmbeddedDatabase } from "./embedded-database.ts";
import { isReadOnlyFault } from "./errors.ts";

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
  leaveReadOnlyServers(pool);
  return pool;
}

/** What pg's types leave out: the line of a client, which repeats what the server says. */
type ServerLine = {
  readonly stream: { destroy(): void };
  on(name: "errorMessage", listener: (message: { readonly code?: string }) => void): void;
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
    line.on("errorMessage", ({ code }) => {
      if (code !== "25006") return;
      const stale = [...lines];
      lines.clear();
      // The one that was refused still has to say so to its owner.
      setImmediate(() => {
        for (const each of stale) each.stream.destroy();
      });
    });
  });
  pool.on("remove", (client) => lines.delete(lineOf(client)));
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

/** Raised for a database in which Muster can never work, however long it waits. */
export class UnusableDatabaseError extends Error {}

/**
 * Refuses a database that cannot store every text: one alert with a letter it lacks would be lost.
 * @throws UnusableDatabaseError, which says what to do
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
      await checkEncoding(client);
      await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
      await migrateDrizzle(onto(client), { migrationsFolder: MIGRATIONS });
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]).finally(() => client.release());
    }
  } finally {
    if (patient !== pool) await patient.end();
  }
}

/** As if nothing had ever happened: for the tests of runbooks, which share one database in memory. */
export async function emptyTables({ pool }: DatabaseConnection): Promise<void> {
  const { rows } = await pool.query<{ names: string | null }>(
    "select string_agg(quote_ident(tablename), ', ') as names from pg_tables where schemaname = 'public'",
  );
  if (rows[0]?.names != null) await pool.query(`truncate ${rows[0].names} restart identity`);
}
