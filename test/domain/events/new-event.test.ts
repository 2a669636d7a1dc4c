import { execFile } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DEFINITIONS = "src/domain/events/definitions";

/** The answers about an event, each as it is written in a definition. */
const ANSWERS: Readonly<Record<string, string>> = {
  evolve: "evolve: (was, { data }) => ({ ...was, title: data.text })",
  effects: "effects: noConsequences",
  timers: "timers: noConsequences",
  describe: "describe: ({ data, actor }) => `${actor.name} took a decision: ${data.text}`",
  kinds: 'kinds: ["notes"]',
  feed: 'feed: "🧭"',
  refreshes: "refreshes: true",
  logged: "logged: false",
  inReply: "inReply: true",
  inTimeline: "inTimeline: true",
  inPostmortem: "inPostmortem: true",
  rewritesPostmortem: "rewritesPostmortem: true",
  updateSla: "updateSla: null",
  wakesRuns: "wakesRuns: false",
  undo: 'undo: { restores: () => ["title"], milestone: null, strikes: true }',
};

function definition(name: string, type: string, answers: Readonly<Record<string, string>> = ANSWERS): string {
  return `export const ${name} = defineEvent("${type}", { text: z.string() }, { ${Object.values(answers).join(", ")} });\n`;
}

const HEAD =
  'import { z } from "zod";\nimport { defineEvent, noConsequences } from "#domain/events/event-definition.ts";\n';

/** Others that use the event, by its type: written without an edit elsewhere. */
const USES = `import { describeEvent, type Event, type Fact } from "#domain/events/event-registry.ts";
export const fact: Fact = { type: "decision.taken", data: { text: "roll back" } };
export function read(event: Event): string {
  return event.type === "decision.taken" ? event.data.text : describeEvent(event);
}
// @ts-expect-error the event has no such field
export const wrong: Fact = { type: "decision.taken", data: { txt: "roll back" } };
// @ts-expect-error no event has this name
export const misspelt: Fact = { type: "decision.takn", data: { text: "" } };
`;

/** What the compiler answers about a copy of the core with one event more, and with events that lack one answer each. */
let copy: string;
let reply: string;
beforeAll(async () => {
  copy = temporaryDirectory("event");
  for (const name of ["src/domain", "package.json"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src/domain"] }));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // One object in one file: that is all.
  appendFileSync(
    join(copy, DEFINITIONS, "notes-events.ts"),
    `\n${definition("decisionTaken", "decision.taken").replaceAll("noConsequences", "() => []")}`,
  );
  writeFileSync(join(copy, "src/domain/uses.ts"), USES);
  for (const key of Object.keys(ANSWERS)) {
    const { [key]: _, ...rest } = ANSWERS;
    writeFileSync(
      join(copy, "src/domain", `without-${key}.ts`),
      `${HEAD}void noConsequences;\n${definition("planted", "planted.event", rest)}`,
    );
  }
  reply = await new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, "node_modules/.bin/tsc")],
      { cwd: copy, maxBuffer: 10_000_000 },
      (_, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}, 120_000);
afterAll(() => removeDirectory(copy));

test("needs one object in one file, and is then known everywhere", () => {
  expect(
    reply
      .split("\n")
      .filter(
        (line) =>
          line.startsWith(DEFINITIONS) ||
          line.startsWith("src/domain/uses.ts") ||
          line.startsWith("src/domain/events/"),
      ),
  ).toEqual([]);
});

test.each(Object.keys(ANSWERS))("an event without an answer about %s does not compile", (key) => {
  const [first, ...more] = reply.split("\n").filter((line) => line.startsWith(`src/domain/without-${key}.ts`));
  expect(first).toContain(`Property '${key}' is missing`);
  expect(more).toEqual([]);
});
