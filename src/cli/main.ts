import { parseArgs } from "node:util";
import { BadConfig } from "#config";
import { fail, Usage, type Command } from "./command.ts";

/** Every verb of the command line, loaded when it is called: who checks a file need not wait for a database client. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./start.ts")).start,
  migrate: async () => (await import("./start.ts")).migrate,
  demo: async () => (await import("./demo.ts")).demo,
  check: async () => (await import("./check.ts")).check,
  route: async () => (await import("./route.ts")).route,
  runbook: async () => (await import("./runbook.ts")).runbook,
  incidents: async () => (await import("./read.ts")).incidents,
  incident: async () => (await import("./incident.ts")).incident,
  drill: async () => (await import("./incident.ts")).drill,
  timeline: async () => (await import("./read.ts")).timeline,
  postmortem: async () => (await import("./postmortem.ts")).postmortem,
  oncall: async () => (await import("./oncall.ts")).oncall,
  stats: async () => (await import("./stats.ts")).stats,
  manifest: async () => (await import("./manifest.ts")).manifest,
  doctor: async () => (await import("./doctor.ts")).doctor,
};

async function help(): Promise<string> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return `muster: incident response from the alert to the postmortem\n\n${all.map(({ usage, summary }) => `  muster ${usage.padEnd(width)}  ${summary}`).join("\n")}\n\nSettings are environment variables; README.md lists them. Exit codes: 0 ok, 1 the answer is no, 2 wrong usage.\n`;
}

/** Runs one verb and answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === "help" && rest[0] !== undefined && !rest[0].startsWith("-")) return main([rest[0], "--help"]);
  if (verb === undefined || verb === "help" || verb === "--help" || verb === "-h") {
    process.stdout.write(await help());
    return verb === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, verb) ? await COMMANDS[verb]!() : null;
  if (command === null) return fail(`there is no "muster ${verb}"; "muster help" lists what there is`, 2);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`muster ${command.usage}\n\n${command.summary}\n${command.details ?? ""}`);
    return 0;
  }
  try {
    const { values, positionals } = parseArgs({ args: rest, options: command.options, allowPositionals: command.bare !== true, strict: true });
    return await command.run({ values, positionals });
  } catch (error) {
    if (error instanceof BadConfig) return fail(error.message, 1);
    if (error instanceof Usage) return fail(`${error.message}\nusage: muster ${command.usage}`, 2);
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
      return fail(`${error.message.replace(" This command does not take positional arguments", "")}\nusage: muster ${command.usage}`, 2);
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}
