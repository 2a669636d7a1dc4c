import { execFile } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DEFINITIONS = "src/domain/alerting/arrangements/silence-arrangements.ts";
const CHANGES = "src/domain/incident/arrangement.ts";

/** The answers about an arrangement, each as it is written in a arrangementText. */
const ANSWERS: Readonly<Record<string, string>> = {
  decide:
    'decide: (command, id, ctx) => ({ ok: true, text: command.until + " is the end of " + command.mute, number: id, changes: [], effects: announceArrangement(command, id, ctx, ["incidents"]) })',
  announce: "announce: ({ mute }, by) => richText`${by} prolonged ${mute}`",
};

function arrangementText(name: string, type: string, answers: Readonly<Record<string, string>> = ANSWERS): string {
  return `export const ${name} = defineArrangement("${type}", { mute: z.number(), until: z.number() }, { ${Object.values(answers).join(", ")} });\n`;
}

const HEAD = `import { z } from "zod";
import { announceArrangement, defineArrangement } from "#domain/alerting/arrangements/arrangement-definition.ts";
import { richText } from "#domain/values/rich-text.ts";
void [announceArrangement, richText];
`;

/** Others that use the arrangement, by its type: written without an edit elsewhere. */
const USES = `import { announcementOf, decideArrangement, type ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import type { Context } from "#domain/events/decision.ts";
import { SubmissionBody } from "#domain/commands/submission.ts";
import { plainWords } from "#domain/values/plain-words.ts";
export const prolong: ArrangementCommand & SubmissionBody = { type: "mute.prolong", mute: 9, until: 7 };
const ctx = { actor: { kind: "person", id: "U1", name: "Alice" } } as unknown as Context;
console.log(
  JSON.stringify([
    SubmissionBody.parse(prolong),
    decideArrangement(prolong, 47, ctx),
    plainWords(announcementOf(prolong, "Alice")!),
  ]),
);
// @ts-expect-error the arrangement has no such field
export const wrong: ArrangementCommand = { type: "mute.prolong", mute: 9, untl: 7 };
// @ts-expect-error no arrangement has this name
export const misspelt: ArrangementCommand = { type: "mute.prolng", mute: 9, until: 7 };
`;

/** What the compiler answers about a copy with one arrangement more, with some that lack an answer, and with a kind of change that nobody writes down. */
let copy: string;
let lines: readonly string[];
const runInCopy = (...words: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: copy, maxBuffer: 10_000_000 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
beforeAll(async () => {
  copy = temporaryDirectory("arrangement");
  for (const name of ["src", "package.json"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(
    join(copy, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["src/domain", "src/engine"] }),
  );
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // One object in one file: that is all.
  appendFileSync(join(copy, DEFINITIONS), `\n${arrangementText("prolongSilence", "mute.prolong")}`);
  writeFileSync(join(copy, "src/engine/uses.ts"), USES);
  for (const key of Object.keys(ANSWERS)) {
    const { [key]: _, ...rest } = ANSWERS;
    writeFileSync(
      join(copy, "src/domain", `without-${key}.ts`),
      `${HEAD}${arrangementText("planted", "mute.planted", rest)}`,
    );
  }
  const changes = readFileSync(join(copy, CHANGES), "utf8");
  writeFileSync(
    join(copy, CHANGES),
    changes.replace("export type ArrangementChange =", '$&\n  | { readonly kind: "planted" }'),
  );
  lines = (await runInCopy(join(ROOT, "node_modules/.bin/tsc"))).split("\n").filter((line) => line.startsWith("src/"));
}, 180_000);
afterAll(() => removeDirectory(copy));

const WITHOUT_WRITER = [CHANGES, "src/db/arrangements/arrangements.ts"];

test("a new arrangement is one object in one file: what asks about arrangements has it with that", async () => {
  const planted = [...Object.keys(ANSWERS).map((key) => `src/domain/without-${key}.ts`), ...WITHOUT_WRITER];
  expect(lines.filter((line) => !planted.some((file) => line.startsWith(file)))).toEqual([]);
  const prolong = { type: "mute.prolong", mute: 9, until: 7 };
  expect(JSON.parse(await runInCopy("src/engine/uses.ts"))).toEqual([
    prolong,
    {
      ok: true,
      text: "7 is the end of 9",
      number: 47,
      changes: [],
      effects: [{ type: "chat.arranged", channel: "incidents", command: 47, by: "Alice", what: prolong }],
    },
    "Alice prolonged 9",
  ]);
});

test.each(Object.keys(ANSWERS))("an arrangement without an answer about %s does not compile", (key) => {
  const [first, ...more] = lines.filter((line) => line.startsWith(`src/domain/without-${key}.ts`));
  expect(first).toContain(`Property '${key}' is missing`);
  expect(more).toEqual([]);
});

test.each(WITHOUT_WRITER)("a kind of change that %s does not know does not compile", (file) =>
  expect(lines.filter((line) => line.startsWith(file))).toEqual([expect.stringContaining("lacks ending return")]),
);
