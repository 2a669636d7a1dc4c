import { expect, test } from "vitest";
import {
  highestPriority,
  incidentId,
  incidentNumber,
  isHigherPriority,
  PRIORITIES,
  priorityRank,
} from "#domain/values/language.ts";

test("priorities have one order everywhere", () => {
  expect(PRIORITIES.map(priorityRank)).toEqual([0, 1, 2, 3, 4]);
  expect([isHigherPriority("P0", "P1"), isHigherPriority("P1", "P1"), isHigherPriority("P4", "P3")]).toEqual([
    true,
    false,
    false,
  ]);
  expect([highestPriority(["P3", "P1", "P2"]), highestPriority([])]).toEqual(["P1", null]);
});

test.each([
  { text: "INC-12", number: 12 },
  { text: " inc-7 ", number: 7 },
  { text: "INC-", number: null },
  { text: "INC-1x", number: null },
  { text: "12", number: null },
  { text: "INC-9999999999", number: null },
])("$text names the incident $number", ({ text, number }) => {
  expect(incidentNumber(text)).toBe(number);
  if (number !== null) expect(incidentNumber(incidentId(number))).toBe(number);
});
