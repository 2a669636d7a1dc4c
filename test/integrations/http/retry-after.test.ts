import { expect, test } from "vitest";
import { parseRetryAfter } from "#integrations/http/retry-after.ts";

test.each([
  { value: "120", ms: 120_000 },
  { value: "0", ms: 0 },
  { value: "1.5", ms: 1_500 },
  { value: 7, ms: 7_000 },
  { value: "-1", ms: null },
  { value: "soon", ms: null },
  { value: "Sat, 21 Nov 2026 14:32:00 GMT", ms: null },
  { value: null, ms: null },
  { value: undefined, ms: null },
])("Retry-After: $value asks to wait $ms ms", ({ value, ms }) => {
  expect(parseRetryAfter(value)).toBe(ms);
});
