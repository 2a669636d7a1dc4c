import { getTableColumns, getTableName, sql, type SQL, type Table } from "drizzle-orm";

/**
 * Many rows as one statement with one parameter: `insert into t (…) select … from json_to_recordset(…)`.
 * The text of the statement does not depend on how many rows there are, and a row costs one JSON object instead of
 * twenty bound values. Instants are given in ms and columns in camel case.
 *
 * What goes into a json column travels as text within the JSON: read as part of it, PostgreSQL would refuse the
 * `\u0000` and lone surrogates that labels may hold and a json column keeps.
 */
export function bulkInsert(table: Table, rows: readonly Row[]): SQL {
  const first = rows[0];
  if (first === undefined) throw new Error("bug: nothing to insert");
  const all = getTableColumns(table);
  const columns = Object.keys(first).map((name): Column => {
    const type = all[name]?.getSQLType() ?? missing(table, name);
    const stored = storedName(name);
    return {
      name,
      stored,
      quoted: quotedColumn(name),
      type,
      write: type === "json" ? asText : type.startsWith("timestamp") ? asTime : asIs,
    };
  });
  const quotedColumns = columns.map(({ quoted }) => quoted).join(", ");
  const select = columns.map(({ quoted, type }) => (type === "json" ? `${quoted}::json` : quoted)).join(", ");
  const shape = columns.map(({ quoted, type }) => `${quoted} ${type === "json" ? "text" : type}`).join(", ");
  const records = rows.map((row) => {
    const record: Record<string, unknown> = {};
    for (const { name, stored, write } of columns) record[stored] = write(row[name]);
    return record;
  });
  return sql`insert into ${sql.identifier(getTableName(table))} (${sql.raw(quotedColumns)}) select ${sql.raw(select)} from json_to_recordset(${JSON.stringify(records)}::json) as rows(${sql.raw(shape)})`;
}

/** A column as SQL names it: `"started_at"` for startedAt. */
export function quotedColumn(name: string): string {
  return `"${storedName(name)}"`;
}

function storedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type Row = Readonly<Record<string, unknown>>;
type Column = {
  readonly name: string;
  readonly stored: string;
  readonly quoted: string;
  readonly type: string;
  readonly write: (value: unknown) => unknown;
};

const asIs = (value: unknown): unknown => value;
const asTime = (value: unknown): unknown => (typeof value === "number" ? new Date(value).toISOString() : value);
const asText = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

function missing(table: Table, name: string): never {
  throw new Error(`bug: ${getTableName(table)} has no column ${name}`);
}
