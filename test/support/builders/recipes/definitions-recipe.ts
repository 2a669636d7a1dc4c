import { type Recipe, type WrittenAnswers, withoutAnswer, writtenObject } from "./recipe.ts";

/** The answers about an event, each as it is written in a definition. */
export const EVENT_PARTS: WrittenAnswers = {
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
  waitsFor: "waitsFor: () => null",
  wakesRuns: "wakesRuns: false",
  undo: 'undo: { restores: () => ["title"], milestone: null, strikes: true }',
};

function definition(name: string, type: string, answers: WrittenAnswers = EVENT_PARTS): string {
  return `export const ${name} = defineEvent("${type}", { text: z.string() }, ${writtenObject(answers)});\n`;
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
export const FAULTY_COMMANDS: WrittenAnswers = {
  "no decision": 'defineCommand("planted.command", { text: z.string() })',
  "a decision about a field that there is not":
    'defineCommand("planted.command", { text: z.string() }, (_, { txt }) => refuseDecision(txt))',
  "a decision that is no answer": 'defineCommand("planted.command", { text: z.string() }, (_, { text }) => text)',
};

const COMMAND_HEAD =
  'import { z } from "zod";\nimport { refuseDecision } from "#domain/events/decision.ts";\nimport { defineCommand } from "#domain/commands/command-definition.ts";\nvoid refuseDecision;\n';

/** The file with the event that lacks an answer. */
export const eventWithout = (key: string): string => `src/domain/event-without-${key}.ts`;
/** The file with a faulty command. */
export const faultyCommand = (i: number): string => `src/domain/faulty-command-${i}.ts`;

/** Each file with a fault, and the text in it. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ...Object.keys(EVENT_PARTS).map((key): [string, string] => [
    eventWithout(key),
    EVENT_HEAD + definition("planted", "planted.event", withoutAnswer(EVENT_PARTS, key)),
  ]),
  ...Object.values(FAULTY_COMMANDS).map((fault, i): [string, string] => [
    faultyCommand(i),
    `${COMMAND_HEAD}export const planted = ${fault};\n`,
  ]),
]);

export const definitionsRecipe: Recipe = {
  follow(copy) {
    // One object in one file, for each: that is all.
    copy.append(
      "src/domain/events/definitions/notes-events.ts",
      `\n${definition("decisionTaken", "decision.taken").replaceAll("noConsequences", "() => []")}`,
    );
    copy.append("src/domain/commands/response-commands.ts", COMMAND);
    copy.write("src/domain/event-uses.ts", EVENT_USES);
    copy.write("src/domain/command-uses.ts", COMMAND_USES);
  },
  spoil(copy) {
    for (const [file, text] of FAULTS) copy.write(file, text);
  },
  faulty: [...FAULTS.keys()],
};
