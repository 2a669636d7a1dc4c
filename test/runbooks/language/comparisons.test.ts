import { expect, test } from "vitest";
import { parseComparison } from "#runbooks/language/promql.ts";

test.each(["<", "<=", ">", ">=", "==", "!="])("a measure may be compared by %s", (operator) => {
  expect(parseComparison(`sum(up{job="web"}) ${operator} 1`)).toEqual({
    measure: 'sum(up{job="web"})',
    operator,
    threshold: 1,
  });
});

test.each([
  ["the number on the left", "1 == sum(up)"],
  ["two measures", "sum(up) == sum(down)"],
  ["a comparison that answers 0 or 1", "sum(up) == bool 1"],
  ["a sum", "sum(up) + 1"],
])("%s states not when it is good", (_, query) => {
  expect(parseComparison(query)).toBeNull();
});
