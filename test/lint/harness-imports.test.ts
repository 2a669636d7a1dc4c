import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const WAYS_IN = ["core", "engine", "app", "story"];
/** What a test may take of the harness: one of the four ways in, the clock and waiting, and the parts of the live tests. */
const OPEN = new RegExp(`^(?:${WAYS_IN.join("|")}|test-clock|wait-until|(?:servers|processes|upgrade)/[a-z-]+)\\.ts$`);

/** The files of the harness that a text imports and should not, as paths below it. */
const closedImports = (text: string): string[] =>
  Array.from(
    text.matchAll(/"#test\/support\/harness\/([^"]+)"|"[./]*\/support\/harness\/([^"]+)"/g),
    ([, a, b]) => a ?? b!,
  ).filter((path) => !OPEN.test(path));

const FILES = readdirSync("test", { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.m?ts$/.test(file) && !file.startsWith("support/") && !file.endsWith("harness-imports.test.ts"),
);

test("an import past the ways in is found", () => {
  expect(
    closedImports(`import { EngineHarness } from "#test/support/harness/engine/engine-harness.ts";
      import { startApp } from "../support/harness/app/test-app.ts";
      import { CoreHarness } from "#test/support/harness/core.ts";
      import { waitFor } from "#test/support/harness/wait-until.ts";
      import { startPostgres } from "#test/support/harness/servers/postgres.ts";`),
  ).toEqual(["engine/engine-harness.ts", "app/test-app.ts"]);
});

test("tests import a harness through one of its four entry points", () => {
  expect(FILES.length).toBeGreaterThan(150);
  const faults = FILES.flatMap((file) =>
    closedImports(readFileSync(join("test", file), "utf8")).map((path) => `test/${file} imports ${path}`),
  );
  expect(faults).toEqual([]);
});

test.each(WAYS_IN)("%s.ts describes what it is for, with an example", (way) => {
  const text = readFileSync(`test/support/harness/${way}.ts`, "utf8");
  const [head] = /^\/\*\*[^]*?\*\/\n/.exec(text) ?? [""];
  expect(head.match(/^ \* {5}\S/gm)?.length).toBeGreaterThanOrEqual(4);
  expect(existsSync(`test/support/harness/${way}`)).toBe(true);
});
