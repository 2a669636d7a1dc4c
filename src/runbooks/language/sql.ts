import { setFlagsFromString } from "node:v8";
import type * as LibPgQuery from "libpg-query";
import { mayCallFunction } from "#runbooks/language/statements/sql-functions.ts";
import { PARAM_ANYWHERE } from "./param-use.ts";
import type { TextFlaw } from "./promql.ts";

type Parser = typeof LibPgQuery;
let loaded: Promise<Parser> | null = null;

/**
 * V8 would find the parser hot at its first statements and optimise a function so large that the process grows by 500 MB for a
 * second [measured]. The budget is taken when the module is made, which is when it is imported.
 */
async function loadParser(): Promise<Parser> {
  setFlagsFromString("--wasm-tiering-budget=100000000");
  try {
    const parser = await import("libpg-query");
    await parser.loadModule();
    return parser;
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${V8_DEFAULT}`);
  }
}
const V8_DEFAULT = 13_000_000;

/** Everything wrong with the statement of `sql.query`: one SELECT, its values as bind arguments. The parser is PostgreSQL's own. `allowed`: functions that the policy lets in. */
export async function checkSql(
  sql: string,
  args: number,
  allowed: readonly string[] = [],
): Promise<readonly TextFlaw[]> {
  const inText = [...sql.matchAll(PARAM_ANYWHERE)].map((found): TextFlaw => ({
    offset: found.index,
    message: `${found[0]} in the text of a statement`,
    fix: "write $1 there, and the parameter in args",
  }));
  if (inText.length > 0) return inText;
  const parser = await (loaded ??= loadParser());
  const read = readStatements(parser, sql);
  if ("flaw" in read) return [read.flaw];
  const { statements } = read;
  if (statements.length !== 1)
    return [{ offset: 0, message: `${statements.length} statements`, fix: "write exactly one" }];
  const { flaws, numbers } = walkStatement(statements[0]?.stmt ?? {}, allowed);
  return [...flaws, ...checkArguments(sql, args, numbers)];
}

type Statement = { readonly stmt?: object };

function readStatements(
  parser: Parser,
  sql: string,
): { readonly statements: readonly Statement[] } | { readonly flaw: TextFlaw } {
  try {
    return { statements: parser.parseSync(sql).stmts ?? [] };
  } catch (error) {
    const at = parser.hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
    return {
      flaw: {
        offset: Math.max(0, at),
        message: `no SQL: ${error instanceof Error ? error.message : String(error)}`,
        fix: "try the statement in psql",
      },
    };
  }
}

/** What changes something, wherever in the statement it stands, and the numbers of the arguments it speaks of. */
function walkStatement(
  statement: object,
  allowed: readonly string[],
): {
  readonly flaws: readonly TextFlaw[];
  readonly numbers: ReadonlySet<number>;
} {
  const flaws: TextFlaw[] = [];
  const numbers = new Set<number>();
  const top = Object.keys(statement)[0] ?? "";
  if (top !== "SelectStmt")
    flaws.push({
      offset: 0,
      message: `${statementName(top)} is not read only`,
      fix: "write a SELECT; what changes something is a reviewed sql.call",
    });
  // The tree is walked without recursion: how deep it is, is up to the author.
  const open: unknown[] = [statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      open.push(value ?? "");
      if (key === "ParamRef") numbers.add(Number((value as { number?: number }).number ?? 0));
      flaws.push(...checkNode(key, value, top, allowed));
    }
  }
  return { flaws, numbers };
}

function checkNode(key: string, value: unknown, top: string, allowed: readonly string[]): readonly TextFlaw[] {
  const at = typeof value === "object" && value !== null && "location" in value ? Number(value.location) : 0;
  if (/^(?:Insert|Update|Delete|Merge)Stmt$/.test(key) && key !== top)
    return [{ offset: at, message: `${statementName(key)} inside a SELECT`, fix: "only read here" }];
  if (key === "lockingClause") return [{ offset: 0, message: "FOR UPDATE or FOR SHARE locks rows", fix: "remove it" }];
  if (key === "intoClause") return [{ offset: 0, message: "SELECT INTO makes a table", fix: "remove INTO" }];
  // They may act although the transaction is read only. The role is the border that holds.
  const path = key === "FuncCall" ? functionIn(value) : [];
  return path.length === 0 || mayCallFunction(path, allowed)
    ? []
    : [
        {
          offset: at,
          message: `${path.join(".")}() is not known to only read`,
          fix: "use another; one of yours that only reads is let in by automation.functions of the policy; what changes something is a reviewed sql.call",
        },
      ];
}

/** Whether there is a value for each $1, $2 …, and no others. */
function checkArguments(sql: string, args: number, numbers: ReadonlySet<number>): readonly TextFlaw[] {
  const highest = Math.max(0, ...numbers);
  if (highest > args)
    return [
      {
        offset: sql.indexOf(`$${highest}`),
        message: `$${highest} has no argument`,
        fix: `give ${highest} values in args`,
      },
    ];
  if (numbers.size < args)
    return [
      {
        offset: 0,
        message: `${args} args, but the statement has ${numbers.size} of $1, $2 …`,
        fix: "leave out what is not used",
      },
    ];
  return [];
}

function statementName(node: string): string {
  return node === "" ? "nothing" : node.replace(/Stmt$/, "").toUpperCase();
}

/** Its name with what stands before it; empty: it has none. */
function functionIn(call: unknown): readonly string[] {
  const names = (call as { funcname?: readonly { String?: { sval?: string } }[] }).funcname ?? [];
  return names.map((each) => (each.String?.sval ?? "").toLowerCase());
}
