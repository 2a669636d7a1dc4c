import type { ParseArgsConfig } from "node:util";

/** One verb of the command line. `run` answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
export type CliCommand = {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  /** Takes options and no words. */
  readonly bare?: true;
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  readonly run: (args: CommandArgs) => Promise<number>;
};

export type CommandArgs = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
};

/** Wrong usage: reported together with the usage, exit code 2. */
export class UsageError extends Error {}

/** Prints the problem on standard error, and answers the exit code. */
export function reportFailure(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

/**
 * Ends the process soon, with the exit code that was answered: whatever still holds on to something (a client of a Redis
 * that is away) must not keep it.
 */
export function forceExit(): void {
  setTimeout(() => process.exit(), 500).unref();
}

/** The labels of an alert, given as `name=value` each. */
export function parseLabels(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((text) => {
      const at = text.indexOf("=");
      if (at <= 0) throw new UsageError(`"${text}" is no label; write name=value`);
      return [text.slice(0, at), text.slice(at + 1).replace(/^"(.*)"$/, "$1")];
    }),
  );
}
