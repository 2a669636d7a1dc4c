import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OXLINT = join(ROOT, "node_modules/.bin/oxlint");

/** What is wrong, the folder it is planted in, the code, and the rule that must find it. */
const FAULTS: readonly (readonly [string, string, string, string])[] = [
  [
    "the core that knows a database",
    "src/domain/response",
    'import pg from "pg";\nexport const planted = pg;\n',
    "no-restricted-imports",
  ],
  [
    "the core that knows the engine",
    "src/domain/response",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the core that reads a clock",
    "src/domain/response",
    "export const planted = (): number => Date.now();\n",
    "no-restricted-globals",
  ],
  [
    "the engine that reads a clock",
    "src/engine/loop",
    "export const planted = (): number => Date.now();\n",
    "no-ambient-clock",
  ],
  [
    "the engine that hands a clock on",
    "src/engine/loop",
    "export const planted: () => number = Date.now;\n",
    "no-ambient-clock",
  ],
  [
    "a door that takes today's date",
    "handlers",
    "export const planted = (): Date => new Date();\n",
    "no-ambient-clock",
  ],
  [
    "a clock that is taken out of its object",
    "src/engine/loop",
    "const { now } = Date;\nexport const plantedNow = (): number => now();\n",
    "no-ambient-clock",
  ],
  [
    "a clock by way of the global object",
    "src/engine/loop",
    "export const plantedNow = (): number => globalThis.Date.now();\n",
    "no-ambient-clock",
  ],
  [
    "the demo that takes the machine's clock",
    "src/demo",
    'import { systemStopwatch } from "#app/clock.ts";\nexport const plantedStart = systemStopwatch();\n',
    "no-ambient-clock",
  ],
  [
    "a measurement past the stopwatch",
    "src/integrations/slack",
    "export const planted = (): number => performance.now();\n",
    "no-ambient-clock",
  ],
  [
    "the core that rolls dice",
    "src/domain/response",
    "export const planted = (): number => Math.random();\n",
    "no-restricted-properties",
  ],
  [
    "a generic rule that knows the policy",
    "src/domain/values",
    'export type { Policy } from "#domain/policy/policy.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the policy that knows an incident",
    "src/domain/policy",
    'export type { Incident } from "#domain/incident/incident.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the state of an incident that knows its events",
    "src/domain/incident",
    'export type { Event } from "#domain/events/event-registry.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an effect that knows the events it follows from",
    "src/domain/effects",
    'export type { Event } from "#domain/events/event-registry.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an event that knows a capability",
    "src/domain/events/definitions",
    'export { observeAlert } from "#domain/alerting/alert-sighting.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a capability that knows commands",
    "src/domain/paging",
    'export type { CommandSubmission } from "#domain/commands/submission.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a capability that knows one above it",
    "src/domain/paging",
    'export { observeAlert } from "#domain/alerting/alert-sighting.ts";\n',
    "no-restricted-imports",
  ],
  ["SQL in the engine", "src/engine/alerting", 'export { sql } from "drizzle-orm";\n', "no-restricted-imports"],
  ["SQL in the composition", "src/app", 'export { sql } from "drizzle-orm";\n', "no-restricted-imports"],
  ["SQL in a command", "src/cli", 'export { eq } from "drizzle-orm/sql";\n', "no-restricted-imports"],
  [
    "a port that knows an integration",
    "src/ports",
    'export { createSlackChat } from "#integrations/slack/slack-chat.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a view that asks the database",
    "src/views",
    'export { readEvents } from "#db/events.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the database that knows the engine",
    "src/db",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a runbook's grammar that knows the engine",
    "src/runbooks/language",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a runbook's grammar that reads files",
    "src/runbooks/language",
    'export { readFile } from "node:fs/promises";\n',
    "no-restricted-imports",
  ],
  [
    "a runbook's grammar that performs actions",
    "src/runbooks/language",
    'export { findRunner } from "#runbooks/actions/action-runners.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an action that knows the engine",
    "src/runbooks/actions/data",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an action that knows a vendor",
    "src/runbooks/actions/data",
    'export { WebClient } from "@slack/web-api";\n',
    "no-restricted-imports",
  ],
  [
    "an action that reads a clock",
    "src/runbooks/actions/data",
    "export const planted = (): number => Date.now();\n",
    "no-restricted-globals",
  ],
  [
    "a plan that reads a clock",
    "src/runbooks/language",
    "export const planted = (): number => Date.now();\n",
    "no-restricted-globals",
  ],
  [
    "the engine that knows a vendor",
    "src/engine/loop",
    'export { WebClient } from "@slack/web-api";\n',
    "no-restricted-imports",
  ],
  [
    "the engine that knows an integration",
    "src/engine/loop",
    'export { createSlackChat } from "#integrations/slack/slack-chat.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an integration that knows the engine",
    "src/integrations/slack",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an integration that knows another",
    "src/integrations/slack",
    'export { dryRunChat } from "#integrations/dry-run/dry-run.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a door that asks the database",
    "handlers/webhooks",
    'export { readEvents } from "#db/events.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a door that knows Slack's library",
    "handlers/webhooks",
    'export { App } from "@slack/bolt";\n',
    "no-restricted-imports",
  ],
  [
    "a room that has no list",
    "src/newroom",
    'export { createSubmit } from "#engine/base/submit.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the composition that knows a vendor's library",
    "src/app/integrations",
    'export { WebClient } from "@slack/web-api";\n',
    "no-restricted-imports",
  ],
  [
    "a command that knows a vendor's library",
    "src/cli",
    'export { WebClient } from "@slack/web-api";\n',
    "no-restricted-imports",
  ],
  [
    "the demo that asks the database",
    "src/demo",
    'export { readEvents } from "#db/events.ts";\n',
    "no-restricted-imports",
  ],
  [
    "an integration that knows a view",
    "src/integrations/github",
    'export { html } from "#views/values/html.ts";\n',
    "no-restricted-imports",
  ],
  [
    "settings that know runbooks",
    "src/config",
    'export { checkRunbook } from "#runbooks/index.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the engine that knows the queue",
    "src/engine/loop",
    'export type { LaneQueue } from "#queue/lane-queue.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a capability of the engine that knows the grammar",
    "src/engine/paging",
    'export { findVerb } from "#verbs/verb-registry.ts";\n',
    "no-restricted-imports",
  ],
  [
    "the base of the engine that knows a capability",
    "src/engine/base",
    'export { describeKillSwitches } from "#engine/automation/kill-switch.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a capability that knows the loop",
    "src/engine/paging",
    'export { createReader } from "#engine/loop/reader.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a door that applies by itself",
    "handlers/webhooks",
    'export { createApply } from "#engine/loop/apply.ts";\n',
    "no-restricted-imports",
  ],
  [
    "a promise that nobody waits for",
    "src/engine/loop",
    "const work = (): Promise<void> => Promise.resolve();\nexport function planted(): void {\n  work();\n}\n",
    "no-floating-promises",
  ],
  [
    "a promise taken for a condition",
    "src/engine/loop",
    "const work = (): Promise<boolean> => Promise.resolve(true);\nexport const planted = (): number => (work() ? 1 : 2);\n",
    "no-misused-promises",
  ],
  [
    "a case that was forgotten",
    "src/engine/loop",
    'export function planted(kind: "a" | "b"): number {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n',
    "switch-exhaustiveness-check",
  ],
  [
    "a setting read past the config",
    "src/engine/loop",
    'export const planted = process.env["HOME"];\n',
    "no-process-env",
  ],
  ["a line on the console", "src/engine/loop", 'export const planted = (): void => console.log("x");\n', "no-console"],
  ["any", "src/engine/loop", "export const planted: any = 1;\n", "no-explicit-any"],
  ["an exported name of one bare word", "src/engine/loop", "export const planted = 1;\n", "exported-names"],
  [
    "an exported type of one bare word, in a door",
    "handlers",
    "export type Planted = { readonly id: string };\n",
    "exported-names",
  ],
  [
    "a bare word that an export list makes of a good name",
    "src/views",
    "const plantedName = 1;\nexport { plantedName as planted };\n",
    "exported-names",
  ],
  [
    "a word of the old dialect as a parameter",
    "src/domain/response",
    "export const plantedSteps = (rungs: readonly number[]): number => rungs.length;\n",
    "plain-names",
  ],
  [
    "a word of the old dialect, taken out of an object",
    "src/engine/loop",
    "export function plantedResults({ results: verdicts }: { readonly results: readonly number[] }): number {\n  return verdicts.length;\n}\n",
    "plain-names",
  ],
  [
    "a word of the old dialect as a part of a type's name",
    "handlers",
    "export type PlantedWish = { readonly id: string };\n",
    "plain-names",
  ],
  [
    "a minute in ms without its name",
    "src/domain/response",
    "export const plantedMs = 5 * 60_000;\n",
    "named-durations",
  ],
  [
    "a day in ms without its name, in a door",
    "handlers/webhooks",
    "export const plantedMs = (days: number): number => days * 86400000;\n",
    "named-durations",
  ],
  [
    "a duration multiplied out of seconds",
    "src/engine/loop",
    "export const plantedMs = (hours: number): number => hours * 60 * 60 * 1000;\n",
    "named-durations",
  ],
  [
    "a word of the old dialect as a private field",
    "src/engine/loop",
    "export class PlantedField {\n  readonly #wishes: number[] = [];\n  get requests(): readonly number[] {\n    return this.#wishes;\n  }\n}\n",
    "plain-names",
  ],
  [
    "a word of the old dialect as a method",
    "src/engine/paging",
    "export class PlantedMethod {\n  mutes(): readonly number[] {\n    return [];\n  }\n}\n",
    "plain-names",
  ],
  [
    "a word of the old dialect as a member of a type",
    "src/views/response",
    "export type PlantedRow = { readonly verdict: string };\n",
    "plain-names",
  ],
  [
    "the name of a stored member outside of the file that declares it",
    "src/domain/paging",
    "export type PlantedRoute = { readonly ladder: string };\n",
    "plain-names",
  ],
  [
    "a function that does too much",
    "src/queue",
    `export function planted(): number {\n  let sum = 0;\n${"  sum += 1;\n".repeat(57)}  return sum;\n}\n`,
    "max-lines-per-function",
  ],
  [
    "a door that does too much",
    "handlers/webhooks",
    `export function planted(): number {\n  let sum = 0;\n${"  sum += 1;\n".repeat(57)}  return sum;\n}\n`,
    "max-lines-per-function",
  ],
  ["a file that holds too much", "src/domain/response", "export {};\n".repeat(301), "max-lines"],
  [
    "a circle of imports",
    "src/engine/loop",
    'import { other } from "./planted-other.ts";\nexport const circle = (): number => other;\n',
    "no-cycle",
  ],
];
const fileOf = (folder: string, i: number): string => `${folder}/planted-${i}.ts`;

