import { getTableName, sql, type SQL, type Table } from "drizzle-orm";

/**
 * Many rows as one statement with one parameter: `insert into t (…) select … from json_populate_recordset(…)`.
 * The text of the statement does not depend on how many rows there are, and a row costs one JSON object instead of
 * twenty bound values. Instants are given in ms and columns in camel case.
 */
export function insertAll(table: Table, rows: readonly Row[]): SQL {
  const first = rows[0];
  if (first === undefined) throw new Error("bug: nothing to insert");
  const names = Object.keys(first);
  const columns = sql.raw(names.map((name) => `"${snake(name)}"`).join(", "));
  return sql`insert into ${sql.identifier(getTableName(table))} (${columns}) select ${columns} from ${records(table, rows)}`;
}

/** The rows as a record set of the table's type, for joins: `json_populate_recordset(null::t, …)`. */
export function records(table: Table, rows: readonly Row[]): SQL {
  return sql`json_populate_recordset(null::${sql.identifier(getTableName(table))}, ${JSON.stringify(rows.map(snakeKeys))}::json)`;
}

type Row = Readonly<Record<string, unknown>>;

const INSTANTS = new Set(["at", "recordedAt", "doneAt", "openedAt", "resolvedAt", "startsAt", "firstStartsAt", "endsAt", "firstSeenAt", "lastSeenAt", "dueAt", "createdAt", "finishedAt", "writtenAt"]);

function snakeKeys(row: Row): Row {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) out[snake(name)] = INSTANTS.has(name) && typeof value === "number" ? new Date(value).toISOString() : value;
  return out;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
