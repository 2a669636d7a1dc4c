import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

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
