import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import { Declaration } from "#domain/incident/declaration.ts";
import { IncidentCommand } from "#domain/commands/command-registry.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALL_VERBS } from "#verbs/verb-registry.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";

describe("hostile text", () => {
  const NASTY = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "$(rm -rf /)",
    "(a+)+$",
    "[",
    "\\",
    "\u0000",
    "\u202e",
    "\ud800",
    "<!channel>",
    "<!subteam^S123|all>",
    "@person[U0BOB0001|bob]",
    "@person[]",
    "@person[|]",
    "at 14:05",
    "at 99:99",
    "due",
    "due friday",
    "@",
    "@me",
    "INC-999999999",
    "INC-0",
    "inc--1",
    "P0",
    "customer:",
    "\n\n",
    "\t",
    "a".repeat(5_000),
    "at ".repeat(1_000),
  ];
  const names = ALL_VERBS.flatMap(({ name, aliases }) => [name, ...aliases]);
  const line = fc
    .array(
      fc.oneof(
        fc.constantFrom(...names, ...NASTY),
        fc.string({ unit: "binary", maxLength: 30 }),
        fc.string({ maxLength: 30 }),
      ),
      { maxLength: 6 },
    )
    .chain((words) => fc.constantFrom(" ", "  ", "\n", "\u00a0").map((space) => words.join(space)));

  test("is always parsed to a storable request or a problem, and never throws", () => {
    fc.assert(
      fc.property(line, fc.constantFrom("UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"), (text, zone) => {
        const { verb, incident, request } = parsedVerb(text, { zone });
        expect(ALL_VERBS).toContain(verb);
        expect(incident === null || Number.isSafeInteger(incident)).toBe(true);
        switch (request.kind) {
          case "command":
            expect(IncidentCommand.safeParse(request.command).success).toBe(true);
            expect(request.at === null || !("at" in request.at) || request.at.at <= NOW).toBe(true);
            return;
          case "correct":
            expect(!("at" in request.at) || request.at.at <= NOW).toBe(true);
            return;
          case "commands":
            expect(request.commands.length).toBeGreaterThan(0);
            return;
          case "declare":
            expect(Declaration.parse(request.declaration).title.trim()).not.toBe("");
            return;
          case "arrange":
            expect(ArrangementCommand.safeParse(request.arranging).success).toBe(true);
            return;
          case "run":
            expect(request.ask.do).not.toBe("");
            return;
          case "problem":
            expect(request.text.trim()).not.toBe("");
            expect(request.text.length).toBeLessThan(600);
            return;
          case "form":
          case "show":
            return;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("is never repeated with control characters in it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("", "severity", "role", "followup x due", "role scribe @"),
        fc.string({ unit: "binary", maxLength: 80 }),
        (verb, text) => {
          const { request } = parsedVerb(`${verb} ${text}`);
          if (request.kind === "problem") expect(request.text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["one endless word", (n: number) => `note ${"x".repeat(n)} y`],
    ["an endless row of words", (n: number) => `task ${"at due ".repeat(n / 7)}`],
    ["endless space", (n: number) => `note x at${" ".repeat(n)}y z`],
    ["endless mentions", (n: number) => `task ${"@person[U0|".repeat(n / 11)}`],
    ["an endless verb", (n: number) => "x".repeat(n)],
    ["endless digits", (n: number) => `task done ${"1".repeat(n)}`],
  ])("of %s is read in no time", (_, text) => {
    const long = text(100_000);
    const elapsed = cpuStopwatch();
    parsedVerb(long);
    expect(elapsed()).toBeLessThan(2_000);
  });
});
