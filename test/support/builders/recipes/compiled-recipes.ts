import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { actionRecipe } from "./action-recipe.ts";
import { arrangementRecipe } from "./arrangement-recipe.ts";
import { definitionsRecipe } from "./definitions-recipe.ts";
import { effectRecipe } from "./effect-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { verbRecipe } from "./verb-recipe.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const RECIPES: readonly Recipe[] = [actionRecipe, arrangementRecipe, definitionsRecipe, effectRecipe, verbRecipe];
/** How long the other processes wait for the one that compiles. */
const PATIENCE_MS = 240_000;

/** What the compiler reports for code in which every recipe was followed, and spoiled beside that. */
export type CompiledRecipes = {
  /** What it reports for a file, an error each, with the lines that explain it. */
  of(file: string): readonly string[];
  /** What it reports for all files that were not spoiled. */
  readonly unexpected: readonly string[];
};

/**
 * Compiles once for all tests of a run: the compiler takes longer than all else that they do. Whichever process comes
 * first compiles; what it found lies in the temporary directory of the run, under a name made of the code.
 */
export async function compiledRecipes(): Promise<CompiledRecipes> {
  const found = join(tmpdir(), `recipes-${hashOfCode()}.json`);
  if (isFirst(`${found}.begun`)) {
    writeFileSync(`${found}.part`, JSON.stringify(await compileAll()));
    renameSync(`${found}.part`, found);
  }
  await waitFor(() => existsSync(found), { what: "the compiler", timeoutMs: PATIENCE_MS, everyMs: 100 });
  const errors = JSON.parse(readFileSync(found, "utf8")) as readonly string[];
  const of = (file: string): readonly string[] => errors.filter((error) => error.startsWith(`${file}(`));
  const expected = new Set(RECIPES.flatMap(({ faulty }) => faulty).flatMap(of));
  return { of, unexpected: errors.filter((error) => !expected.has(error)) };
}

async function compileAll(): Promise<readonly string[]> {
  const copy = new PlantedCopy("recipes", "test");
  try {
    for (const recipe of RECIPES) recipe.follow(copy);
    for (const recipe of RECIPES) recipe.spoil(copy);
    return await copy.compile("test/verbs");
  } finally {
    copy.remove();
  }
}

function isFirst(mark: string): boolean {
  try {
    writeFileSync(mark, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

function hashOfCode(): string {
  const hash = createHash("sha256");
  for (const folder of ["src", "handlers", "test/support", "test/verbs", "test/fixtures/actions"])
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).toSorted())
      if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(ROOT, folder, file)));
  return hash.digest("hex").slice(0, 16);
}
