import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "#test/support/harness/wait-until.ts";

const HOLDER = `
  const { openDatabase } = await import("#db/client.ts");
  const opened = await openDatabase({ kind: "embedded", directory: process.argv[1] }, (error) => console.error(error.message));
  process.on("SIGTERM", () => opened.close().then(() => process.exit(0)));
  setInterval(() => {}, 1_000);
  console.log(opened.place.url ?? "inside");`;

/** A process that has an embedded database open. */
export type DatabaseHolder = {
  readonly pid: number;
  readonly url: string;
  /** What was reported after it was open. */
  readonly errors: () => string;
  /** Ends it by SIGTERM, on which it closes the database, or as the kernel does. */
  readonly end: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
};

/** Opens the embedded database of a folder in a process of its own. */
export async function holdDatabase(directory: string): Promise<DatabaseHolder> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, directory], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  await waitFor(() => output.endsWith("\n") || hasEnded(child), {
    what: "a process to open the database",
    timeoutMs: 30_000,
  });
  if (output === "") throw new Error(`it did not open: ${errors}`);
  return {
    pid: child.pid!,
    url: output.trim(),
    errors: () => errors,
    end: async (signal) => {
      if (hasEnded(child)) return;
      child.kill(signal);
      await once(child, "exit");
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
