import type { FoundFault } from "./simulate.ts";

/** A shrunk story as a test that can be pasted into `stories.test.ts`, with what happened in it as comments. */
export function printStory({ seed, plan, verdict }: FoundFault): string {
  return [
    `// seed ${seed} broke ${verdict.law}`,
    `// ${verdict.message.split("\n").join("\n// ")}`,
    ...verdict.lines.map((line) => `//   ${line}`),
    `it("${verdict.law.replaceAll('"', "'")} (seed ${seed})", () => {`,
    `  const plan: SimPlan = ${JSON.stringify(plan)};`,
    "  expect(playStory(plan)).toBeNull();",
    "});",
    "",
  ].join("\n");
}
