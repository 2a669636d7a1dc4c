import { parseArgs } from "node:util";
import { BadConfig } from "#config";
import { check } from "./check.ts";
import { fail, Usage, type Command } from "./command.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { incidents, postmortem, timeline } from "./read.ts";
import { route } from "./route.ts";
import { migrate, start } from "./start.ts";

/** Every verb of the command line; help is made of it. */
const COMMANDS: readonly Command[] = [start, migrate, demo, check, route, incidents, timeline, postmortem, doctor];

function help(): string {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return `muster: incident response from the alert to the postmortem\n\n${COMMANDS.map(({ usage, summary }) => `  muster ${usage.padEnd(width)}  ${summary}`).join("\n")}\n\nSettings are environment variables; README.md lists them. Exit codes: 0 ok, 1 the answer is no, 2 wrong usage.\n`;
}

/** Runs one verb and answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === "help" || verb === "--help" || verb === "-h") {
    process.stdout.write(help());
    return verb === undefined ? 2 : 0;
  }
  const command = COMMANDS.find(({ name }) => name === verb);
  if (command === undefined) return fail(`there is no "muster ${verb}"; "muster help" lists what there is`, 2);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`muster ${command.usage}\n\n${command.summary}\n${command.details ?? ""}`);
    return 0;
  }
  try {
    const { values, positionals } = parseArgs({ args: rest, options: command.options, allowPositionals: true, strict: true });
    return await command.run({ values, positionals });
  } catch (error) {
    if (error instanceof BadConfig) return fail(error.message, 1);
    if (error instanceof Usage) return fail(`${error.message}\nusage: muster ${command.usage}`, 2);
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) return fail(`${error.message}\nusage: muster ${command.usage}`, 2);
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}

