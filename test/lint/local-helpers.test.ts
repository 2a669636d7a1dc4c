import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The functions that a test file declares for itself, outside of any test. */
const localHelpers = (text: string): string[] =>
  Array.from(
    text.matchAll(/^(?:const (\w+) = (?:async )?(?:<[^>]*>)?\(|(?:async )?function\*? (\w+))/gm),
    ([, arrow, declared]) => arrow ?? declared!,
  );

/** Names that three files or more declare, with the files. */
function repeatedHelpers(texts: ReadonlyMap<string, string>): string[] {
  const places = new Map<string, string[]>();
  for (const [file, text] of texts)
    for (const name of new Set(localHelpers(text))) places.set(name, [...(places.get(name) ?? []), file]);
  return [...places].flatMap(([name, files]) => (files.length > 2 ? [`${name}: ${files.join(", ")}`] : []));
}

test("a name that three files declare is found, however it is declared", () => {
  const texts = [
    "const fires = async (\n  labels = {},\n) => {};",
    "async function fires() {}",
    "const fires = <T>(of: T) => of;\nfunction rests() {}",
    "  const rests = () => 1;\nconst fires2 = () => 1;\nconst rests = 3;",
  ];
  expect(repeatedHelpers(new Map(texts.map((text, i) => [`${i}`, text])))).toEqual(["fires: 0, 1, 2"]);
});

test("no helper is declared by three test files: it is a builder of test/support, or is named by what it does", () => {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  expect(files.length).toBeGreaterThan(150);
  expect(repeatedHelpers(new Map(files.map((file) => [file, readFileSync(join("test", file), "utf8")])))).toEqual([]);
});
