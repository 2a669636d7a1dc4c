import { type Recipe, type WrittenAnswers, withoutAnswer, writtenObject } from "./recipe.ts";

const VERBS = "src/verbs/update-and-task-verbs.ts";
const LIST = "export const updateAndTaskVerbs: readonly Verb[] = [\n";
const ROWS = "export const VERB_ANSWERS: Readonly<Record<string, readonly VerbAnswer[]>> = {\n";

/** The verb, each answer as it is written. */
export const VERB_PARTS: WrittenAnswers = {
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
import { helpMessage } from "#views/response/help-message.ts";
import { findVerb } from "#verbs/verb-registry.ts";

test("the help has the verb, by its name and its alias", () => {
  expect(JSON.stringify(helpMessage("all"))).toContain("suspect");
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

/** The file with the verb that lacks an answer. */
export const verbWithout = (key: string): string => `src/verbs/without-${key}.ts`;

export const verbRecipe: Recipe = {
  follow(copy) {
    copy.insert(VERBS, LIST, `${writtenObject(VERB_PARTS)},\n`);
    copy.insert("test/support/builders/doors/verb-answers.ts", ROWS, ROW);
    copy.write("test/verbs/planted-policy.ts", POLICY);
    copy.write("test/verbs/planted.test.ts", USES);
  },
  spoil(copy) {
    for (const key of Object.keys(VERB_PARTS))
      copy.write(
        verbWithout(key),
        `import { reportProblem, requestCommand, type Verb } from "./verb.ts";\nvoid [reportProblem, requestCommand];\nexport const planted: Verb = ${writtenObject(withoutAnswer(VERB_PARTS, key))};\n`,
      );
  },
  faulty: Object.keys(VERB_PARTS).map(verbWithout),
};
