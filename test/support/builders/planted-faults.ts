import { describe, expect, test } from "vitest";
import { checkRunbook, formatProblem } from "#runbooks/index.ts";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks/runbooks.ts";

/** What is wrong, the words of the good runbook that are changed, into what, and every problem that is reported. */
type PlantedFault = readonly [string, string, string, ...string[]];

/** One test for each fault, by the part of the runbook that it is planted in. */
export function describeFaults(parts: Readonly<Record<string, readonly PlantedFault[]>>): void {
  for (const [part, faults] of Object.entries(parts))
    describe(part, () => {
      test.each(faults)("%s", async (_, good, bad, ...reply) => {
        expect(GOOD_RUNBOOK.split(good).length, `"${good}" must stand once in the runbook`).toBeGreaterThan(1);
        const { problems } = await checkRunbook(
          GOOD_RUNBOOK.replace(good, () => bad),
          "a.md",
        );
        expect(problems.map(formatProblem)).toEqual(reply);
      });
    });
}
