import { execFile } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PLACE = "src/domain/commands/response-commands.ts";

/** A command of one's own: refuses what is empty, else writes a note. */
const COMMAND = `
export const decisionCommand = defineCommand("decision.take", { text: z.string() }, (_, { text }) =>
  text.trim() === "" ? refuseDecision("Say what was decided.") : addNote(text),
);
`;

/** Others that use the command, by its type: written without an edit elsewhere. */
const USES = `import { decideCommand, IncidentCommand } from "#domain/commands/command-registry.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
export const command: IncidentCommand = { type: "decision.take", text: "roll back" };
export const body: CommandSubmission["body"] = { type: "incident", incident: 1, command };
export const decide: typeof decideCommand = decideCommand;
// @ts-expect-error the command has no such field
export const wrong: IncidentCommand = { type: "decision.take", txt: "roll back" };
// @ts-expect-error no command has this name
export const misspelt: IncidentCommand = { type: "decision.takn", text: "" };
`;

/** Commands that do not say all that is asked of one. */
const FAULTS: Readonly<Record<string, string>> = {
  "no decision": 'defineCommand("planted.command", { text: z.string() })',
  "a decision about a field that there is not":
    'defineCommand("planted.command", { text: z.string() }, (_, { txt }) => refuseDecision(txt))',
  "a decision that is no answer": 'defineCommand("planted.command", { text: z.string() }, (_, { text }) => text)',
};

const PROBE = `import { decideCommand, IncidentCommand } from "./command-registry.ts";
const read = IncidentCommand.parse(JSON.parse('{"type":"decision.take","text":" "}'));
console.log(JSON.stringify([read, decideCommand({}, read, {})]));
`;

const run = (args: readonly string[], cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 10_000_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
  });

/** What the compiler answers about a copy of the core with one command more, and with faulty ones. */
let copy: string;
let reply: string;
beforeAll(async () => {
  copy = temporaryDirectory("command");
  for (const name of ["src/domain", "package.json"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src/domain"] }));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // One object in one file: that is all.
  appendFileSync(join(copy, PLACE), COMMAND);
  writeFileSync(join(copy, "src/domain/uses.ts"), USES);
  Object.values(FAULTS).forEach((fault, i) =>
    writeFileSync(
      join(copy, `src/domain/fault-${i}.ts`),
      `import { z } from "zod";\nimport { refuseDecision } from "#domain/events/decision.ts";\nimport { defineCommand } from "#domain/commands/command-definition.ts";\nvoid refuseDecision;\nexport const planted = ${fault};\n`,
    ),
  );
  reply = await run([join(ROOT, "node_modules/.bin/tsc")], copy);
}, 180_000);
afterAll(() => removeDirectory(copy));

test("a new command is one object in one file: everything that asks about commands has it with that", () => {
  expect(reply.split("\n").filter((line) => /^src\//.test(line) && !line.startsWith("src/domain/fault-"))).toEqual([]);
});

test.each(Object.keys(FAULTS).map((name, i) => [name, i] as const))("%s does not compile", (_, i) =>
  expect(reply.split("\n").filter((line) => line.startsWith(`src/domain/fault-${i}.ts`))).toHaveLength(1),
);

test("the new command is read as it is stored, and decided", async () => {
  writeFileSync(join(copy, "src/domain/commands/probe.ts"), PROBE);
  const [read, decision] = JSON.parse(await run(["src/domain/commands/probe.ts"], copy)) as [unknown, unknown];
  expect(read).toEqual({ type: "decision.take", text: " " });
  expect(decision).toMatchObject({ ok: false });
  expect(JSON.stringify(decision)).toContain("Say what was decided.");
});
