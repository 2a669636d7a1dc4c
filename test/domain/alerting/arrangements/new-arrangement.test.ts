import { afterAll, beforeAll, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";
import {
  ARRANGEMENT_PARTS,
  ARRANGEMENT_USES,
  arrangementRecipe,
  arrangementWithout,
  WITHOUT_WRITER,
} from "#test/support/builders/recipes/arrangement-recipe.ts";
import { compiledRecipes, type CompiledRecipes } from "#test/support/builders/recipes/compiled-recipes.ts";

/**
 * A copy of the code with one arrangement more; and what the compiler answers about that, about some that lack an answer,
 * and about a kind of change that no one writes down.
 */
let copy: PlantedCopy;
let compiled: CompiledRecipes;
beforeAll(async () => {
  copy = new PlantedCopy("arrangement");
  arrangementRecipe.follow(copy);
  compiled = await compiledRecipes();
}, 300_000);
afterAll(() => copy.remove());

test("a new arrangement is one object in one file: what asks about arrangements has it with that", async () => {
  expect(compiled.unexpected).toEqual([]);
  const prolong = { type: "mute.prolong", mute: 9, until: 7 };
  expect(JSON.parse(await copy.run(ARRANGEMENT_USES))).toEqual([
    prolong,
    {
      ok: true,
      text: "7 is the end of 9",
      number: 47,
      changes: [],
      effects: [{ type: "chat.arranged", channel: "incidents", command: 47, by: "Alice", what: prolong }],
    },
    "Alice prolonged 9",
  ]);
});

test.each(Object.keys(ARRANGEMENT_PARTS))("an arrangement without an answer about %s does not compile", (key) => {
  expect(compiled.of(arrangementWithout(key))).toEqual([expect.stringContaining(`Property '${key}' is missing`)]);
});

test.each(WITHOUT_WRITER)("a kind of change that %s does not know does not compile", (file) =>
  expect(compiled.of(file)).toEqual([expect.stringContaining("lacks ending return")]),
);
