import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";

const VERBS = "src/verbs/update-and-task-verbs.ts";
const LIST = "export const updateAndTaskVerbs: readonly Verb[] = [\n";
const ROWS = "export const VERB_ANSWERS: Readonly<Record<string, readonly VerbAnswer[]>> = {\n";

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
const ROW = 'suspect: [{ say: "suspect the cache", expected: /Alice: Suspected: the cache$/, event: "note.added" }],\n';

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
let copy: PlantedCopy;
let results: readonly Result[];
let errors: readonly string[];
beforeAll(async () => {
  copy = new PlantedCopy("verb", "test", "migrations", "runbooks", "vitest.config.ts");
  copy.insert(VERBS, LIST, `${objectOf(ANSWERS)},\n`);
  copy.insert("test/support/builders/doors/verb-answers.ts", ROWS, ROW);
  copy.write("test/verbs/planted-policy.ts", POLICY);
  copy.write("test/verbs/planted.test.ts", USES);
  for (const key of Object.keys(ANSWERS)) {
    const { [key]: _, ...rest } = ANSWERS;
    copy.write(
      withoutAnswer(key),
      `import { reportProblem, requestCommand, type Verb } from "./verb.ts";\nvoid [reportProblem, requestCommand];\nexport const planted: Verb = ${objectOf(rest)};\n`,
    );
  }
  errors = await copy.compile("test/verbs");
  await copy.run(
    ...(["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--reporter=json"] as const),
    ...["--outputFile=results.json", "test/verbs/answers.test.ts", "test/verbs/planted.test.ts"],
    ...["-t", "suspect|the verb|every verb"],
  );
  const { testResults } = JSON.parse(copy.read("results.json")) as {
    testResults: readonly { assertionResults: readonly { fullName: string; status: string }[] }[];
  };
  results = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ fullName, status }) => ({ title: fullName, status }))
    .filter(({ status }) => status !== "skipped");
}, 300_000);
afterAll(() => copy.remove());

function withoutAnswer(key: string): string {
  return `src/verbs/without-${key}.ts`;
}

describe("a new verb needs one object in one file", () => {
  test("that compiles, with all code and the row of its answers", () => {
    const faulty = Object.keys(ANSWERS).map(withoutAnswer);
    expect(errors.filter((error) => !faulty.some((file) => error.startsWith(`${file}(`)))).toEqual([]);
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
    expect(errors.filter((error) => error.startsWith(`${withoutAnswer(key)}(`))).toEqual([
      expect.stringContaining(`Property '${key}' is missing`),
    ]);
  });
});
