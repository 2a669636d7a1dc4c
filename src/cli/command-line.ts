import { parseArgs } from "node:util";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CliCommand } from "./cli-command.ts";
import { COMMAND_LIST } from "./command-list.ts";

function helpText(): string {
  const width = Math.max(...COMMAND_LIST.map(({ usage }) => usage.length));
  return `muster: incident response from the alert to the postmortem\n\n${COMMAND_LIST.map(({ usage, summary }) => `  muster ${usage.padEnd(width)}  ${summary}`).join("\n")}\n\nSettings are environment variables; README.md lists them. Exit codes: 0 ok, 1 the answer is no, 2 wrong usage.\n`;
}

/** Runs one command as it was typed at a terminal, and answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
export async function runCommandLine(argv: readonly string[], terminal: CommandTerminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "help" && rest[0] !== undefined && !rest[0].startsWith("-"))
    return runCommandLine([rest[0], "--help"], terminal);
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    terminal.printText(helpText());
    return name === undefined ? 2 : 0;
  }
  const command = COMMAND_LIST.find((each) => each.name === name);
  if (command === undefined)
    return terminal.reportFailure(`there is no "muster ${name}"; "muster help" lists what there is`, 2);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.printText(`muster ${command.usage}\n\n${command.summary}\n${command.details ?? ""}`);
    return 0;
  }
  return runCommand(command, rest, terminal);
}

async function runCommand(command: CliCommand, words: readonly string[], terminal: CommandTerminal): Promise<number> {
  try {
    const args = parseArgs({
      args: [...words],
      options: command.options,
      allowPositionals: command.bare !== true,
      strict: true,
    });
    const run = await command.load();
    return await run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError)
      return terminal.reportFailure(`${error.message}\nusage: muster ${command.usage}`, 2);
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
      return terminal.reportFailure(
        `${error.message.replace(" This command does not take positional arguments", "")}\nusage: muster ${command.usage}`,
        2,
      );
    return terminal.reportFailure(error instanceof Error ? error.message : String(error), 1);
  }
}
