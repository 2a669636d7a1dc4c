import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { checkDataDirectory } from "#app/data-directory.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { plainEnvironment } from "#test/support/harness/servers/child-process.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

/** How long a start is waited for, in ms: on a busy machine a program takes long to load. */
const PATIENCE_MS = 30_000;

const directory = temporaryDirectory("start");
writeFileSync(join(directory, "plain"), "");
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
});

type Started = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly reply: string }>;
};

/** `muster start` as a program; it is killed when it does not end. */
function start(env: Readonly<Record<string, string>>, args: readonly string[] = []): Started {
  const child = spawn(process.execPath, ["src/cli.ts", "start", ...args], {
    env: { ...plainEnvironment(), PORT: "0", MUSTER_DATA_DIR: join(directory, "data"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let reply = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (reply += chunk.toString()));
  return {
    child,
    output: () => reply,
    ended: new Promise((resolve) => {
      child.once("close", (code) => {
        children.delete(child);
        resolve({ code, reply });
      });
    }),
  };
}

describe("a start that cannot be", () => {
  test("a port that is taken ends it, with the setting to change", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, reply } = await start({ PORT: String(port) }).ended;
    other.close();
    expect([code, reply]).toEqual([
      1,
      expect.stringContaining(`port ${port} is taken; set PORT to another, or to 0 for a free one`),
    ]);
  });

  test.each(["/proc/muster", join(directory, "plain", "data")])(
    "a data directory %s that cannot be made ends it, with the setting to change",
    async (place) => {
      const { code, reply } = await start({ MUSTER_DATA_DIR: place }).ended;
      expect([code, reply]).toEqual([
        1,
        expect.stringContaining(`MUSTER_DATA_DIR: ${place} cannot be made or written`),
      ]);
      expect(() => checkDataDirectory(place)).toThrow(/MUSTER_DATA_DIR/);
    },
  );
});

test("whether a data directory can be made is found out without making it", () => {
  checkDataDirectory(join(directory, "a", "b"));
  expect(() => mkdirSync(join(directory, "a"))).not.toThrow();
});

test("a SIGHUP before the start is done does not end it, and SIGTERM does", async () => {
  const muster = start({});
  await waitFor(() => muster.output().includes("Embedded database"), {
    what: "the first line of the log",
    timeoutMs: PATIENCE_MS,
  });
  muster.child.kill("SIGHUP");
  await waitFor(() => muster.output().includes("Muster listens on"), {
    what: "Muster to listen",
    timeoutMs: PATIENCE_MS,
  });
  expect(muster.output()).toContain(`(process ${muster.child.pid}; no muster.yaml: defaults)`);
  await waitFor(() => muster.output().includes("policy reloaded"), {
    what: "the policy to be read again",
    timeoutMs: PATIENCE_MS,
  });
  muster.child.kill("SIGTERM");
  expect((await muster.ended).code).toBe(0);
}, 120_000);

test("a SIGTERM before the start is done ends it", async () => {
  const muster = start({ MUSTER_DATA_DIR: join(directory, "other") });
  await waitFor(() => muster.output().includes("Embedded database"), {
    what: "the first line of the log",
    timeoutMs: PATIENCE_MS,
  });
  muster.child.kill("SIGTERM");
  expect((await muster.ended).code).toBe(0);
});
