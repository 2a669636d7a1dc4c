import { parseArgs } from "node:util";
import { BadConfig } from "#config/app-config.ts";
import { reportFailure, UsageError, type CliCommand } from "./cli-command.ts";

/** Every verb of the command line, loaded when it is called: who checks a file need not wait for a database client. */
const COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  start: async () => (await import("./start-command.ts")).startCommand,
  migrate: async () => (await import("./start-command.ts")).migrateCommand,
  demo: async () => (await import("./demo-command.ts")).demoCommand,
  check: async () => (await import("./check-command.ts")).checkCommand,
  route: async () => (await import("./route-command.ts")).routeCommand,
  runbook: async () => (await import("./runbook-command.ts")).runbookCommand,
  incidents: async () => (await import("./read-commands.ts")).incidentsCommand,
  incident: async () => (await import("./incident-command.ts")).incidentCommand,
  drill: async () => (await import("./incident-command.ts")).drillCommand,
  timeline: async () => (await import("./read-commands.ts")).timelineCommand,
  postmortem: async () => (await import("./postmortem-command.ts")).postmortemCommand,
  oncall: async () => (await import("./oncall-command.ts")).oncallCommand,
  deadletter: async () => (await import("./deadletter-command.ts")).deadletterCommand,
  stats: async () => (await import("./stats-command.ts")).statsCommand,
  manifest: async () => (await import("./manifest-command.ts")).manifestCommand,
  doctor: async () => (await import("#cli/doctor-command.ts")).doctorCommand,
};

async function help(): Promise<string> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return `muster: incident response from the alert to the postmortem\n\n${all.map(({ usage, summary }) => `  muster ${usage.padEnd(width)}  ${summary}`).join("\n")}\n\nSettings are environment variables; README.md lists them. Exit codes: 0 ok, 1 the answer is no, 2 wrong usage.\n`;
}

/** Runs one verb and answers the exit code: 0 ok, 1 the answer is no, 2 wrong usage. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === "help" && rest[0] !== undefined && !rest[0].startsWith("-")) return runCommandLine([rest[0], "--help"]);
  if (verb === undefined || verb === "help" || verb === "--help" || verb === "-h") {
    process.stdout.write(await help());
    return verb === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, verb) ? await COMMANDS[verb]!() : null;
  if (command === null) return reportFailure(`there is no "muster ${verb}"; "muster help" lists what there is`, 2);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`muster ${command.usage}\n\n${command.summary}\n${command.details ?? ""}`);
    return 0;
  }
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: command.options,
      allowPositionals: command.bare !== true,
      strict: true,
    });
    return await command.run({ values, positionals });
  } catch (error) {
    if (error instanceof BadConfig) return reportFailure(error.message, 1);
    if (error instanceof UsageError) return reportFailure(`${error.message}\nusage: muster ${command.usage}`, 2);
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
      return reportFailure(
        `${error.message.replace(" This command does not take positional arguments", "")}\nusage: muster ${command.usage}`,
        2,
      );
    return reportFailure(error instanceof Error ? error.message : String(error), 1);
  }
}
