import fc from "fast-check";
import { expect, test } from "vitest";
import { createRateLimits } from "#integrations/slack/rate-limits.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { createMemoryAllowances } from "#test/support/doubles/ports/memory-allowances.ts";

test("a request that is sent away is let in within a minute after the time that it was given", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 30, maxLength: 120 }), async (gaps) => {
      let passed = 0;
      const limits = createRateLimits(
        createMemoryAllowances(() => passed),
        () => passed,
      );
      for (const gap of gaps) {
        passed += gap;
        await limits.take("conversations.create", "", 0).catch((error: unknown) => {
          const wait = error instanceof PortError ? (error.retryAfterMs ?? 0) : Infinity;
          expect(wait).toBeLessThanOrEqual(MINUTE);
        });
      }
      passed += MINUTE;
      await limits.take("conversations.create", "", 0);
    }),
  );
});

test("what has no allowance waits only when Slack asked for it", async () => {
  let passed = 0;
  const limits = createRateLimits(
    createMemoryAllowances(() => passed),
    () => passed,
  );
  for (let n = 0; n < 1_000; n++) await limits.take("views.open", "", 4);
  await limits.pause("views.open", "", 2_000);
  await expect(limits.take("views.open", "", 0)).rejects.toMatchObject({ reason: "rate_limited", retryAfterMs: 2_000 });
  passed += 2_000;
  await limits.take("views.open", "", 0);
});
