import { beforeAll, expect, test } from "vitest";
import { compiledRecipes, type CompiledRecipes } from "#test/support/builders/recipes/compiled-recipes.ts";
import {
  EFFECT_IN_OTHER_LANE,
  EFFECT_PARTS,
  effectWithout,
  PERFORMER_PARTS,
  performerWithout,
  UNPERFORMED_EFFECT,
} from "#test/support/builders/recipes/effect-recipe.ts";

/** What the compiler answers about code with one effect more, and with effects that lack one answer each. */
let compiled: CompiledRecipes;
beforeAll(async () => void (compiled = await compiledRecipes()), 300_000);
const reportedFor = (file: string): string => compiled.of(file).join("\n");

test("needs one object in the core and one in the engine, and is then known everywhere", () => {
  expect(compiled.unexpected).toEqual([]);
});

test.each(Object.keys(EFFECT_PARTS))("a definition without an answer about %s does not compile", (key) =>
  expect(reportedFor(effectWithout(key))).toContain(`'${key}' is missing`),
);

test.each(Object.keys(PERFORMER_PARTS))("a performer without an answer about %s does not compile", (key) =>
  expect(reportedFor(performerWithout(key))).toContain(`'${key}' is missing`),
);

test("does not compile without a performer", () =>
  expect(reportedFor(UNPERFORMED_EFFECT)).toContain(`'"chat.poll"' is missing`));

test("an effect waits in no lane but one of effects", () =>
  expect(reportedFor(EFFECT_IN_OTHER_LANE)).toContain(`'"timers"' is not assignable`));
