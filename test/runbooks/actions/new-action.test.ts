import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";
import {
  ACTION_FAULTS,
  ACTION_FIXTURES,
  actionRecipe,
  faultyAction,
} from "#test/support/builders/recipes/action-recipe.ts";
import { compiledRecipes, type CompiledRecipes } from "#test/support/builders/recipes/compiled-recipes.ts";

/** A copy of the code with the new action; and what the compiler reports for it, and for actions that are written wrong. */
let copy: PlantedCopy;
let compiled: CompiledRecipes;
beforeAll(async () => {
  copy = new PlantedCopy("action", "migrations");
  actionRecipe.follow(copy);
  compiled = await compiledRecipes();
}, 300_000);
afterAll(() => copy.remove());

describe("a new action needs one file", () => {
  test("compiles, with a name and fields that the compiler checks everywhere", () => {
    expect(compiled.unexpected).toEqual([]);
  });

  test("is checked by the runbook linter, with its fields", async () => {
    expect(await copy.execute("src/cli.ts", "check", "runbooks/node-reopen.md")).toMatchObject({
      code: 0,
      out: expect.stringContaining("ok"),
    });
    const bad = readFileSync(join(ACTION_FIXTURES, "node-reopen.md"), "utf8").replace(
      "{ node: $node }",
      "{ nod: $node }",
    );
    copy.write("misspelt.md", bad);
    expect(await copy.execute("src/cli.ts", "check", "misspelt.md")).toMatchObject({
      code: 1,
      out: expect.stringContaining('unknown key "nod"; write "node"'),
    });
  }, 120_000);

  test("that runs in the tests of a runbook, answered by its own fake", async () => {
    expect(await copy.execute("src/cli.ts", "check", "--test")).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 passed, 0 failed"),
    });
  }, 120_000);
});

describe("does not compile with a mistake", () => {
  test.each(ACTION_FAULTS.map(([what, , , says], i) => [what, i, says] as const))("%s", (_, i, says) => {
    expect(compiled.of(faultyAction(i)).join("\n")).toMatch(says);
  });
});
