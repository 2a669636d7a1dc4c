import { expect, test } from "vitest";
import { CommandTerminal } from "#app/terminal.ts";

const hostile = "by Eve\u001b]0;owned\u0007\u009b2J\u202egpj.exe";
const harmless = "by Eve\\u001b]0;owned\\u0007\\u009b2J\\u202egpj.exe";

function printed(print: (terminal: CommandTerminal) => void): string {
  const texts: string[] = [];
  const stream = { write: (text: string) => texts.push(text), columns: 200 };
  print(new CommandTerminal({}, stream, stream));
  return texts.join("");
}

test.each<[string, (terminal: CommandTerminal) => void]>([
  ["a text", (terminal) => terminal.printText(`${hostile}\n`)],
  ["a line", (terminal) => terminal.printLine(hostile)],
  ["a failure", (terminal) => void terminal.reportFailure(hostile, 1)],
])("%s that people elsewhere wrote commands no terminal", (_, print) => expect(printed(print)).toBe(`${harmless}\n`));

test("a table counts what it shows, so that its columns stand below each other", () => {
  expect(
    printed((terminal) =>
      terminal.printTable(
        ["WHO", "WHAT"],
        [
          [hostile, "a"],
          ["Bob", "b"],
        ],
      ),
    ),
  ).toBe(`${"WHO".padEnd(harmless.length)}  WHAT\n${harmless}  a\n${"Bob".padEnd(harmless.length)}  b\n`);
});

test("JSON means the same", () => {
  const json = printed((terminal) => terminal.printJson({ hostile }));
  expect(json).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
  expect(JSON.parse(json)).toEqual({ hostile });
});
