import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Words of one chat platform, in rooms that know none. */
const PLATFORM = /slack|block_id|action_id/i;
const ROOMS = "src/{domain,engine,views}/**/*";

/** The key of a person in muster.yaml, and the one place that says what it means. */
const ALLOWED = new Map([
  [
    "src/domain/policy/policy.ts",
    [
      /^ {2}slack: z$/,
      /^ {4}\.regex\(\/.*"expected a Slack member id such as U012AB3CD"\)$/,
      /^const Person = PersonFile\.transform\(\(\{ slack, /,
    ],
  ],
]);

/** A comment that only says where something is written. */
function isSource(line: string): boolean {
  return /^\s*(?:\/\/|\/?\*).*https?:\/\/\S*slack/i.test(line);
}

function wordsOfPlatforms(file: string, text: string): string[] {
  return text
    .split("\n")
    .filter(
      (line) =>
        PLATFORM.test(line) && !isSource(line) && !(ALLOWED.get(file) ?? []).some((allowed) => allowed.test(line)),
    )
    .map((line) => `${file}: ${line.trim()}`);
}

test("no file of the core, the engine or the views names a chat platform", () => {
  const files = globSync(ROOMS).filter((file) => /\.(?:ts|js|css)$/.test(file));
  expect(files.length).toBeGreaterThan(150);
  expect(files.flatMap((file) => wordsOfPlatforms(file, readFileSync(file, "utf8")))).toEqual([]);
});

test.each([
  ["a field", "const to = person.slack;"],
  ["a text", 'says("Ask in Slack");'],
  ["an element of Block Kit", "{ block_id: 1 }"],
  ["a comment that gives no source", "// Slack does this"],
])("finds %s", (_, line) => {
  expect(wordsOfPlatforms("src/engine/planted.ts", `const a = 1;\n${line}`)).toHaveLength(1);
});

test("lets a comment give its source", () => {
  expect(wordsOfPlatforms("src/views/planted.ts", "// https://docs.slack.dev/reference")).toEqual([]);
});
