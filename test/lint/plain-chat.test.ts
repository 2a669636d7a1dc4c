import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FILES = [...globSync("test/support/doubles/plain-chat/*.ts"), "test/story/plain-chat.test.ts"];
const imports = (file: string): string[] =>
  Array.from(readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g), ([, path]) => path!);

test.each(FILES)("%s does not depend on another chat", (file) => {
  expect(imports(file).length).toBeGreaterThan(0);
  expect(imports(file).filter((path) => /slack/i.test(path))).toEqual([]);
});

// The product's only trace of it is the line that a test adds to the list of integrations.
test("no product code imports the plain chat", () => {
  const product = globSync("{src,handlers}/**/*.ts").filter((file) =>
    /plain-(?:chat|workspace)/i.test(readFileSync(file, "utf8")),
  );
  expect(product).toEqual([]);
});

test("the plain chat is one line of a list", () => {
  const uses = FILES.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.includes("plainIntegration(")),
  );
  expect(uses.map((line) => line.trim())).toEqual([
    "export function plainIntegration(workspace: PlainWorkspace): Integration {",
    "integrations: [...INTEGRATIONS, plainIntegration(workspace)],",
  ]);
});
