import fc from "fast-check";
import { expect, test } from "vitest";
import { createRateLimits } from "#integrations/slack/rate-limits.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE } from "#test/support/builders/instants.ts";

test("whoever is sent away is let in within a minute after the time that they were told", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 30, maxLength: 120 }), (gaps) => {
      let passed = 0;
      const limits = createRateLimits(() => passed);
      let wait = 0;
      for (const gap of gaps) {
        passed += gap;
        try {
          limits.take("conversations.create", "", 0);
        } catch (error) {
          wait = error instanceof PortError ? (error.retryAfterMs ?? 0) : Infinity;
          expect(wait).toBeLessThanOrEqual(MINUTE);
        }
      }
      passed += MINUTE;
      expect(() => limits.take("conversations.create", "", 0)).not.toThrow();
    }),
  );
});
