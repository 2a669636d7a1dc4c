import { expect, test } from "vitest";
import { composeIssueKey, parseIssueKey, parseRepository } from "#integrations/github/repository-name.ts";

test.each([
  ["acme/orders", 12, "acme/orders#12"],
  ["acme-inc/orders.api_v2", 1, "acme-inc/orders.api_v2#1"],
])("issue %s %d is stored as %s, and read back", (repository, number, key) => {
  const issue = { ...parseRepository(repository), number };
  expect(composeIssueKey(issue)).toBe(key);
  expect(parseIssueKey(key)).toEqual(issue);
});

test.each(["OPS-12", "acme/orders", "acme/orders#", "acme/orders#12 ", "a/b/c#1", ""])("%j is no issue", (key) =>
  expect(parseIssueKey(key)).toBeNull(),
);
