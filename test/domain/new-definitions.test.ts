import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";

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

const EVENT_HEAD =
  'import { z } from "zod";\nimport { defineEvent, noConsequences } from "#domain/events/event-definition.ts";\nvoid noConsequences;\n';

/** Others that use the event, by its type: written without an edit elsewhere. */
const EVENT_USES = `import { describeEvent, type Event, type Fact } from "#domain/events/event-registry.ts";
export const fact: Fact = { type: "decision.taken", data: { text: "roll back" } };
export function read(event: Event): string {
  return event.type === "decision.taken" ? event.data.text : describeEvent(event);
}
// @ts-expect-error the event has no such field
export const wrong: Fact = { type: "decision.taken", data: { txt: "roll back" } };
// @ts-expect-error no event has this name
export const misspelt: Fact = { type: "decision.takn", data: { text: "" } };
`;

/** A command of one's own: refuses what is empty, else writes a note. */
const COMMAND = `
export const decisionCommand = defineCommand("decision.take", { text: z.string() }, (_, { text }) =>
  text.trim() === "" ? refuseDecision("Say what was decided.") : addNote(text),
);
`;

const COMMAND_USES = `import { decideCommand, IncidentCommand } from "#domain/commands/command-registry.ts";
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
const FAULTY_COMMANDS: Readonly<Record<string, string>> = {
  "no decision": 'defineCommand("planted.command", { text: z.string() })',
  "a decision about a field that there is not":
    'defineCommand("planted.command", { text: z.string() }, (_, { txt }) => refuseDecision(txt))',
  "a decision that is no answer": 'defineCommand("planted.command", { text: z.string() }, (_, { text }) => text)',
};

const COMMAND_HEAD =
  'import { z } from "zod";\nimport { refuseDecision } from "#domain/events/decision.ts";\nimport { defineCommand } from "#domain/commands/command-definition.ts";\nvoid refuseDecision;\n';

const PROBE = `import { decideCommand, IncidentCommand } from "./command-registry.ts";
const read = IncidentCommand.parse(JSON.parse('{"type":"decision.take","text":" "}'));
console.log(JSON.stringify([read, decideCommand({}, read, {})]));
`;

/** Each file with a fault, and the text in it. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ...Object.keys(ANSWERS).map((key): [string, string] => {
    const { [key]: _, ...rest } = ANSWERS;
    return [`src/domain/event-without-${key}.ts`, EVENT_HEAD + definition("planted", "planted.event", rest)];
  }),
  ...Object.values(FAULTY_COMMANDS).map((fault, i): [string, string] => [
    `src/domain/faulty-command-${i}.ts`,
    `${COMMAND_HEAD}export const planted = ${fault};\n`,
  ]),
]);

/** What the compiler says of a copy of the code with one event and one command more, and with faulty ones. */
let copy: PlantedCopy;
let errors: readonly string[];
beforeAll(async () => {
  copy = new PlantedCopy("definitions");
  // One object in one file, for each: that is all.
  copy.append(
    "src/domain/events/definitions/notes-events.ts",
    `\n${definition("decisionTaken", "decision.taken").replaceAll("noConsequences", "() => []")}`,
  );
  copy.append("src/domain/commands/response-commands.ts", COMMAND);
  copy.write("src/domain/event-uses.ts", EVENT_USES);
  copy.write("src/domain/command-uses.ts", COMMAND_USES);
  for (const [file, text] of FAULTS) copy.write(file, text);
  errors = await copy.compile();
}, 240_000);
afterAll(() => copy.remove());

const errorsOf = (file: string): readonly string[] => errors.filter((error) => error.startsWith(`${file}(`));

test("all code compiles with a new event and a new command that are one object in one file each", () => {
  expect(errors.filter((error) => ![...FAULTS.keys()].some((file) => error.startsWith(`${file}(`)))).toEqual([]);
});

describe("a new event", () => {
  test.each(Object.keys(ANSWERS))("does not compile without an answer about %s", (key) => {
    expect(errorsOf(`src/domain/event-without-${key}.ts`)).toEqual([
      expect.stringContaining(`Property '${key}' is missing`),
    ]);
  });
});

describe("a new command", () => {
  test.each(Object.keys(FAULTY_COMMANDS).map((name, i) => [name, i] as const))("does not compile with %s", (_, i) =>
    expect(errorsOf(`src/domain/faulty-command-${i}.ts`)).toHaveLength(1),
  );

  test("is read as it is stored, and decided", async () => {
    copy.write("src/domain/commands/probe.ts", PROBE);
    const [read, decision] = JSON.parse(await copy.run("src/domain/commands/probe.ts")) as [unknown, unknown];
    expect(read).toEqual({ type: "decision.take", text: " " });
    expect(decision).toMatchObject({ ok: false });
    expect(JSON.stringify(decision)).toContain("Say what was decided.");
  });
});

/** A registry, a file of its definitions, and one that is in it. */
const REGISTRIES = [
  ["src/domain/events/event-registry.ts", "src/domain/events/definitions/notes-events.ts", "noteAdded", "note.added"],
  [
    "src/domain/commands/command-registry.ts",
    "src/domain/commands/ticket-commands.ts",
    "ticketTaskCommand",
    "task.ticket",
  ],
  [
    "src/domain/effects/effect-registry.ts",
    "src/domain/effects/definitions/ticket-effects.ts",
    "openTicket",
    "ticket.open",
  ],
  [
    "src/domain/alerting/arrangements/arrangement-registry.ts",
    "src/domain/alerting/arrangements/silence-arrangements.ts",
    "setSilence",
    "mute.set",
  ],
] as const;

describe("a second definition under a stored name is refused when the code is loaded", () => {
  test.each(REGISTRIES)("%s", async (registry, file, known, type) => {
    expect(await copy.run(registry)).toBe("");
    const before = copy.read(file);
    copy.append(file, `\nexport const plantedAgain = ${known};\n`);
    const refused = await copy.run(registry);
    copy.write(file, before);
    expect(refused).toContain(`Error: bug: two definitions are called ${type}`);
  });
});
