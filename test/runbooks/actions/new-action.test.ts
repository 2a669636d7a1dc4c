import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writtenActionList } from "#test/support/builders/runbooks/written-action-list.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FIXTURES = join(ROOT, "test/fixtures/actions");
const ACTION = readFileSync(join(FIXTURES, "k8s-uncordon.ts"), "utf8");

/** What is written wrong in an action, and what the compiler says of that. */
const FAULTS: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "a misspelt field of the input in run",
    "run: ({ node, was }",
    "run: ({ nod: node, was }",
    /Property 'nod' does not exist/,
  ],
  [
    "a misspelt field of the intent that plan answers",
    "run: ({ node, was }",
    "run: ({ node, wass: was }",
    /Property 'wass' does not exist/,
  ],
  [
    "a misspelt field of the input in plan",
    "ports.cluster.node(input.node)",
    "ports.cluster.node(input.nod)",
    /Property 'nod' does not exist/,
  ],
  [
    "a misspelt field of the input in probe",
    "probe: async ({ node }",
    "probe: async ({ nod: node }",
    /Property 'nod' does not exist/,
  ],
  ["a misspelt field of the input in undo", "undo: ({ node }", "undo: ({ nod: node }", /Property 'nod' does not exist/],
  [
    "a field of another type",
    "cluster.cordon(node, { on: false",
    "cluster.cordon(was, { on: false",
    /'boolean' is not assignable/,
  ],
  [
    "an output that the schema does not know",
    "actionDone({ changed: false })",
    "actionDone({ chnged: false })",
    /not assignable/,
  ],
  [
    "the kind of a text that there is not",
    'texts: { node: "value" }',
    'texts: { nod: "value" }',
    /'nod' does not exist/,
  ],
  ["a misspelt method of a port", "ports.cluster.node(", "ports.cluster.nod(", /Property 'nod' does not exist/],
  ["an action without probe", "  probe: async", "  prob: async", /'prob' does not exist/],
  ["an effect that there is not", 'effect: "idempotent"', 'effect: "idempotnt"', /"idempotnt"' is not assignable/],
  ["a key of the definition that there is not", "  summary:", "  sumary:", /'sumary' does not exist/],
  ["no fake", ACTION.slice(ACTION.indexOf("  fake: {"), ACTION.lastIndexOf("});")), "", /Property 'fake' is missing/],
  ["no undo", /^ {2}undo:.*\n/m.exec(ACTION)![0], "", /Property 'undo' is missing/],
];

/** What others say of actions by their names. */
const USES = `import { isAction, type ActionInput } from "#runbooks/index.ts";
export const fine: boolean = isAction("x", "k8s.uncordon");
export const nodeOf = (input: ActionInput<"k8s.uncordon">): string => input.node;
// @ts-expect-error no action has this name
export const misspelt: boolean = isAction("x", "k8s.uncordn");
// @ts-expect-error no action has this name
export type Misspelt = ActionInput<"k8s.uncordn">;
// @ts-expect-error the action takes no such field
export const nodOf = (input: ActionInput<"k8s.uncordon">): string => input.nod;
`;

type Ran = { readonly code: number; readonly out: string };

/** A copy of the code with the action's one file, and its list as `npm run runbook-actions` writes it. */
let copy: string;
beforeAll(() => {
  copy = temporaryDirectory("action");
  for (const name of ["src", "migrations", "package.json"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
    compilerOptions: object;
  };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src/runbooks"] }));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "src/runbooks/actions/kubernetes/k8s-uncordon.ts"), ACTION);
  writeFileSync(join(copy, "src/runbooks/actions/action-list.ts"), writtenActionList(copy));
  mkdirSync(join(copy, "runbooks"));
  for (const name of ["node-reopen.md", "node-reopen.test.yaml"])
    cpSync(join(FIXTURES, name), join(copy, "runbooks", name));
});
afterAll(() => removeDirectory(copy));

function runProgram(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd: copy, maxBuffer: 10_000_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out: stdout + stderr }),
    );
  });
}
const runSource = (...args: readonly string[]): Promise<Ran> => runProgram("src/cli.ts", ...args);

/** What the compiler says of the action, of what others say of it, and of actions that are written wrong; by file. */
let reply: ReadonlyMap<string, string>;
const PLANTED = "src/runbooks/actions/kubernetes/planted";
beforeAll(async () => {
  writeFileSync(join(copy, "src/runbooks/planted-uses.ts"), USES);
  for (const [i, [, from, to]] of FAULTS.entries()) {
    if (ACTION.split(from).length !== 2) throw new Error(`"${from}" must stand once in the action`);
    writeFileSync(
      join(copy, `${PLANTED}-${i}.ts`),
      ACTION.replace(from, () => to),
    );
  }
  const { out } = await runProgram(join(ROOT, "node_modules/typescript/bin/tsc"));
  const errors = out.split(/\n(?=\S)/);
  reply = new Map(
    errors
      .map((error) => error.split("(")[0]!)
      .map((file) => [file, errors.filter((error) => error.startsWith(`${file}(`)).join("\n")]),
  );
}, 240_000);

describe("a new action needs one file", () => {
  test("compiles, with a name and fields that the compiler checks everywhere", () => {
    expect([...reply].filter(([file]) => !file.startsWith(PLANTED))).toEqual([]);
  });

  test("is checked by the runbook linter, with its fields", async () => {
    expect(await runSource("check", "runbooks/node-reopen.md")).toMatchObject({
      code: 0,
      out: expect.stringContaining("ok"),
    });
    const bad = readFileSync(join(FIXTURES, "node-reopen.md"), "utf8").replace("{ node: $node }", "{ nod: $node }");
    writeFileSync(join(copy, "misspelt.md"), bad);
    expect(await runSource("check", "misspelt.md")).toMatchObject({
      code: 1,
      out: expect.stringContaining('unknown key "nod"; write "node"'),
    });
  }, 120_000);

  test("that runs in the tests of a runbook, answered by its own fake", async () => {
    expect(await runSource("check", "--test")).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 passed, 0 failed"),
    });
  }, 120_000);
});

describe("does not compile with a mistake", () => {
  test.each(FAULTS.map(([what, , , says], i) => [what, i, says] as const))("%s", (_, i, says) => {
    expect(reply.get(`${PLANTED}-${i}.ts`)).toMatch(says);
  });
});
