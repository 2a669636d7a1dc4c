import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CODE_FAULTS } from "#test/support/builders/lint-faults/code-faults.ts";
import { IMPORT_FAULTS } from "#test/support/builders/lint-faults/import-faults.ts";
import type { LintFault } from "#test/support/builders/lint-faults/lint-fault.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OXLINT = join(ROOT, "node_modules/.bin/oxlint");

/** One fault of each kind. */
const FAULTS: readonly LintFault[] = [...IMPORT_FAULTS, ...CODE_FAULTS];
const fileOf = (folder: string, i: number): string => `${folder}/planted-${i}.ts`;

type Linted = { readonly code: number; readonly out: string };

/** The linter, once, on a copy of the code and what is planted in it, which is in no one's way there. */
let copy: string;
let linted: Linted;
beforeAll(async () => {
  copy = temporaryDirectory("lint");
  for (const name of ["src", "handlers", "package.json", "tsconfig.json", ".oxlintrc.json"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(ROOT, "test/lint/muster-rules.mjs"), join(copy, "test/lint/muster-rules.mjs"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const [i, [, folder, text]] of FAULTS.entries()) {
    mkdirSync(join(copy, folder), { recursive: true });
    writeFileSync(join(copy, fileOf(folder, i)), text);
  }
  const circle = FAULTS.findIndex(([, , , rule]) => rule === "no-cycle");
  writeFileSync(
    join(copy, "src/engine/loop/planted-other.ts"),
    `import { circle } from "./planted-${circle}.ts";\nexport const other = circle === undefined ? 1 : 2;\n`,
  );
  linted = await lint("src", "handlers");
}, 300_000);
afterAll(() => removeDirectory(copy));

function lint(...paths: readonly string[]): Promise<Linted> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [OXLINT, "--type-aware", "--quiet", "-f", "unix", ...paths],
      { cwd: copy, maxBuffer: 10_000_000 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out: stdout + stderr }),
    );
  });
}

test("the code as it is passes: only what is planted is refused", () => {
  const refused = linted.out.split("\n").filter((line) => /^(?:src|handlers)\//.test(line));
  expect(refused.length).toBeGreaterThanOrEqual(FAULTS.length);
  expect(refused.filter((line) => !/\/planted-(?:\d+|other)\.ts:/.test(line))).toEqual([]);
});

test("faults make it fail", () => expect(linted.code).toBe(1));

test.each(FAULTS.map(([what, folder, , rule], i) => [what, fileOf(folder, i), rule] as const))(
  "%s is refused (%s)",
  (_, file, rule) => {
    expect(linted.out.split("\n").filter((line) => line.startsWith(`${file}:`))).toContainEqual(
      expect.stringContaining(`(${rule})`),
    );
  },
);
