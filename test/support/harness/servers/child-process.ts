import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import type { ProcessIdentity } from "./temporary-directory.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** A running program that this process started. */
export type ChildProgram = {
  readonly pid: number;
  /** The end of what it wrote, for error messages. */
  log(): string;
  /** Sends the signal and waits until it is gone; a program that does not go in 5 s is killed. */
  end(signal: NodeJS.Signals): Promise<void>;
};

const children = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** What a program is given that has none of our settings: where programs are, and where temporary files lie. */
export const plainEnvironment = (): Readonly<Record<string, string>> => ({
  PATH: process.env["PATH"] ?? "",
  TMPDIR: tmpdir(),
});

/** Where a program is, or null. */
export function findProgram(name: string): string | null {
  try {
    return execFileSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

/**
 * Starts a program and waits until `ready`. With util-linux's setpriv it gets `deathSignal` when this process dies, even
 * by SIGKILL, which no exit handler sees.
 */
export async function startChild(
  program: string,
  args: readonly string[],
  options: {
    readonly ready: () => Promise<boolean>;
    readonly identity?: ProcessIdentity | null;
    readonly cwd: string;
    readonly deathSignal?: "KILL" | "QUIT";
  },
): Promise<ChildProgram> {
  const setpriv = findProgram("setpriv");
  const command =
    setpriv === null
      ? [program, ...args]
      : [setpriv, "--pdeathsig", options.deathSignal ?? "KILL", "--", program, ...args];
  const child = spawn(command[0] ?? program, command.slice(1), {
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    ...options.identity,
  });
  children.add(child);
  let log = "";
  const missing = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      log += error.message;
      children.delete(child);
      resolve();
    });
    child.once("exit", () => {
      children.delete(child);
      resolve();
    });
  });
  const keep = (chunk: Buffer): void => void (log = (log + chunk.toString()).slice(-4_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!children.has(child)) return;
    child.kill(signal);
    const killer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await missing;
    clearTimeout(killer);
  };
  try {
    await waitFor(async () => !children.has(child) || (await options.ready()), {
      what: `${program} to be ready`,
      timeoutMs: 15_000,
    });
    if (!children.has(child)) throw new Error(`${program} ended while starting: ${log}`);
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return { pid: child.pid ?? -1, log: () => log, end };
}
