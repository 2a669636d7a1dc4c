import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataDirectoryBusyError, lockDirectory } from "#db/place/directory-lock.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const HOLDER = `
  const { lockDirectory } = await import("#db/place/directory-lock.ts");
  try { lockDirectory(process.argv[1]); console.log("held"); setInterval(() => {}, 1000); }
  catch (error) { console.log(error.message); }`;

describe("the folder of an embedded database", () => {
  let directory: string;
  let children: ChildProcess[] = [];
  beforeEach(() => void (directory = temporaryDirectory("lock")));
  afterEach(async () => {
    for (const child of children) await kill(child);
    children = [];
    removeDirectory(directory);
  });

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** A process that tries to take the folder; answers what it prints. */
  async function claims(): Promise<{ readonly child: ChildProcess; readonly says: string }> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    let says = "";
    child.stdout!.on("data", (chunk: Buffer) => (says += chunk.toString()));
    await waitFor(() => says.endsWith("\n"), {
      what: "the process to say whether it has the folder",
      timeoutMs: 20_000,
    });
    return { child, says: says.trim() };
  }

  test("has one process, and the second names it; killed, it leaves it to the next at once", async () => {
    const first = await claims();
    expect(first.says).toBe("held");
    const second = await claims();
    expect(second.says).toContain(
      `Another Muster (process ${first.child.pid}) uses the embedded database in ${directory}. Stop it, set MUSTER_DATA_DIR`,
    );
    expect(() => lockDirectory(directory)).toThrow(DataDirectoryBusyError);
    await kill(first.child);
    expect(existsSync(join(directory, "lock"))).toBe(true);
    expect((await claims()).says).toBe("held");
  });

  test.each([
    ["this process", process.pid],
    ["the first of a container", 1],
    ["one that is alive and no Muster", process.ppid],
  ])("is free although a file of before a reboot names %s", (_, pid) => {
    writeFileSync(join(directory, "lock"), String(pid));
    const release = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(DataDirectoryBusyError);
    release();
    lockDirectory(directory)();
  });

  test("stays locked while its process stands still", async () => {
    const first = await claims();
    first.child.kill("SIGSTOP");
    expect((await claims()).says).toMatch(/^Another Muster/);
    first.child.kill("SIGCONT");
  });
});
