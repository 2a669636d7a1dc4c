import { execFile } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VERBS = "src/verbs/update-and-task-verbs.ts";
const LIST = "export const updateAndTaskVerbs: readonly Verb[] = [\n";
const ROWS = "const ANSWERS: Readonly<Record<string, readonly Answer[]>> = {\n";

/** The verb, each answer as it is written. */
const ANSWERS: Readonly<Record<string, string>> = {
  name: 'name: "suspect"',
  aliases: 'aliases: ["blame"]',
  usage: 'usage: "THING"',
  summary: 'summary: "write down what you suspect"',
  group: 'group: "Remember"',
  about: 'about: "incident"',
  read: 'read: (words) => words.empty ? reportProblem("Say what: `suspect THING`.") : requestCommand({ type: "note.add", text: `Suspected: ${words.all()}` })',
};

/** Its row in the table of answers, which asks for one by each way in. */
const ROW = 'suspect: [{ say: "suspect the cache", tells: /Alice: Suspected: the cache$/, event: "note.added" }],\n';

/** What else is made of the registry. */
const USES = `import { expect, test } from "vitest";
import { checkPolicy } from "./planted-policy.ts";
import { helpMessage } from "#views/response/answer-messages.ts";
import { findVerb } from "#verbs/verb-registry.ts";

test("the help has the verb, by its name and its alias", () => {
  expect(JSON.stringify(helpMessage(null))).toContain("suspect");
  expect(JSON.stringify(helpMessage("blame"))).toContain("write down what you suspect");
  expect(findVerb("blame")?.name).toBe("suspect");
});
test("the policy's permissions accept the verb, and reject a misspelled one", () => {
  expect(checkPolicy("suspect")).toEqual([]);
  expect(checkPolicy("suspekt")).toEqual([expect.stringContaining("no verb is called")]);
});
`;
const POLICY = `import { readPolicy } from "#config/policy-file.ts";
export const checkPolicy = (verb: string): readonly string[] =>
  readPolicy(\`permissions: { \${verb}: [commander] }\\n\`, "muster.yaml").problems.map(({ message }) => message);
`;

const objectOf = (answers: Readonly<Record<string, string>>): string => `{ ${Object.values(answers).join(", ")} }`;

type Result = { readonly title: string; readonly status: string };

/** A copy of the code in which one file of src has one object more, what its tests answer, and what the compiler says. */
let copy: string;
let results: readonly Result[];
let compiled: string;
beforeAll(async () => {
  copy = temporaryDirectory("verb");
  for (const name of ["src", "handlers", "test", "migrations", "runbooks", "package.json", "vitest.config.ts"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  plant(VERBS, LIST, `${objectOf(ANSWERS)},\n`);
  plant("test/verbs/answers.test.ts", ROWS, ROW);
  writeFileSync(join(copy, "test/verbs/planted-policy.ts"), POLICY);
  writeFileSync(join(copy, "test/verbs/planted.test.ts"), USES);
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src/verbs"] }));
  for (const key of Object.keys(ANSWERS)) {
    const { [key]: _, ...rest } = ANSWERS;
    writeFileSync(
      join(copy, `src/verbs/without-${key}.ts`),
      `import { reportProblem, requestCommand, type Verb } from "./verb.ts";\nvoid [reportProblem, requestCommand];\nexport const planted: Verb = ${objectOf(rest)};\n`,
    );
  }
  compiled = await run("node_modules/typescript/bin/tsc");
  await run(
    ...["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--reporter=json", "--outputFile=results.json"],
    ...["test/verbs/answers.test.ts", "test/verbs/planted.test.ts", "-t", "suspect|the verb|every verb"],
  );
  const { testResults } = JSON.parse(readFileSync(join(copy, "results.json"), "utf8")) as {
    testResults: readonly { assertionResults: readonly { fullName: string; status: string }[] }[];
  };
  results = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ fullName, status }) => ({ title: fullName, status }))
    .filter(({ status }) => status !== "skipped");
}, 300_000);
afterAll(() => removeDirectory(copy));

function plant(file: string, behind: string, text: string): void {
  const before = readFileSync(join(copy, file), "utf8");
  if (before.split(behind).length !== 2) throw new Error(`${file} must have "${behind}" once`);
  writeFileSync(
    join(copy, file),
    before.replace(behind, () => behind + text),
  );
}

function run(script: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(copy, script), ...args],
      { cwd: copy, maxBuffer: 10_000_000 },
      (_, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

describe("a new verb needs one object in one file", () => {
  test("that compiles", () => {
    expect(compiled.split("\n").filter((line) => line.startsWith(VERBS))).toEqual([]);
  });

  test.each([
    "by slack suspect the cache",
    "by api suspect the cache",
    "by cli suspect the cache",
    "by dashboard suspect the cache",
    "the help has the verb, by its name and its alias",
    "the policy's permissions accept the verb, and reject a misspelled one",
    "every verb has an answer here",
  ])("%s", (title) => {
    expect(results).toContainEqual({ title, status: "passed" });
  });

  test.each(Object.keys(ANSWERS))("that does not compile without %s", (key) => {
    expect(compiled).toMatch(new RegExp(`src/verbs/without-${key}\\.ts.*Property '${key}' is missing`));
  });
});
