import { expect, test } from "vitest";
import { checkRunbook, formatProblem } from "#runbooks/index.ts";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks/runbooks.ts";

// Faults planted in each part of it: lint-front-matter, lint-steps and lint-expressions beside this file.

test("a reference to a step with a mistake is not reported too", async () => {
  const { problems } = await checkRunbook(GOOD_RUNBOOK.replace("id: pool\n", "id: pool\nwehn: 'true'\n"), "a.md");
  expect(problems.map(formatProblem)).toEqual(['a.md:19:1: unknown key "wehn"; write "when"']);
});

test("the runbook that they are planted in is a good one", async () => {
  expect((await checkRunbook(GOOD_RUNBOOK, "a.md")).problems).toEqual([]);
});
