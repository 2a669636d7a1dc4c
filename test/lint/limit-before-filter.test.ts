import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * Reads of so many rows of which only some are taken: `(await list({ limit })).filter(…)`, also by way of a variable. What
 * is asked for is missing then as soon as enough of the others are newer. A condition belongs in the query, or in
 * `findIncidents`, whose limit counts what it takes.
 */
function limitedThenFiltered(text: string): readonly string[] {
  const found: string[] = [];
  for (const statement of text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").split(";")) {
    const read =
      /await [\w.]+\((?:[^()]|\([^()]*\))*\blimit\b(?:[^()]|\([^()]*\))*\)\)[\s\S]*?\.(?:filter|find|some)\(/.exec(
        statement,
      );
    if (read !== null) found.push(read[0]);
  }
  for (const read of text.matchAll(/const (\w+)(?:: [^=]+)? = await [\w.]+\(([^;]*?\blimit\b[^;]*)\);/g))
    if (new RegExp(`\\b${read[1]}\\s*\\.(?:filter|find|some)\\(`).test(text.slice(read.index + read[0].length)))
      found.push(read[0]);
  return found;
}

test("no read is limited before it is filtered", () => {
  const files = globSync(["src/**/*.ts", "handlers/**/*.ts"]);
  expect(files.length).toBeGreaterThan(400);
  expect(
    files.flatMap((file) => limitedThenFiltered(readFileSync(file, "utf8")).map((read) => `${file}: ${read}`)),
  ).toEqual([]);
});

test.each([
  "const open = (await list(db, { status, limit: 200 })).filter(({ team }) => mine(team));",
  "const open = (await read.incidents({ limit: 50 }))\n  .map(({ state }) => state)\n  .find((each) => sees(each));",
  "const open = await read.incidents({ limit: 50 });\nreturn open.filter((each) => sees(each));",
])("finds %s", (planted) => {
  expect(limitedThenFiltered(planted)).toHaveLength(1);
});

test.each([
  "const open = (await list(db, { status, limit: 200 })).map(({ state }) => state);",
  "const open = await findIncidents(db, { limit: 50 }, (each) => !each.private);",
  "const open = await list(db, { limit: 50 });\nreturn others.filter((each) => open.length > 0);",
])("takes %s", (good) => {
  expect(limitedThenFiltered(good)).toEqual([]);
});
