import type { FoundFault } from "./simulate.ts";

/** A shrunk story as a test that can be pasted into `stories.test.ts`, with what happened in it as comments. */
export function printStory({ seed, plan, result }: FoundFault): string {
  return [
    `// seed ${seed} broke ${result.law}`,
    `// ${result.message.split("\n").join("\n// ")}`,
    ...result.lines.map((line) => `//   ${line}`),
    `it("${result.law.replaceAll('"', "'")} (seed ${seed})", () => {`,
    `  const plan: SimPlan = ${JSON.stringify(plan)};`,
    "  expect(playStory(plan)).toBeNull();",
    "});",
    "",
  ].join("\n");
}
