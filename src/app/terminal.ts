import { neutralizeControls } from "#domain/values/text.ts";

/** What takes text, as a stream of a process does. `columns`: how wide it is, when it is a terminal. */
export type TextStream = { readonly write: (text: string) => unknown; readonly columns?: number | undefined };

/** Environment variables; what is not set is missing or undefined. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Where a command was typed: its environment variables, and the two streams that it prints to. A command reads and writes
 * no others, so a process has one (`processTerminal`) and a test makes its own. Nothing that it prints commands a terminal:
 * most of it was written by people and machines elsewhere.
 */
export class CommandTerminal {
  readonly env: EnvironmentVariables;
  readonly #out: TextStream;
  readonly #err: TextStream;

  constructor(env: EnvironmentVariables, out: TextStream, err: TextStream) {
    this.env = env;
    this.#out = out;
    this.#err = err;
  }

  /** Prints text on standard output, without an end of line of its own. */
  printText(text: string): void {
    this.#out.write(neutralizeControls(text));
  }

  printLine(line = ""): void {
    this.printText(`${line}\n`);
  }

  printJson(value: unknown): void {
    this.printLine(JSON.stringify(value, null, 2));
  }

  /** A table with columns as wide as they need to be; the last one is cut at the terminal's edge. */
  printTable(head: readonly string[], written: readonly (readonly string[])[]): void {
    const rows = written.map((row) => row.map(neutralizeControls));
    const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
    const room = this.#out.columns ?? 0;
    const line = (cells: readonly string[]): string =>
      cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ");
    for (const row of [head, ...rows]) {
      const text = line(row).trimEnd();
      this.printLine(room > 20 && text.length > room ? `${text.slice(0, room - 1)}…` : text);
    }
  }

  /** Prints the problem on standard error, and answers the exit code. */
  reportFailure(message: string, code: number): number {
    this.#err.write(`${neutralizeControls(message)}\n`);
    return code;
  }
}
