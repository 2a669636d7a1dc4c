import { accessSync, constants, existsSync } from "node:fs";
import type { Readable } from "node:stream";
import type { ProcessRunner, ProcessResult } from "#ports/processes.ts";
import { PortError } from "#ports/port-error.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";

/** Most that is kept of each of its two outputs, in bytes. */
const OUTPUT_BYTES = 65_536;
/** ms that streams may stay open when all is killed: who left the group may still hold them. */
const GRACE_MS = 500;
/** So much of the end of what a program wrote is in the message about its death. */
const LAST_WORDS = 300;
/** GNU coreutils: it keeps the deadline when we are killed ourselves, and no one would be left to. */
const WATCHMAN = "/usr/bin/timeout";
/** All of our own environment that a program sees: none of our secrets. */
const BASE = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: "/nonexistent" };
/** Names by which an environment changes what a program is, and not only its input. */
const LOADERS = /^(?:PATH|HOME|IFS|ENV|SHELLOPTS|BASH_.*|LD_.*|DYLD_.*|NODE_.*|PYTHON.*|PERL.*|RUBY.*|GIT_.*|SSH_.*)$/;

export type ProcessSettings = {
  /** What the policy lists: names and the absolute paths that they stand for. */
  readonly commands: Readonly<Record<string, string>>;
  /** Calls that only read, as the policy lists them. */
  readonly readCommands?: readonly (readonly string[])[];
};

/**
 * Programs of this machine, by execa: no shell, no environment of ours, a process group of its own that is killed as one at
 * the deadline, and after its leader has gone.
 */
export function createProcesses({ commands, readCommands = [] }: ProcessSettings): ProcessRunner {
  const no = (refusal: "not-allowed" | "bad-arguments", detail: string): PortRefusal<typeof refusal> => ({
    ok: false,
    refusal,
    says: detail,
  });
  return {
    async run({ command, args, env = {}, input = "", timeoutMs, reads = false }) {
      if (reads && !readCommands.some((pattern) => fitsPattern(pattern, [command, ...args])))
        return no("not-allowed", `"${[command, ...args].join(" ")}" is no call of automation.readCommands`);
      if (reads && (Object.keys(env).length > 0 || input !== ""))
        return no("bad-arguments", "a call that only reads gets no environment and no input");
      const path = reads ? command : Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (path === undefined || !path.startsWith("/"))
        return no("not-allowed", `"${command}" is no command of the policy`);
      const badName = Object.keys(env).find((name) => !/^[A-Z_][A-Z0-9_]*$/.test(name) || LOADERS.test(name));
      if (badName !== undefined) return no("bad-arguments", `${badName} cannot be set for a program`);
      if ([...args, ...Object.values(env)].some((each) => each.includes("\0")))
        return no("bad-arguments", "an argument has a NUL in it");

      const unfit = obstacle(path);
      if (unfit !== null) throw notStarted(command, unfit);
      const seconds = String(Math.ceil(timeoutMs / 1_000) + 1);
      const [file, ...argv] = existsSync(WATCHMAN)
        ? [WATCHMAN, "--signal=KILL", seconds, path, ...args]
        : [path, ...args];
      // Loaded by the first program: a hundred files that most Musters never need.
      const { execa } = await import("execa");
      const child = execa(file!, argv, {
        shell: false,
        extendEnv: false,
        env: { ...BASE, ...env },
        cwd: "/",
        input,
        buffer: false,
        reject: false,
        killDescendants: true,
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      });
      const [out, err] = [kept(child.stdout), kept(child.stderr)];
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => (timer = setTimeout(resolve, timeoutMs + GRACE_MS, "late")));
      try {
        const end = await Promise.race([child, late]);
        if (end === "late" || end.timedOut) throw tooLate(command, timeoutMs, err().text || out().text);
        if (end.exitCode === undefined && end.signal === undefined) throw notStarted(command, end.cause ?? end);
        return ended(end.exitCode ?? null, end.signal ?? null, out(), err());
      } finally {
        clearTimeout(timer);
        child.kill("SIGKILL");
        child.stdout.destroy();
        child.stderr.destroy();
      }
    },
  };
}

/** `wrote`: its errors, or what else it wrote; its end is shown to people, who decide by it whether the work was done. */
/** `*` stands for one argument that is no option. */
function fitsPattern(pattern: readonly string[], argv: readonly string[]): boolean {
  return (
    pattern.length === argv.length &&
    pattern.every((wanted, i) => (wanted === "*" && i > 0 ? !argv[i]!.startsWith("-") : wanted === argv[i]))
  );
}

function tooLate(command: string, timeoutMs: number, wrote: string): PortError {
  const last = wrote.trim().slice(-LAST_WORDS);
  return new PortError(
    "timeout",
    `${command} was not done after ${timeoutMs} ms, and was killed with all its children${last === "" ? "" : `; it wrote: ${last}`}`,
    {
      retryable: false,
      mayHaveHappened: true,
    },
  );
}

/** Checked before: the watchman would report it only by a number that programs use too. */
function obstacle(path: string): unknown {
  try {
    accessSync(path, constants.X_OK);
    return null;
  } catch (cause) {
    return cause;
  }
}

function notStarted(command: string, cause: unknown): PortError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return new PortError(
    code === "ENOENT" ? "not_found" : "forbidden",
    `${command} cannot be started here: ${code ?? "for a reason that is not known"}`,
    {
      retryable: false,
      cause,
    },
  );
}

function ended(code: number | null, signal: string | null, out: KeptOutput, err: KeptOutput): ProcessResult {
  return { ok: true, code, signal, stdout: out.text, stderr: err.text, cut: out.cut || err.cut };
}

type KeptOutput = { readonly text: string; readonly cut: boolean };

/** The beginning of a stream. The rest is read too, and dropped: a full pipe would hang the program. */
function kept(stream: Readable): () => KeptOutput {
  const parts: Buffer[] = [];
  let [size, cut] = [0, false];
  stream.on("data", (chunk: Buffer) => {
    const room = OUTPUT_BYTES - size;
    if (chunk.byteLength > room) cut = true;
    if (room > 0) parts.push(chunk.subarray(0, room));
    size += Math.min(room, chunk.byteLength);
  });
  stream.on("error", () => {});
  return () => ({ text: new TextDecoder().decode(Buffer.concat(parts), { stream: cut }), cut });
}
