import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { readConfig } from "#config/app-config.ts";
import type { Lane } from "#domain/values/language.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import { type RunningMuster, type StartOverrides, type ProcessRole, runMuster } from "#app/main.ts";
import { plainEnvironment } from "#test/support/harness/servers/child-process.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { isJson, type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { createAlertSender, type AlertSender } from "./alert-sender.ts";
import type { VictimSettings } from "./victim.ts";
import { TEST_PATIENCE } from "#test/support/harness/patience.ts";
import { freePort, waitFor } from "#test/support/harness/wait-until.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const CLI = ["src/cli.ts", "start"];
const VICTIM = ["test/support/harness/processes/victim.ts"];

export const SIGNING_SECRET = "live-signing-secret";

/** Settings of a process of its own. `victim` runs test/support/harness/processes/victim.ts instead of `muster start`. */
export type MusterOptions = {
  /** The folder of its code; this checkout by default. */
  readonly root?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly role?: ProcessRole;
  readonly victim?: VictimSettings;
  /** A fixed port, for one that comes back where it was. */
  readonly port?: number;
  /** Where its embedded database lives; a directory of its own without. */
  readonly dataDir?: string;
};

/** What every running Muster can be asked. */
export type MusterClient = AlertSender & {
  readonly url: string;
  /** The lanes whose depth it counts, when they are not all of them. */
  readonly lanes?: readonly Lane[];
  /** Its log so far, one object a line. */
  readonly log: readonly JsonObject[];
  /** GET, as JSON. Throws on anything but 200. */
  api(path: string): Promise<JsonObject>;
  /** GET, as it comes. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
};

/** A real process. */
export type MusterProcess = MusterClient & {
  readonly pid: number;
  readonly port: number;
  /** Waits for /health/ready to answer 200. */
  ready(): Promise<void>;
  /** SIGTERM; it must end by itself, with exit code 0, within 10 s. Answers how long it took, in ms. */
  stop(): Promise<number>;
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it wrote besides the log. */
  stderr(): string;
};

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function requests(url: string): Omit<MusterClient, "log" | "url"> {
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(10_000) });
    return { status: response.status, text: await response.text() };
  };
  return {
    get,
    api: async (path) => {
      const { status, text } = await get(path);
      const body: unknown = JSON.parse(text);
      if (status !== 200 || !isJson(body)) throw new Error(`GET ${path} answered ${status}: ${text}`);
      return body;
    },
    ...createAlertSender({ url: () => url }),
  };
}

/** Starts a process and answers at once; `ready` waits for it. */
export async function startMuster(options: MusterOptions = {}): Promise<MusterProcess> {
  const port = options.port ?? (await freePort());
  const own = options.dataDir === undefined ? temporaryDirectory("data") : null;
  const child = spawnMuster(options, port, options.dataDir ?? own ?? "");
  running.add(child);
  const { log, errors } = collectOutput(child);
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    if (own !== null) removeDirectory(own);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const lastWords = (): string => `${errors()}${JSON.stringify(log.slice(-5))}`;

  const url = `http://127.0.0.1:${port}`;
  return {
    ...requests(url),
    url,
    port,
    log,
    pid: child.pid ?? -1,
    ended,
    stderr: errors,
    ready: () =>
      waitFor(
        async () => {
          if (!running.has(child)) throw new Error(`Muster ended while starting: ${lastWords()}`);
          return (await fetch(`${url}/health/ready`)).ok;
        },
        { what: "Muster to be ready", timeoutMs: 90_000 },
      ).then(() => {}),
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      const elapsed = stopwatch();
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000 * TEST_PATIENCE);
      const { code, signal } = await ended;
      clearTimeout(late);
      if (code !== 0)
        throw new Error(`Muster ended with ${code ?? signal} after ${Math.round(elapsed())} ms: ${lastWords()}`);
      return elapsed();
    },
  };
}

function spawnMuster(
  { env = {}, role, victim, root }: MusterOptions,
  port: number,
  dataDir: string,
): ChildProcessByStdio<null, Readable, Readable> {
  const program = victim === undefined ? [...CLI, ...(role === undefined ? [] : ["--role", role])] : VICTIM;
  return spawn(process.execPath, [...program], {
    cwd: root ?? ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...plainEnvironment(),
      ...compileCache(),
      PORT: String(port),
      LOG_FORMAT: "json",
      MUSTER_DATA_DIR: dataDir,
      ...env,
      ...(victim !== undefined && { VICTIM: JSON.stringify({ ...(role !== undefined && { role }), ...victim }) }),
    },
  });
}

/** What a process writes: its log, line by line, and the rest. */
function collectOutput(child: ChildProcessByStdio<null, Readable, Readable>): {
  readonly log: JsonObject[];
  readonly errors: () => string;
} {
  const log: JsonObject[] = [];
  let rest = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    log.push(...lines.map(parseLine));
  });
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { log, errors: () => errors };
}

/** Starting is mostly compiling: processes read what one wrote that ended by itself. */
const compileCache = () => ({ NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/compiled-tests") });

/** Writes it: most processes of the tests are killed, and leave none. */
export async function warmCompileCache(): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", 'await import("#cli/start-command.ts"); process.exit()'],
    {
      cwd: ROOT,
      stdio: "inherit",
      env: { ...plainEnvironment(), ...compileCache() },
    },
  );
  await once(child, "close");
}

function parseLine(line: string): JsonObject {
  const parsed: unknown = JSON.parse(line);
  return isJson(parsed) ? parsed : { msg: line };
}

/** A Muster in this process: quicker to start, and its ports can be replaced. */
export type MusterInProcess = MusterClient & RunningMuster;

/** Starts one in this process. */
export async function startMusterInProcess(
  env: Readonly<Record<string, string>>,
  overrides: StartOverrides = {},
): Promise<MusterInProcess> {
  const log: JsonObject[] = [];
  const say =
    (level: string) =>
    (fields: object, msg: string): void =>
      void log.push({ ...fields, level, msg });
  const logger: EngineLog = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  const muster = await runMuster(readConfig({ PORT: "0", ...env }), "all", logger, overrides);
  return { ...muster, ...requests(muster.url), log };
}

/** The lines about something broken. */
export const errorsIn = (log: readonly JsonObject[]): JsonObject[] =>
  log.filter(({ level }) => level === "error" || level === "fatal");

/** The pages of a Muster without a pager: its log names whom it would have woken. */
export const dryPages = (
  log: readonly JsonObject[],
): { readonly to: string; readonly priority: string; readonly dedupKey: string }[] =>
  log
    .filter(({ paging, msg }) => paging === "dry-run" && stringOrEmpty(msg).startsWith("would page "))
    .map((line) => ({
      to: /^would page (.*?): /.exec(stringOrEmpty(line.msg))?.[1] ?? "",
      priority: stringOrEmpty(line.priority),
      dedupKey: stringOrEmpty(line.dedupKey),
    }));

/** Writes a policy where MUSTER_CONFIG can find it. */
export function writePolicy(policy: object): string {
  const file = join(temporaryDirectory("policy"), "muster.yaml");
  writeFileSync(file, JSON.stringify(policy));
  return file;
}
