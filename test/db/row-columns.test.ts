import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The fields of an object type that is written out: "a: string; b?: number" and its lines. */
function fieldsOf(type: string): readonly string[] {
  return [...type.matchAll(/(?:^|[;{\n,])\s*(?:readonly )?(\w+)\??:/g)].map(([, name]) => name!);
}

/**
 * Fields that the row of a query should have by its type, and that no SQL of the file names: a column that was renamed on one
 * side only is undefined for ever, and the compiler believes the type.
 */
function unknownColumns(text: string): readonly string[] {
  const statements = [...text.matchAll(/`[^`]*`|"[^"\n]*"/g)].map(([sql]) => sql).join("\n");
  const named = (name: string): string => new RegExp(`type ${name} = (?:\\w+ & )?\\{([^}]*)\\}`).exec(text)?.[1] ?? "";
  const types = [...text.matchAll(/(?:execute|query)<(?:(\w+)|(\{[\s\S]*?\}))(?: & (\{[^}]*\}))?>\(/g)];
  return types
    .flatMap(([, name, inline = "", more = ""]) => [
      ...(name === undefined ? [] : fieldsOf(named(name))),
      ...fieldsOf(inline),
      ...fieldsOf(more),
    ])
    .filter((field) => !new RegExp(`\\b${field}\\b`).test(statements));
}

test("every field of a row that a query's type promises is named by its SQL", () => {
  const files = globSync("src/db/**/*.ts");
  expect(files.length).toBeGreaterThan(40);
  expect(
    files.flatMap((file) => unknownColumns(readFileSync(file, "utf8")).map((field) => `${file}: ${field}`)),
  ).toEqual([]);
});

test.each([
  "type Row = { recent: string; last: string };\nawait tx.execute<Row>(sql`select a as lately, b as last from runs`);",
  "await db.execute<{ count: number; recent: Date }>(sql`select count(*) as count from runs`);",
])("finds a column that has another name: %s", (planted) => {
  expect(unknownColumns(planted)).toEqual(["recent"]);
});
