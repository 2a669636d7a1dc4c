import { z } from "zod";
import type { RunbookAction } from "./action-definition.ts";
import { RUNBOOK_ACTIONS } from "./action-registry.ts";

type Json = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Json[];
  readonly additionalProperties?: Json | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
};

const EFFECTS = {
  read: "reads only; runs again after a crash",
  idempotent: "changes something; the same again changes nothing more",
  once: "happens once; after a crash people are asked whether it did",
} as const;

const TOUCHES = {
  nothing: "nothing",
  people: "people: no approval needed",
  systems: "systems: needs approval and a verify, counts against the write budget",
} as const;

/** docs/runbook-actions.md, made of the registry. */
export function actionReference(): string {
  const all = [...RUNBOOK_ACTIONS.values()];
  return `# Actions of runbooks

What a step can use, \`uses: <name>\`. This page is made from the code by \`npm run runbook-actions\`; [runbooks.md](runbooks.md) says how a runbook is written.

| action | effect | touches | risk | |
|---|---|---|---|---|
${all.map(({ name, effect, touches, risk, summary }) => `| [\`${name}\`](#${name.toLowerCase().replaceAll(".", "")}) | ${effect} | ${touches} | ${risk} | ${summary} |`).join("\n")}

Effects: ${Object.entries(EFFECTS)
    .map(([name, effectText]) => `*${name}* ${effectText}`)
    .join(" · ")}. What is of high risk is approved by two people and never runs by itself.
Durations are written \`90s\`, \`10m\`, \`4h\`. In conditions all numbers an action finds are decimals: \`steps.errors.value > 0.05\`.

${all.map(describe).join("\n\n")}
`;
}

function describe(action: RunbookAction): string {
  const input = z.toJSONSchema(action.input, { io: "input", unrepresentable: "any" }) as Json;
  const output = z.toJSONSchema(action.output, { unrepresentable: "any" }) as Json;
  const { readsWhen } = action;
  return [
    `## ${action.name}`,
    action.summary,
    `Effect: ${action.effect} (${EFFECTS[action.effect]}). Touches ${TOUCHES[action.touches]}. Risk: ${action.risk}.${readsWhen === undefined ? "" : ` With \`${readsWhen.field}\` ${readsWhen.values.join(" or ")} it only reads.`}${action.undoable ? " Can be undone: `undo: { on: [verify-failed, run-ended] }`." : ""}`,
    table("with", input, action),
    Object.keys(output.properties ?? {}).length === 0 ? "Finds nothing." : table("finds", output, null),
    (action.notes ?? []).map((note) => `- ${note}`).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function table(head: string, { properties = {}, required = [] }: Json, action: RunbookAction | null): string {
  const rows = Object.entries(properties).map(([name, field]) => {
    const kind = action === null ? undefined : action.texts[name];
    const must =
      action === null
        ? ""
        : required.includes(name)
          ? "required"
          : field.default === undefined
            ? "–"
            : `\`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${kind === undefined ? plainText(field) : `${plainText(field)} (${kind})`} | ${action === null ? "" : `${must} | `}${(field.description ?? "").replaceAll("|", "\\|")} |`;
  });
  return action === null
    ? `| ${head} | | |\n|---|---|---|\n${rows.join("\n")}`
    : `| ${head} | | default | |\n|---|---|---|---|\n${rows.join("\n")}`;
}

function plainText(json: Json): string {
  if (json.enum !== undefined) return json.enum.map((each) => `\`${String(each)}\``).join(", ");
  if (json.anyOf !== undefined) return [...new Set(json.anyOf.map(plainText))].join(" or ");
  if (Array.isArray(json.type))
    return json.type.map((type) => (type === "null" ? "nothing" : plainText({ ...json, type }))).join(" or ");
  if (json.type === "null") return "nothing";
  if (json.type === "boolean") return "true or false";
  if (json.type === "array") return `list of ${json.items === undefined ? "values" : plainText(json.items)}`;
  if (json.type === "object")
    return json.properties === undefined ? "keys with values" : `{ ${Object.keys(json.properties).join(", ")} }`;
  if (json.type === "string") return "text";
  if (json.type === "integer")
    return json.maximum !== undefined && json.maximum < 1e6
      ? `whole number, ${json.minimum ?? 0} to ${json.maximum}`
      : "whole number";
  return typeof json.type === "string" ? json.type : "anything";
}
