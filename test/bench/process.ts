import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { stopwatch } from "#test/support/harness/test-clock.ts";

/** A process under measurement. */
export type Measured = {
  readonly child: ChildProcess;
  readonly url: string;
  /** ms from spawning to being ready. */
  readonly startedIn: number;
  /** Largest resident memory so far, in MB. */
  peakMb(): number;
  /** The same of it and of each Node that it started. */
  peaksMb(): readonly number[];
  stop(): Promise<void>;
};

/** Starts a Node program and waits for the line in which it reports that it is ready. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  node = process.execPath,
  onSpawn: (pid: number) => void = () => {},
): Promise<Measured> {
  const elapsed = stopwatch();
  const child = spawn(node, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  onSpawn(child.pid ?? 0);
  return new Promise((resolve, reject) => {
    const exited = new Promise<void>((done) => child.once("exit", () => done()));
    let text = "";
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code}: ${text.slice(-2_000)}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      if (text.length < 20_000) text += chunk.toString();
      const reply = /listens on (http:\/\/[^\s"]+)/.exec(text);
      if (reply === null) return;
      resolve({
        child,
        url: reply[1]!,
        startedIn: elapsed(),
        peakMb: () => peakOf(child.pid!),
        peaksMb: () => [child.pid!, ...nodesBelow(child.pid!)].map(peakOf),
        async stop() {
          child.kill("SIGTERM");
          await exited;
        },
      });
    });
  });
}

function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

function nodesBelow(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return children.filter((each) => /^(node|MainThread)/.test(readFileSync(`/proc/${each}/comm`, "utf8")));
}

/** A Node that the machine has itself, when it is another than ours: where it is, and its version. */
export function nodeOfTheMachine(): { readonly path: string; readonly version: string } | null {
  for (const directory of (process.env["PATH"] ?? "").split(":").filter((each) => !each.includes("node_modules"))) {
    const path = `${directory}/node`;
    const requests = spawnSync(path, ["--version"], { encoding: "utf8" });
    if (requests.status === 0 && requests.stdout.trim() !== process.version)
      return { path, version: requests.stdout.trim() };
  }
  return null;
}

/** The flags of Node from the program's own first line. */
export const NODE_FLAGS: readonly string[] = readFileSync("src/cli.ts", "utf8").split("\n")[0]!.split(" ").slice(3);

/** Starts Muster on a database; dry runs outside, nothing logged but warnings. */
export function muster(
  role: "web" | "worker" | "all",
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  return run([...NODE_FLAGS, "src/cli.ts", "start", "--role", role], {
    MUSTER_CONFIG: "test/bench/muster.yaml",
    PORT: "0",
    DATABASE_URL: databaseUrl,
    REDIS_URL: "",
    LOG_FORMAT: "json",
    LOG_LEVEL: "info",
    ...env,
  });
}
