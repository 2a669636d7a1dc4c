import { spawn } from "node:child_process";
import { resolve as resolvePath } from "node:path";

/** What a command said, and the code it ended with. */
export type CommandOutput = { readonly code: number | null; readonly out: string; readonly err: string };

const CLI = resolvePath("src/cli.ts");

/** `muster …` as a program, in a directory, with nothing in its environment but PATH and what is given. */
export function runCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
