import type { Socket } from "node:net";
import pg from "pg";
import { guardedSocket, type OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import type { DataSource, SqlArgument, SqlRow, SqlRows } from "#ports/datasource.ts";
import { PortError } from "#ports/port-error.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import { toPortError } from "./errors.ts";

const STATEMENT_MS = 10_000;
const CONNECT_MS = 5_000;
/** ms that a server may take to close a connection. */
const CLOSE_TIMEOUT_MS = 500;
const ROWS = 200;
const BYTES = 65_536;
/** Rows that are fetched at a time: so many may be in memory beyond the limit. */
const BATCH = 20;

/** One statement whose text was reviewed, and how many arguments it takes. */
export type ReviewedCall = { readonly sql: string; readonly arguments: number };
export type DataSourceSettings = {
  /** How the policy calls it. */
  readonly name: string;
  /** From the environment variable that the policy names; null: it is not set. */
  readonly url: string | null;
  readonly variable: string;
  readonly calls: Readonly<Record<string, ReviewedCall>>;
  readonly statementMs?: number;
  readonly maxRows?: number;
  readonly maxBytes?: number;
  readonly network?: OutboundNetwork;
};

/**
 * A PostgreSQL database that runbooks ask. Every question has a connection of its own: nothing that one of them sets is
 * there for the next. A query is declared as a cursor, so it can only be something that reads rows, and only as many of
 * them are fetched as are kept. READ ONLY does not stop functions such as pg_terminate_backend: the role must be a
 * small one.
 */
export function createDataSource(settings: DataSourceSettings): DataSource {
  const { name, calls, maxRows = ROWS, maxBytes = BYTES } = settings;
  const limits: RowLimits = { maxRows, maxBytes };
  return {
    name,
    query: (sql, args) => connected(settings, true, (client) => readRows(client, sql, args, limits)),

    async call(call, args, key) {
      const reviewed = Object.hasOwn(calls, call) ? calls[call] : undefined;
      if (reviewed === undefined) return no("not-allowed", `"${call}" is no call that the policy lists for ${name}`);
      if (args.length !== reviewed.arguments)
        return no("wrong-arguments", `${call} takes ${reviewed.arguments} arguments, not ${args.length}`);
      return connected(settings, false, (client) => callOnce(client, reviewed, args, key, limits));
    },

    probeCall: (key) => connected(settings, true, (client) => probeCall(client, key)),

    ping: () => connected(settings, true, async (client) => void (await client.query("SELECT 1"))),
  };
}

type RowLimits = { readonly maxRows: number; readonly maxBytes: number };

/** Does some work on a connection of its own. */
async function connected<T>(
  { name, url, variable, statementMs = STATEMENT_MS, network }: DataSourceSettings,
  readOnly: boolean,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  if (url === null)
    throw new PortError("unsupported", `the data source ${name} is not set up: set ${variable}`, {
      retryable: false,
    });
  const client = new pg.Client({
    connectionString: url,
    application_name: "muster",
    connectionTimeoutMillis: Math.min(CONNECT_MS, statementMs),
    query_timeout: statementMs + 2_000,
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    stream: () => guardedSocket(network),
    options: readOnly ? "-c default_transaction_read_only=on" : "",
  });
  client.on("error", () => {}); // the statement that is running reports it
  let there = false;
  try {
    await client.connect();
    there = true;
    return await work(client);
  } catch (cause) {
    throw cause instanceof PortError ? cause : toPortError(cause, name, variable, there && !readOnly);
  } finally {
    await leave(client);
  }
}

async function readRows(
  client: pg.Client,
  sql: string,
  args: readonly SqlArgument[],
  limits: RowLimits,
): Promise<SqlRows> {
  await client.query("BEGIN READ ONLY");
  // Extended, also without arguments: it takes one statement, and the simple protocol would take a COMMIT and more.
  await client.query({
    text: `DECLARE muster NO SCROLL CURSOR FOR ${sql}`,
    values: [...args],
    queryMode: "extended",
  } as pg.QueryConfig);
  const rows = await fetched(client, limits);
  await client.query("ROLLBACK");
  return rows;
}

/** Calls in one transaction with the key, so that a second call with it does nothing. */
async function callOnce(
  client: pg.Client,
  reviewed: ReviewedCall,
  args: readonly SqlArgument[],
  key: string,
  limits: RowLimits,
): Promise<SqlRows & { readonly ok: true; readonly repeated: boolean }> {
  await client.query("BEGIN");
  if ((await hasCalls(client)) && (await taken(client, key))) {
    await client.query("ROLLBACK");
    return { ok: true, repeated: true, rows: [], cut: false };
  }
  const { rows } = await client.query<SqlRow>({
    text: reviewed.sql,
    values: bound(args),
    queryMode: "extended",
  } as pg.QueryConfig);
  const some = within(rows, limits);
  await client.query("COMMIT");
  return { ok: true, repeated: false, ...some };
}

async function probeCall(client: pg.Client, key: string): Promise<"yes" | "no" | "unknown"> {
  if (!(await hasCalls(client))) return "unknown";
  // Waits for a call that is still running there, and for no longer than the others.
  const { rowCount } = await client.query("SELECT 1 FROM muster_calls WHERE key = $1", [key]);
  if (rowCount === 1) return "yes";
  const { rows } = await client.query<{ n: string }>(
    "SELECT count(*) AS n FROM pg_locks WHERE relation = 'muster_calls'::regclass AND mode = 'RowExclusiveLock'",
  );
  return rows[0]?.n === "0" ? "no" : "unknown";
}

const no = <R extends "not-allowed" | "wrong-arguments">(refusal: R, detail: string): PortRefusal<R> => ({
  ok: false,
  refusal,
  says: detail,
});
const bound = (args: readonly SqlArgument[]): unknown[] =>
  args.map((each) => (Array.isArray(each) ? [...(each as readonly unknown[])] : each));

/** A frozen server does not close a connection, and no one waits for it. */
async function leave(client: pg.Client): Promise<void> {
  // The types of pg leave out the connection, and pg has no other way to drop one.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  const timer = setTimeout(() => stream.destroy(), CLOSE_TIMEOUT_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/**
 * Whether calls are written down here. The table is optional (deploy/data-source.sql makes it), and on a replica it can
 * be seen but not written: of a call there, the outcome cannot be found afterwards.
 */
async function hasCalls(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('muster_calls') IS NOT NULL AND NOT pg_is_in_recovery() AS there",
  );
  return rows[0]?.there === true;
}

/** Whether the key is there: in the transaction of the call, so both are or neither is. Waits for one that runs at the same time. */
async function taken(client: pg.Client, key: string): Promise<boolean> {
  const { rowCount } = await client.query("INSERT INTO muster_calls (key) VALUES ($1) ON CONFLICT DO NOTHING", [key]);
  return rowCount === 0;
}

async function fetched(client: pg.Client, limits: RowLimits): Promise<SqlRows> {
  const rows: SqlRow[] = [];
  for (;;) {
    const batch = await client.query<SqlRow>(`FETCH FORWARD ${BATCH} FROM muster`);
    rows.push(...batch.rows);
    const some = within(rows, limits);
    if (some.cut || batch.rows.length < BATCH) return some;
  }
}

/** As many rows as fit; values as JSON has them, because that is how they are kept and read. */
function within(rows: readonly SqlRow[], { maxRows, maxBytes }: RowLimits): SqlRows {
  const kept: SqlRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const text = JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
    bytes += Buffer.byteLength(text);
    if (kept.length === maxRows || bytes > maxBytes) return { rows: kept, cut: true };
    kept.push(JSON.parse(text) as SqlRow);
  }
  return { rows: kept, cut: false };
}
