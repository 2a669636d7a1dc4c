import type { ParseArgsConfig } from "node:util";
import type { CommandTerminal, EnvironmentVariables } from "#app/terminal.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** One command of the command line, as it is typed: light, whatever the command itself needs. */
export type CliCommand = {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  /** Takes options and no words. */
  readonly bare?: true;
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** Loads what the command does. */
  readonly load: () => Promise<RunCommand>;
};

/** Does what a command is for. It answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
type RunCommand = (args: CommandArgs, terminal: CommandTerminal) => Promise<number>;

export type CommandArgs = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
};

/** Wrong usage: reported together with the usage, exit code 2. */
export class UsageError extends Error {}

/**
 * Ends the process soon, with the exit code of the command: an open handle (a client of a Redis that is unreachable)
 * must not keep it alive.
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

/** Whether a pager of an environment and policy chooses whom to wake when a page of a team names no one. */
export function choosesPeople(policy: Policy, team: string | null, env: EnvironmentVariables): boolean {
  return (
    Boolean(env["PAGERDUTY_ROUTING_KEY"] || env["PAGERDUTY_ROUTING_KEY_FILE"]) ||
    (team !== null && policy.teams[team]?.pagerduty !== undefined)
  );
}
