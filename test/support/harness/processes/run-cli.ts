import { spawn } from "node:child_process";
import { resolve as resolvePath } from "node:path";
import { CommandTerminal } from "#app/terminal.ts";
import { runCommandLine } from "#cli/command-line.ts";
import { plainEnvironment } from "#test/support/harness/servers/child-process.ts";

/** What a command printed, and the code it ended with. */
export type CommandOutput = { readonly code: number | null; readonly out: string; readonly err: string };

type Variables = Readonly<Record<string, string>>;

const CLI = resolvePath("src/cli.ts");

/** The commands that run in this process, and where; null: none. */
let running: { readonly cwd: string; readonly home: string; count: number } | null = null;

/**
 * `muster …` typed in a directory, with nothing in its environment but `plainEnvironment` and what is given. It runs in this process, where
 * no test waits for a program to load; commands that run at the same time share the directory, which a process has one of.
 */
export async function runCli(cwd: string, args: readonly string[], env: Variables = {}): Promise<CommandOutput> {
  const directory = enter(cwd);
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = new CommandTerminal(
    { ...plainEnvironment(), ...env },
    { write: (text) => out.push(text) },
    { write: (text) => err.push(text) },
  );
  try {
    const code = await runCommandLine(args, terminal);
    return { code, out: out.join(""), err: err.join("") };
  } finally {
    leave(directory);
  }
}

function enter(cwd: string): NonNullable<typeof running> {
  if (running === null) {
    running = { cwd, home: process.cwd(), count: 0 };
    process.chdir(cwd);
  }
  if (running.cwd !== cwd) throw new Error(`commands run in ${running.cwd}: those in ${cwd} have to wait for them`);
  running.count++;
  return running;
}

function leave(directory: NonNullable<typeof running>): void {
  if (--directory.count > 0) return;
  process.chdir(directory.home);
  running = null;
}

/** The same as a program of its own. `hook`: a module that Node imports before anything else. */
export function spawnCli(
  cwd: string,
  args: readonly string[],
  env: Variables = {},
  hook?: string,
): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(hook === undefined ? [] : ["--import", hook]), CLI, ...args], {
      cwd,
      env: { ...plainEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
