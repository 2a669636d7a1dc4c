import { execFile } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DEFINITIONS = "src/domain/effects/definitions/channel-effects.ts";
const PERFORMERS = "src/engine/channel/channel-performers.ts";

type Answers = Readonly<Record<string, string>>;

/** The core's answers about an effect, each as it is written in a definition. */
const DEFINED: Answers = {
  lane: 'lane: "chat"',
  interval: "interval: null",
  shared: "shared: false",
  key: "key: ({ question }, of) => `${of}:${question}`",
};

/** The engine's. */
const PERFORMED: Answers = {
  perform: "perform: async ({ question }, context) => ({ state: `${question} ${context.attempt.key}` })",
  failed: "failed: ({ question }, reason) => [{ type: 'chat.failed', what: question, reason }]",
  delayed: "delayed: () => []",
};

const without = (answers: Answers, key: string): Answers =>
  Object.fromEntries(Object.entries(answers).filter(([each]) => each !== key));
const written = (answers: Answers): string => `{ ${Object.values(answers).join(", ")} }`;
const definition = (name: string, type: string, answers: Answers): string =>
  `export const ${name} = defineEffect("${type}", { question: z.string() }, ${written(answers)});\n`;

/** Others that use the effect, by its type: written without an edit elsewhere. */
const USES = `import { effectKey, type Effect } from "#domain/effects/effect-registry.ts";
import { performerOf } from "#engine/loop/effect-performers.ts";
export const poll: Effect = { type: "chat.poll", question: "roll back?" };
export const key = effectKey(poll, 7);
export const failed = performerOf(poll).failed("no");
// @ts-expect-error the effect has no such field
export const wrong: Effect = { type: "chat.poll", qestion: "roll back?" };
// @ts-expect-error no effect has this name
export const misspelt: Effect = { type: "chat.pol", question: "roll back?" };
`;

/** The performers as they would be, had no one written the new one. */
const UNPERFORMED = `import type { EffectPerformers } from "#engine/base/effect-performer.ts";
import { channelPerformers } from "#engine/channel/channel-performers.ts";
const { "chat.poll": _, ...others } = channelPerformers;
export const planted: Pick<EffectPerformers, keyof typeof channelPerformers> = others;
`;

const PLANTED: Readonly<Record<string, string>> = {
  "src/engine/uses.ts": USES,
  "src/engine/unperformed.ts": UNPERFORMED,
  "src/domain/other-lane.ts": `import { z } from "zod";\nimport { defineEffect } from "#domain/effects/effect-definition.ts";\n${definition("planted", "chat.planted", { ...DEFINED, lane: 'lane: "timers"' })}`,
  ...Object.fromEntries(
    Object.keys(DEFINED).map((key) => [
      `src/domain/without-${key}.ts`,
      `import { z } from "zod";\nimport { defineEffect } from "#domain/effects/effect-definition.ts";\n${definition("planted", "chat.planted", without(DEFINED, key))}`,
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(PERFORMED).map((key) => [
      `src/engine/without-${key}.ts`,
      `import type { EffectPerformers } from "#engine/base/effect-performer.ts";\nexport const planted = { "chat.poll": ${written(without(PERFORMED, key))} } satisfies Partial<EffectPerformers>;\n`,
    ]),
  ),
};

/** What the compiler answers about a copy with one effect more, and with effects that lack one answer each. */
let copy: string;
let lines: readonly string[];
beforeAll(async () => {
  copy = temporaryDirectory("effect");
  for (const name of ["src", "package.json"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(
    join(copy, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["src/domain", "src/engine"] }),
  );
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // One object in the core, one in its room of the engine: that is all.
  appendFileSync(join(copy, DEFINITIONS), `\n${definition("askPeople", "chat.poll", DEFINED)}`);
  const performers = readFileSync(join(copy, PERFORMERS), "utf8");
  writeFileSync(
    join(copy, PERFORMERS),
    performers.replace("export const channelPerformers = {", `$&\n  "chat.poll": ${written(PERFORMED)},`),
  );
  for (const [file, text] of Object.entries(PLANTED)) writeFileSync(join(copy, file), text);
  const reply = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, "node_modules/.bin/tsc")],
      { cwd: copy, maxBuffer: 10_000_000 },
      (_, stdout, stderr) => resolve(stdout + stderr),
    );
  });
  lines = reply.split("\n");
}, 180_000);
afterAll(() => removeDirectory(copy));

/** What the compiler says about a file. */
function saidOf(file: string): string {
  const first = lines.findIndex((line) => line.startsWith(`${file}(`));
  return first === -1
    ? ""
    : lines
        .slice(
          first,
          lines.findIndex((line, i) => i > first && line.startsWith("src/")),
        )
        .join("\n");
}

test("needs one object in the core and one in the engine, and is then known everywhere", () => {
  const planted = Object.keys(PLANTED).filter((file) => file !== "src/engine/uses.ts");
  expect(lines.filter((line) => line.startsWith("src/") && !planted.some((file) => line.startsWith(file)))).toEqual([]);
});

test.each(Object.keys(DEFINED))("a definition without an answer about %s does not compile", (key) =>
  expect(saidOf(`src/domain/without-${key}.ts`)).toContain(`'${key}' is missing`),
);

test.each(Object.keys(PERFORMED))("a performer without an answer about %s does not compile", (key) =>
  expect(saidOf(`src/engine/without-${key}.ts`)).toContain(`'${key}' is missing`),
);

test("does not compile without a performer", () =>
  expect(saidOf("src/engine/unperformed.ts")).toContain(`'"chat.poll"' is missing`));

test("an effect waits in no lane but one of effects", () =>
  expect(saidOf("src/domain/other-lane.ts")).toContain(`'"timers"' is not assignable`));
