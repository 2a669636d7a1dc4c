import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const PATHS = "src/domain/incident/incident-path.ts";

/** Paths of an incident's pages that a text makes by itself. A vendor's, an API's and a route's are others. */
function ownPaths(text: string): readonly string[] {
  return [...text.matchAll(/[^\w/}]\/incidents\/\$\{|publicUrl\}\/incidents\//g)].map(([found]) => found);
}

test("one function makes the paths of an incident's pages: with the uid, which a path made by hand forgets", () => {
  const files = globSync(["src/{domain,views,engine,verbs,app}/**/*.ts", "handlers/**/*.ts"]);
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter((file) => ownPaths(readFileSync(file, "utf8")).length > 0)).toEqual([PATHS]);
});

test.each(['html`<a href="/incidents/${id}">${id}</a>`', "`${publicUrl}/incidents/${id}`"])("finds %s", (planted) => {
  expect(ownPaths(planted)).toHaveLength(1);
});
