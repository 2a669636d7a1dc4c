import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonShapeProblem } from "#handlers/json-depth.ts";

/** How deep a value is nested, by walking over it. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test("counts levels as a walk over the value does, whatever its strings hold", () => {
  const texts = fc.string({ unit: fc.constantFrom("[", "{", '"', "\\", "]", "}", "a", "‮"), maxLength: 8 });
  const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(texts, fc.integer(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(texts, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(anyValue, fc.nat(6), fc.boolean(), (value, levels, isSpaced) => {
      const json = JSON.stringify(value, null, isSpaced ? 2 : 0);
      expect(jsonShapeProblem(Buffer.from(json), levels) !== null).toBe(depthOf(value) > levels);
    }),
  );
});

test.each<[string, string, boolean]>([
  ["as many levels as are allowed", "[".repeat(64) + "]".repeat(64), false],
  ["one more", "[".repeat(65) + "]".repeat(65), true],
  ["lists and objects in turn", '[{"a":'.repeat(33) + "1" + "}]".repeat(33), true],
  ["brackets in a string", JSON.stringify("[".repeat(1_000)), false],
  ["brackets after a string that ends with a backslash", `["a\\\\",${"[".repeat(64)}`, true],
  ["a string without an end", `["${"[".repeat(1_000)}`, false],
  ["a million lists", `[${"[],".repeat(999_998)}[]]`, false],
  ["a list more", `[${"[],".repeat(999_999)}[]]`, true],
  ["a million objects and texts", `[${'{"a":"[{"},'.repeat(999_999)}0]`, false],
  ["nothing", "", false],
])("%s", (_, text, expected) => expect(jsonShapeProblem(Buffer.from(text)) !== null).toBe(expected));

const MB16 = 16_000_000;
/** User time of this process, in ms: others use this machine too. */
function workOf(task: () => void): number {
  const before = process.cpuUsage();
  task();
  return process.cpuUsage(before).user / 1_000;
}
/** What one look at each byte costs, at the least. */
function lookAtEach(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum = (sum + bytes[i]!) % 251;
  return sum;
}

test.each<[string, string]>([
  ["lists in lists", "[".repeat(MB16)],
  ["objects in objects", '{"a":'.repeat(MB16 / 5)],
  ["lists in lists, behind a long text", `["${"x".repeat(MB16 / 2)}",${"[".repeat(MB16 / 2)}`],
  ["a text of quotes and backslashes", `["${'\\\\\\"'.repeat(MB16 / 4)}"${"[".repeat(100)}`],
])("16 MB of %s cost a few looks at each byte", (_, text) => {
  const bytes = Buffer.from(text, "latin1");
  const least = Math.min(
    workOf(() => lookAtEach(bytes)),
    workOf(() => lookAtEach(bytes)),
  );
  const work = workOf(() => expect(jsonShapeProblem(bytes)).not.toBeNull());
  expect(work).toBeLessThan(10 * least + 5);
});
