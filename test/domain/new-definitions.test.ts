import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantedCopy } from "#test/support/builders/planted-copy.ts";
import { compiledRecipes, type CompiledRecipes } from "#test/support/builders/recipes/compiled-recipes.ts";
import {
  definitionsRecipe,
  EVENT_PARTS,
  eventWithout,
  FAULTY_COMMANDS,
  faultyCommand,
} from "#test/support/builders/recipes/definitions-recipe.ts";

const PROBE = `import { decideCommand, IncidentCommand } from "./command-registry.ts";
const read = IncidentCommand.parse(JSON.parse('{"type":"decision.take","text":" "}'));
console.log(JSON.stringify([read, decideCommand({}, read, {})]));
`;

/** A copy of the code with one event and one command more, and what the compiler reports for those and for faulty ones. */
let copy: PlantedCopy;
let compiled: CompiledRecipes;
beforeAll(async () => {
  copy = new PlantedCopy("definitions");
  definitionsRecipe.follow(copy);
  compiled = await compiledRecipes();
}, 300_000);
afterAll(() => copy.remove());

test("all code compiles with a new event and a new command that are one object in one file each", () => {
  expect(compiled.unexpected).toEqual([]);
});

describe("a new event", () => {
  test.each(Object.keys(EVENT_PARTS))("does not compile without an answer about %s", (key) => {
    expect(compiled.of(eventWithout(key))).toEqual([expect.stringContaining(`Property '${key}' is missing`)]);
  });
});

describe("a new command", () => {
  test.each(Object.keys(FAULTY_COMMANDS).map((name, i) => [name, i] as const))("does not compile with %s", (_, i) =>
    expect(compiled.of(faultyCommand(i))).toHaveLength(1),
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
