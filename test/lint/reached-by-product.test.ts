import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const EXPORTED = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm;

/** Registries read these files whole, so no one names what they export. */
const READ_WHOLE = /\/(?:definitions|commands|arrangements)\/|^src\/runbooks\/actions\//;

/** muster.schema.json is made from it (`npm run schema`), and the editors of people read that. */
const PUBLISHED = "src/config/vendor-lists.ts: PolicyFile";

const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

/** What files export and no one of them uses. */
function unusedExports(texts: ReadonlyMap<string, string>): string[] {
  const uses = new Map<string, number>();
  const codes = Array.from(texts, ([file, text]) => [file, codeOf(text)] as const);
  for (const [, code] of codes) for (const [word] of code.matchAll(/\w+/g)) uses.set(word, (uses.get(word) ?? 0) + 1);
  return codes.flatMap(([file, code]) =>
    [...code.matchAll(EXPORTED)].flatMap(([, name]) => (uses.get(name!) === 1 ? [`${file}: ${name}`] : [])),
  );
}

test("an export that no one else names is found, also one that a comment names", () => {
  const texts = new Map([
    ["a.ts", "export const used = 1;\nexport function alone() {}"],
    ["b.ts", "// alone\nimport { used } from './a.ts';"],
  ]);
  expect(unusedExports(texts)).toEqual(["a.ts: alone"]);
});

test("the product holds no function that only tests call: it would be changed, and nothing would follow", () => {
  const texts = new Map(globSync("{src,handlers}/**/*.ts").map((file) => [file, readFileSync(file, "utf8")]));
  expect(unusedExports(texts).filter((each) => !READ_WHOLE.test(each))).toEqual([PUBLISHED]);
});
