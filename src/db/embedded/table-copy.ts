import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

/** Pages of a table that are copied at once: 8 MB, so that no table has to fit into memory. */
const SLICE_PAGES = 1_024;

/** What rows are copied from: it answers statements, and gives the output of a COPY … TO. */
export type CopySource = {
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly copyOut: (sql: string) => Promise<Readable>;
};

/** A server as a source. */
export function serverSource(client: pg.ClientBase): CopySource {
  return {
    query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    copyOut: (sql) => Promise.resolve(client.query(copyTo(`${sql} TO STDOUT`))),
  };
}

/** PGlite as a source: it copies into a file that only exists in the answer. */
export function pgliteSource(pool: pg.Pool): CopySource {
  return {
    query: async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows,
    async copyOut(sql) {
      const { blob } = (await pool.query(`${sql} TO '/dev/blob'`)) as unknown as { blob?: Blob };
      return Readable.from([Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))]);
    },
  };
}

/**
 * Copies every row of the tables of Muster, and where their numbers have come to, into a database with the same tables.
 * All or nothing; what was there before is gone. Answers how many rows there were.
 * @throws Error when a table has other rows afterwards than before
 */
export async function copyTables(source: CopySource, target: pg.ClientBase): Promise<number> {
  let copied = 0;
  await target.query("begin");
  try {
    // References are whole in the source; their order is not ours to find.
    await target.query("set local session_replication_role = replica");
    const tables = (await target.query<CopiedTable>(TABLES)).rows;
    await target.query(`truncate ${tables.map(tableName).join(", ")}`);
    for (const table of tables) copied += await copyTable(source, target, table);
    const sequences = await source.query(
      "select sequencename as name, last_value::text as value from pg_sequences where schemaname = 'public' and last_value is not null",
    );
    for (const { name, value } of sequences)
      await target.query("select setval(format('public.%I', $1::text)::regclass, $2::bigint)", [name, value]);
    await target.query("commit");
  } catch (error) {
    await target.query("rollback").catch(() => {});
    throw error;
  }
  await target.query("analyze");
  return copied;
}

/** A table of ours, and the schema it lives in. */
type CopiedTable = { readonly schema: string; readonly name: string };

const TABLES =
  "select schemaname as schema, tablename as name from pg_tables where schemaname in ('public', 'audit') order by 1, 2";

async function copyTable(source: CopySource, target: pg.ClientBase, copied: CopiedTable): Promise<number> {
  const { schema, name } = copied;
  const table = tableName(copied);
  const columns = (
    await source.query(
      `select column_name as name from information_schema.columns where table_schema = '${schema}' and table_name = '${name.replaceAll("'", "''")}' and is_generated = 'NEVER' order by ordinal_position`,
    )
  ).map((column) => quote(String(column["name"])));
  const list = columns.join(", ");
  const [size] = await source.query(
    `select pg_relation_size('${table.replaceAll("'", "''")}'::regclass)::bigint / current_setting('block_size')::int as pages`,
  );
  for (let page = 0; page < Number(size?.["pages"]); page += SLICE_PAGES) {
    const where = `ctid >= '(${page},0)'::tid and ctid < '(${page + SLICE_PAGES},0)'::tid`;
    const rows = await source.copyOut(`COPY (SELECT ${list} FROM ${table} WHERE ${where})`);
    await pipeline(rows, target.query(copyFrom(`COPY ${table} (${list}) FROM STDIN`)));
  }
  const count = `select count(*)::text as rows from ${table}`;
  const [before] = await source.query(count);
  const { rows } = await target.query<{ rows: string }>(count);
  if (before?.["rows"] !== rows[0]?.rows)
    throw new Error(`the table ${name} had ${String(before?.["rows"])} rows, and ${rows[0]?.rows} after it was copied`);
  return Number(rows[0]?.rows);
}

function tableName({ schema, name }: CopiedTable): string {
  return `${quote(schema)}.${quote(name)}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
