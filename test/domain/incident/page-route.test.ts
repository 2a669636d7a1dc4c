import { expect, test } from "vitest";
import { composePageRoute, isPageRoute } from "#domain/incident/page-route.ts";

test("the stored way of a page keeps its form", () => {
  expect(composePageRoute("pagerduty", "responder request")).toBe("pagerduty responder request");
  expect(composePageRoute("pagerduty", "escalation")).toBe("pagerduty escalation");
});

test.each([
  [composePageRoute("pagerduty", "responder request"), [true, false]],
  [composePageRoute("pagerduty", "escalation"), [false, true]],
  ["pagerduty", [false, false]],
  [null, [false, false]],
] as const)("a page by %j joined an open alarm by name, by a level: %j", (via, joined) => {
  expect([isPageRoute(via, "responder request"), isPageRoute(via, "escalation")]).toEqual(joined);
});
