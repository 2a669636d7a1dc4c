import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";
import { compiledRecipes, type CompiledRecipes } from "#test/support/builders/recipes/compiled-recipes.ts";
import { VERB_PARTS, verbRecipe, verbWithout } from "#test/support/builders/recipes/verb-recipe.ts";

type Result = { readonly title: string; readonly status: string };

/**
 * A copy of the code in which one file of src has one object more, what its tests answer, and the compiler's errors.
 */
let copy: PlantedCopy;
let results: readonly Result[];
let compiled: CompiledRecipes;
beforeAll(async () => void (compiled = await compiledRecipes()), 300_000);
beforeAll(async () => {
  copy = new PlantedCopy("verb", "test", "migrations", "runbooks", "vitest.config.ts");
  verbRecipe.follow(copy);
  await copy.run(
    ...(["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--reporter=json"] as const),
    ...["--outputFile=results.json", "test/verbs/answers.test.ts", "test/verbs/planted.test.ts"],
    ...["-t", "suspect|the verb|every verb"],
  );
  const { testResults } = JSON.parse(copy.read("results.json")) as {
    testResults: readonly { assertionResults: readonly { fullName: string; status: string }[] }[];
  };
  results = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ fullName, status }) => ({ title: fullName, status }))
    .filter(({ status }) => status !== "skipped");
}, 300_000);
afterAll(() => copy.remove());

describe("a new verb needs one object in one file", () => {
  test("that compiles, with all code and the row of its answers", () => {
    expect(compiled.unexpected).toEqual([]);
  });

  test.each([
    "by slack suspect the cache",
    "by api suspect the cache",
    "by cli suspect the cache",
    "by dashboard suspect the cache",
    "the help has the verb, by its name and its alias",
    "the policy's permissions accept the verb, and reject a misspelled one",
    "every verb has an answer here",
  ])("%s", (title) => {
    expect(results).toContainEqual({ title, status: "passed" });
  });

  test.each(Object.keys(VERB_PARTS))("that does not compile without %s", (key) => {
    expect(compiled.of(verbWithout(key))).toEqual([expect.stringContaining(`Property '${key}' is missing`)]);
  });
});
