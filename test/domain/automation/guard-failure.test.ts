import { expect, test } from "vitest";
import { composeGuardFailure, isGuardFailure } from "#domain/automation/guard-failure.ts";

test("a guard's failure keeps its form, and is known by it", () => {
  expect(composeGuardFailure("not so: result < 5")).toBe("guard: not so: result < 5");
  expect(isGuardFailure(composeGuardFailure("no answer yet"))).toBe(true);
});

test.each(["", 'no data in "labels.pod"', "the guard: away"])("%j is no guard's failure", (says) =>
  expect(isGuardFailure(says)).toBe(false),
);