type Linted = { readonly code: number; readonly out: string };

/** The linter on a copy of the code, so that what is planted there is in nobody's way. */
let copy: string;
let clean: Linted;
let planted: Linted;
beforeAll(async () => {
  copy = temporaryDirectory("lint");
  for (const name of ["src", "handlers", "package.json", "tsconfig.json", ".oxlintrc.json"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(ROOT, "test/lint/muster-rules.mjs"), join(copy, "test/lint/muster-rules.mjs"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  clean = await lint("src", "handlers");
  for (const [i, [, folder, text]] of FAULTS.entries()) {
    mkdirSync(join(copy, folder), { recursive: true });
    writeFileSync(join(copy, fileOf(folder, i)), text);
  }
  const circle = FAULTS.findIndex(([, , , rule]) => rule === "no-cycle");
  writeFileSync(
    join(copy, "src/engine/loop/planted-other.ts"),
    `import { circle } from "./planted-${circle}.ts";\nexport const other = circle === undefined ? 1 : 2;\n`,
  );
  planted = await lint(...FAULTS.map(([, folder], i) => fileOf(folder, i)));
}, 120_000);
afterAll(() => removeDirectory(copy));

function lint(...paths: readonly string[]): Promise<Linted> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [OXLINT, "--type-aware", "--quiet", "-f", "unix", ...paths],
      { cwd: copy, maxBuffer: 10_000_000 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out: stdout + stderr }),
    );
  });
}

test("the code as it is passes", () => expect(clean).toMatchObject({ code: 0 }));

test("faults make it fail", () => expect(planted.code).toBe(1));

test.each(FAULTS.map(([what, folder, , rule], i) => [what, fileOf(folder, i), rule] as const))(
  "%s is refused (%s)",
  (_, file, rule) => {
    expect(planted.out.split("\n").filter((line) => line.startsWith(`${file}:`))).toContainEqual(
      expect.stringContaining(`(${rule})`),
    );
  },
);
