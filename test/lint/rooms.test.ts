import { globSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, matchesGlob, normalize } from "node:path";
import { expect, test } from "vitest";

const ALIASES = Object.entries(
  (JSON.parse(readFileSync("package.json", "utf8")) as { imports: Record<string, string> }).imports,
).map(([alias, path]) => [alias.slice(0, -1), normalize(path.slice(0, -1))] as const);

/** Every file of the product, by the path from the repository's root. */
const FILES = globSync(["src/**/*", "handlers/**/*"]).filter((path) => extname(path) !== "");
const CODE = FILES.filter((path) => path.endsWith(".ts"));

/** Folders whose files are one room with those above them: definitions beside their registry, kinds of actions. */
const PARTS: readonly RegExp[] = [
  /^(src\/domain\/(?:events|effects))\/definitions$/,
  /^(src\/runbooks\/actions)\/\w+$/,
];

type Arrow = { readonly from: string; readonly to: string };

function roomOf(file: string): string {
  const folder = dirname(file);
  return PARTS.map((part) => part.exec(folder)?.[1]).find((room) => room !== undefined) ?? folder;
}

/** The file that an import means, or null for one of a library. */
function importedFile(by: string, specifier: string): string | null {
  if (specifier.startsWith(".")) return normalize(join(dirname(by), specifier));
  const alias = ALIASES.find(([start]) => specifier.startsWith(start));
  return alias === undefined ? null : alias[1] + specifier.slice(alias[0].length);
}

/** The files that a file imports, types and imports at run time included. */
function importsOf(file: string, text: string): readonly Arrow[] {
  return Array.from(text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*"([^"]+)"/g), ([, specifier]) => specifier!)
    .map((specifier) => importedFile(file, specifier))
    .filter((to) => to !== null)
    .map((to) => ({ from: file, to }));
}

/** The imports that stand in a circle of rooms, as "room → room: file imports file". */
function circles(imports: readonly Arrow[]): readonly string[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const reached = next.get(roomOf(from)) ?? new Set();
    next.set(roomOf(from), reached.add(roomOf(to)));
  }
  const leadsTo = (from: string, wanted: string): boolean => {
    const seen = new Set([from]);
    for (const room of seen) {
      if (room === wanted) return true;
      for (const each of next.get(room) ?? []) seen.add(each);
    }
    return false;
  };
  return imports
    .filter(({ from, to }) => roomOf(from) !== roomOf(to) && leadsTo(roomOf(to), roomOf(from)))
    .map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}: ${from} imports ${to}`);
}

const IMPORTS = CODE.flatMap((file) => importsOf(file, readFileSync(file, "utf8")));

test("imports are found, and lead to files that exist", () => {
  expect(IMPORTS.length).toBeGreaterThan(1_000);
  expect(IMPORTS.filter(({ to }) => !FILES.includes(to))).toEqual([]);
});

test("no arrow between rooms runs back up", () => {
  expect(circles(IMPORTS)).toEqual([]);
});

test("an arrow back up is named with its files, also by way of a third room", () => {
  const down = [
    ...importsOf("handlers/door.ts", 'import { submit } from "#engine/base/submit.ts";'),
    ...importsOf("src/engine/base/submit.ts", 'export type { Row } from "#db/rows.ts";'),
  ];
  expect(circles(down)).toEqual([]);
  const up = importsOf("src/db/rows.ts", 'const door = await import("#handlers/door.ts");');
  expect(circles([...down, ...up])).toContain("src/db → handlers: src/db/rows.ts imports handlers/door.ts");
});

test("no folder holds more than 22 files, of the product or of its tests", () => {
  const tests = globSync("test/**/*").filter((path) => extname(path) !== "" && !path.startsWith("test/fixtures/"));
  expect(tests.length).toBeGreaterThan(300);
  const sizes = Map.groupBy([...FILES, ...tests], (file) => dirname(file));
  expect(
    [...sizes].filter(([, files]) => files.length > 22).map(([folder, { length }]) => `${folder}: ${length}`),
  ).toEqual([]);
});

/** What was made once by an older version stays as it ran. */
const MADE_ONCE = "test/fixtures/upgrade/make-dump.ts";

test("no file is longer than 300 lines, of the product or of its tests", () => {
  const tests = globSync("test/**/*.ts").filter((file) => file !== MADE_ONCE);
  expect(tests.length).toBeGreaterThan(300);
  const styles = FILES.filter((file) => /\.(?:css|js)$/.test(file));
  const long = [...CODE, ...styles, ...tests].map(
    (file) => [file, readFileSync(file, "utf8").trimEnd().split("\n").length] as const,
  );
  expect(long.filter(([, lines]) => lines > 300).map(([file, lines]) => `${file}: ${lines}`)).toEqual([]);
});

/** What a folder of one vendor has, by the same name in each. */
const SHARED = new Set(["index", "client", "errors", "check", "settings"]);

test("no two files have the same name", () => {
  const named = Map.groupBy(CODE, (file) => basename(file, ".ts"));
  expect([...named].filter(([name, files]) => files.length > 1 && !SHARED.has(name)).map(([, files]) => files)).toEqual(
    [],
  );
});

type Override = {
  readonly files: readonly string[];
  readonly rules: {
    readonly "no-restricted-imports"?: readonly [
      string,
      { readonly patterns: readonly { readonly group: readonly string[] }[] },
    ];
  };
};
const OVERRIDES = (JSON.parse(readFileSync(".oxlintrc.json", "utf8")) as { overrides: readonly Override[] }).overrides;
/** The list of rooms that have none of their own: it lets them import nothing. */
const ROOMS_WITHOUT_LIST = "src/**";

/** What the linter lets a file import, of its own room or another: the last list that it finds; null: it finds none. */
function importListOf(file: string): readonly string[] | null {
  const last = OVERRIDES.findLast(
    ({ files, rules }) => rules["no-restricted-imports"] !== undefined && files.some((glob) => matchesGlob(file, glob)),
  );
  const [pattern, ...more] = last?.rules["no-restricted-imports"]?.[1].patterns ?? [];
  const allows = pattern?.group[0] === "**" && more.length === 0 && !last!.files.includes(ROOMS_WITHOUT_LIST);
  return allows ? pattern.group.slice(1) : null;
}

test("every file of code has a list of what it may import, and what is not in it is refused", () => {
  expect(CODE.filter((file) => importListOf(file) === null)).toEqual([]);
  expect(importListOf("src/newroom/planted.ts")).toBeNull();
});
