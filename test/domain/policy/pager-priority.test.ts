import { expect, test } from "vitest";
import { pagerPriorityNames } from "#domain/policy/pager-priority.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const named = (priorities: object, priority: "P0" | "P1" | "P3") =>
  pagerPriorityNames(aPolicy({ paging: { priorities } }), priority);

test.each([
  ["a P0 is a P1 where there is no P0", {}, "P0", ["P0", "P1"]],
  ["also by the name that the P1 has there", { P1: "SEV-1" }, "P0", ["P0", "SEV-1"]],
  ["unless the policy says what it is called", { P0: "Major" }, "P0", ["Major"]],
  ["any other has its own name", {}, "P3", ["P3"]],
  ["or that of the policy", { P1: "SEV-1" }, "P1", ["SEV-1"]],
] as const)("%s", (_, priorities, priority, names) => expect(named(priorities, priority)).toEqual(names));
