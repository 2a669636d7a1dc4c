import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";

const TEXT = readFileSync("CONTRIBUTING.md", "utf8");
/** Paths from the repository's root, without those that hold a place for a name (`<source>`). */
const PATHS = [
  ...new Set(
    Array.from(
      TEXT.matchAll(
        /(?<![\w/#.-])((?:src|handlers|test|docs|deploy|runbooks|migrations|\.ci)\/[\w./{},*-]*)(?![\w<])/g,
      ),
      ([, path]) => path!,
    ),
  ),
].filter((path) => !/[<*{]/.test(path) && !path.endsWith("/."));

test("CONTRIBUTING names many places", () => expect(PATHS.length).toBeGreaterThan(50));

test.each(PATHS)("%s is there", (path) => expect(existsSync(path.replace(/\.$/, ""))).toBe(true));

/** Files that are named without their folder, as beside one that was named with it. */
const NAMES = [...new Set(Array.from(TEXT.matchAll(/`([a-z][\w.-]*\.(?:ts|mjs|css|js))`/g), ([, name]) => name!))];
const FILES = new Set(globSync(["*.*", "src/**/*.*", "handlers/**/*.*", "test/**/*.*"]).map((file) => basename(file)));

test.each(NAMES)("%s is a file", (name) => expect(FILES).toContain(name));

test("each command that it names is a script", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object };
  const commands = Array.from(TEXT.matchAll(/`npm run ([\w:-]+)/g), ([, name]) => name!);
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

/** A name that a document places in a file or folder: "`observeAlert` in `src/domain/alerting/alert-sighting.ts`". */
type NamedPlace = { readonly document: string; readonly name: string; readonly place: string };

const namedPlaces = (document: string, text: string): readonly NamedPlace[] =>
  Array.from(
    text.matchAll(/`([A-Za-z_]\w*)` (?:in|of) `((?:src|handlers|test|deploy|\.ci)\/[\w./-]+|\.oxlintrc\.json)`/g),
    ([, name, place]) => ({ document, name: name!, place: place! }),
  );

function isNamedIn({ name, place }: NamedPlace): boolean {
  if (!existsSync(place)) return false;
  const files = statSync(place).isDirectory()
    ? globSync("**/*.{ts,js,mjs,json,yml,yaml}", { cwd: place }).map((file) => join(place, file))
    : [place];
  return files.some((file) => new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8")));
}

describe("a name that a document finds in a file", () => {
  const all = ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md")].flatMap((document) =>
    namedPlaces(document, readFileSync(document, "utf8")),
  );

  test("stands there", () => {
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter((each) => !isNamedIn(each))).toEqual([]);
  });

  test("is missed when it was renamed, and when the file is gone", () => {
    const text = "`refusedAlerts` in `src/engine/alerting/self-alerts.ts`, `observeAlert` in `src/domain/gone.ts`";
    expect(namedPlaces("a.md", text).map(isNamedIn)).toEqual([false, false]);
  });
});
