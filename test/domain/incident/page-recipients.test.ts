import fc from "fast-check";
import { expect, test } from "vitest";
import { joinRecipients, splitRecipients } from "#domain/incident/page-recipients.ts";

test.each([
  ["Alice", [], ["Alice"]],
  ["Alice, Bob", [], ["Alice", "Bob"]],
  ["Alice, Doe, Jane", [], ["Alice", "Doe", "Jane"]],
  ["Alice, Doe, Jane", ["Doe, Jane"], ["Alice", "Doe, Jane"]],
  ["Doe, Jane, Alice", ["Alice", "Doe, Jane"], ["Doe, Jane", "Alice"]],
])("%s, of whom %j are known, are %j", (to, known, names) => {
  expect(splitRecipients(to, (name) => known.includes(name))).toEqual(names);
});

test("names without a comma come back as they were joined, whichever are known", () => {
  const name = fc.stringMatching(/^[A-Z][a-z ]{0,10}[a-z]$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
      expect(splitRecipients(joinRecipients(names))).toEqual(names);
      expect(splitRecipients(joinRecipients(names), (each) => names.includes(each))).toEqual(names);
    }),
  );
});
