import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writtenActionList } from "#test/support/builders/runbooks/written-action-list.ts";
import type { Recipe } from "./recipe.ts";

/** The action's one file, and a runbook that uses it. */
export const ACTION_FIXTURES = fileURLToPath(new URL("../../../fixtures/actions", import.meta.url));
const ACTION = readFileSync(join(ACTION_FIXTURES, "k8s-uncordon.ts"), "utf8");

/** What is written wrong in an action, and the error that the compiler reports for it. */
export const ACTION_FAULTS: readonly (readonly [string, string, string, RegExp])[] = [
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

/** The file with a fault of the list. */
export const faultyAction = (i: number): string => `src/runbooks/actions/kubernetes/planted-${i}.ts`;

/** The action's one file, and its list as `npm run runbook-actions` writes it. */
export const actionRecipe: Recipe = {
  follow(copy) {
    copy.write("src/runbooks/actions/kubernetes/k8s-uncordon.ts", ACTION);
    copy.write("src/runbooks/actions/action-list.ts", writtenActionList(copy.path));
    copy.write("src/runbooks/planted-uses.ts", USES);
    mkdirSync(join(copy.path, "runbooks"), { recursive: true });
    for (const name of ["node-reopen.md", "node-reopen.test.yaml"])
      cpSync(join(ACTION_FIXTURES, name), join(copy.path, "runbooks", name));
  },
  spoil(copy) {
    for (const [i, [, from, to]] of ACTION_FAULTS.entries()) {
      if (ACTION.split(from).length !== 2) throw new Error(`"${from}" must stand once in the action`);
      copy.write(
        faultyAction(i),
        ACTION.replace(from, () => to),
      );
    }
  },
  faulty: ACTION_FAULTS.map((_, i) => faultyAction(i)),
};
