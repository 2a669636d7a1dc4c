import { sql, type SQL } from "drizzle-orm";
import { beginningOf, rewriteTexts, writtenForms } from "#domain/response/erasure.ts";
import type { Database, QueryExecutor } from "#db/client.ts";
import { lockDecisions } from "#db/commands.ts";

/** Texts that are looked for in every table, and what is made of each text that holds one. */
export type TextSweep = {
  readonly needles: readonly string[];
  readonly rewrite: (text: string) => string;
  /** Only in rows about this incident; null: everywhere. */
  readonly incident: number | null;
};

type TextColumn = { readonly name: string; readonly kind: "text" | "json" | "list" };
type TextTable = { readonly name: string; readonly columns: readonly TextColumn[] };

/** Rows that are rewritten while decisions wait: few enough that no page does. */
const AT_ONCE = 200;
/** Holds no text of people: keys of addresses. */
const LEFT_OUT: readonly string[] = ["secrets"];

/**
 * Rewrites what every table holds of some texts; a table that is added later is among them. Answers how many rows it
 * rewrote. Rows are looked for beside all other work, and rewritten a few at once while nothing is decided.
 */
export async function sweepTexts(db: Database, sweep: TextSweep): Promise<number> {
  let count = 0;
  for (const table of await textTables(db)) {
    const where = conditionOf(table, sweep);
    if (where === null) continue;
    // A row that another transaction rewrote meanwhile lies elsewhere, so the table is gone through until nothing is left to do.
    for (let rewritten = 1; rewritten > 0; count += rewritten) rewritten = await sweepTable(db, table, where, sweep);
  }
  return count;
}

/**
 * Goes through the rows of a table that hold a needle, also behind those that hold it in a form that is not its own. Answers
 * how many were rewritten.
 */
async function sweepTable(db: Database, table: TextTable, where: SQL, { rewrite }: TextSweep): Promise<number> {
  let count = 0;
  for (let after = "(0,0)"; ;) {
    const found = await db.execute<{ place: string }>(
      sql`select ctid::text as place from ${sql.identifier(table.name)} where ctid > ${after}::tid and ${where} order by ctid limit ${AT_ONCE}`,
    );
    const places = found.rows.map(({ place }) => place);
    if (places.length === 0) return count;
    count += await db.transaction((tx) => rewriteRows(tx, table, { places, where }, rewrite));
    after = places.at(-1)!;
  }
}

/** Every value of text or JSON that holds one of the needles, parsed. */
export async function findTexts(
  db: QueryExecutor,
  needles: readonly string[],
  most: number,
): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for (const table of await textTables(db)) {
    const where = conditionOf(table, { needles, incident: null });
    if (where === null) continue;
    const rows = await db.execute<Record<string, string | null>>(
      sql`select ${columnList(table)} from ${sql.identifier(table.name)} where ${where} limit ${most}`,
    );
    for (const row of rows.rows) for (const each of Object.values(row)) if (each !== null) values.push(parsed(each));
  }
  return values;
}

async function textTables(db: QueryExecutor): Promise<readonly TextTable[]> {
  const { rows } = await db.execute<{ table_name: string; column_name: string; udt_name: string }>(
    sql`select c.table_name, c.column_name, c.udt_name from information_schema.columns c
      join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
      where c.table_schema = 'public' and c.is_generated = 'NEVER' and c.udt_name in ('text', 'json', 'jsonb', '_text')
      order by c.table_name, c.ordinal_position`,
  );
  const tables = new Map<string, TextColumn[]>();
  for (const { table_name: table, column_name: name, udt_name: type } of rows) {
    if (LEFT_OUT.includes(table)) continue;
    const kind = type === "text" ? "text" : type === "_text" ? "list" : "json";
    tables.set(table, [...(tables.get(table) ?? []), { name, kind }]);
  }
  return [...tables].map(([name, columns]) => ({ name, columns }));
}

function conditionOf(table: TextTable, { needles, incident }: Omit<TextSweep, "rewrite">): SQL | null {
  const forms = [...new Set(needles.flatMap(writtenForms).map(beginningOf))];
  const holds = table.columns.flatMap((column) =>
    forms.map((form) => sql`position(${form.replaceAll("\0", "")} in ${textOf(column)}) > 0`),
  );
  const any = sql`(${sql.join(holds, sql` or `)})`;
  if (incident === null) return any;
  const scope = scopeOf(table, incident);
  return scope === null ? null : sql`${scope} and ${any}`;
}

/** The rows of a table that are about an incident; null: it has none. */
function scopeOf({ name }: TextTable, incident: number): SQL | null {
  switch (name) {
    case "incidents":
    case "incident_figures":
      return sql`number = ${incident}`;
    case "events":
    case "effects":
    case "postmortem_texts":
    case "runs":
      return sql`incident = ${incident}`;
    case "commands":
      return sql`body like ${`%"incident":${incident},%`}`;
    default:
      return null;
  }
}

function textOf({ name, kind }: TextColumn): SQL {
  const column = sql.identifier(name);
  return kind === "text"
    ? sql`${column}`
    : kind === "list"
      ? sql`array_to_json(${column})::text`
      : sql`${column}::text`;
}

function columnList({ columns }: TextTable): SQL {
  return sql.join(
    columns.map((column) => sql`${textOf(column)} as ${sql.identifier(column.name)}`),
    sql`, `,
  );
}

async function rewriteRows(
  tx: QueryExecutor,
  table: TextTable,
  { places, where }: { readonly places: readonly string[]; readonly where: SQL },
  rewrite: (text: string) => string,
): Promise<number> {
  await lockDecisions(tx);
  const name = sql.identifier(table.name);
  const rows = await tx.execute<Record<string, string | null>>(
    sql`select ctid::text as "row place", ${columnList(table)} from ${name} where ctid = any (${`{${places.map((place) => `"${place}"`).join(",")}}`}::tid[]) and ${where} for update`,
  );
  let count = 0;
  for (const { "row place": place, ...row } of rows.rows) {
    const changes = table.columns.flatMap((column): SQL[] => {
      const before = row[column.name];
      if (before == null) return [];
      const after = rewritten(before, column, rewrite);
      return after === before ? [] : [sql`${sql.identifier(column.name)} = ${valueOf(after, column)}`];
    });
    if (changes.length === 0) continue;
    await tx.execute(sql`update ${name} set ${sql.join(changes, sql`, `)} where ctid = ${place}::tid`);
    count++;
  }
  return count;
}

function valueOf(text: string, { kind }: TextColumn): SQL {
  if (kind === "text") return sql`${text}`;
  return kind === "list" ? sql`array(select json_array_elements_text(${text}::json))` : sql`${text}::json`;
}

/** A column of text may hold JSON too: the body of a command. */
function rewritten(text: string, { kind }: TextColumn, rewrite: (text: string) => string): string {
  const value = parsed(text);
  if (kind === "text" && (typeof value !== "object" || value === null)) return rewrite(text);
  return JSON.stringify(rewriteTexts(value, rewrite));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
