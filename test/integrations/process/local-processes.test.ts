import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProcesses } from "#integrations/process/local-processes.ts";
import type { ProcessRequest, ProcessResult } from "#ports/processes.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("process");
const processes = createProcesses({
  commands: {
    node: process.execPath,
    sh: "/bin/sh",
    printf: "/usr/bin/printf",
    gone: "/nowhere/program",
    relative: "sh",
    "/bin/cat": "/bin/cat",
  },
});
const runProcess = (command: string, args: readonly string[], more: Partial<ProcessRequest> = {}) =>
  processes.run({ command, args, timeoutMs: 5_000, ...more });
const end = async (...request: Parameters<typeof runProcess>): Promise<ProcessResult> => {
  const answer = await runProcess(...request);
  if (!answer.ok) throw new Error(answer.says);
  return answer;
};
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie is gone; no one has asked for its end yet.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

test("every exit of a program is an answer", async () => {
  expect(await end("node", ["-e", "console.log('out'); console.error('err'); process.exit(3)"])).toEqual({
    ok: true,
    code: 3,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
    cut: false,
  });
  expect(await end("sh", ["-c", "kill -9 $$"])).toMatchObject({ code: null, signal: "SIGKILL" });
  expect(await end("/bin/cat", [], { input: "said" })).toMatchObject({ code: 0, stdout: "said" });
});

describe("a call that only reads", () => {
  const reader = createProcesses({ commands: {}, readCommands: [["/bin/echo", "-n", "*"], ["/bin/cat"]] });
  const reads = (argv: readonly string[], more: Partial<ProcessRequest> = {}) =>
    reader.run({ command: argv[0]!, args: argv.slice(1), timeoutMs: 5_000, reads: true, ...more });

  test("is made when the policy lists it, with one argument for each star", async () => {
    expect(await reads(["/bin/echo", "-n", "a b"])).toMatchObject({ ok: true, code: 0, stdout: "a b" });
  });

  test.each([
    [["/bin/echo", "-n"]],
    [["/bin/echo", "-n", "a", "b"]],
    [["/bin/echo", "-e", "a"]],
    [["/bin/echo", "-n", "-e"]],
    [["/bin/echo", "-n", "--help"]],
    [["/bin/cat", "/etc/hostname"]],
    [["/bin/sh", "-c", "true"]],
    [["echo", "-n", "a"]],
  ])("%j is refused", async (argv) => {
    expect(await reads(argv)).toMatchObject({ ok: false, refusal: "not-allowed" });
  });

  test("gets no environment and no input, and opens nothing for other calls", async () => {
    expect(await reads(["/bin/cat"], { env: { A: "b" } })).toMatchObject({ ok: false, refusal: "bad-arguments" });
    expect(await reads(["/bin/cat"], { input: "x" })).toMatchObject({ ok: false, refusal: "bad-arguments" });
    expect(await reads(["/bin/echo", "-n", "a"], { reads: false })).toMatchObject({
      ok: false,
      refusal: "not-allowed",
    });
  });
});

test.each([
  ["; touch $HOME"],
  ["$(touch hacked)"],
  ["`touch hacked`"],
  ["a b  'c' \"d\" \\ * ~ \n | & > <"],
  ["--"],
  ["%s"],
  ["${PATH}"],
  ["ö💥"],
])("an argument is passed as it is, and never run as a command: %j", async (argument) =>
  expect((await end("printf", ["[%s]", argument])).stdout).toBe(`[${argument}]`),
);

test("a program gets only the configured environment", async () => {
  process.env["MUSTER_TEST_SECRET"] = "hunter22";
  const { stdout } = await end("node", ["-e", "console.log(JSON.stringify(process.env))"], {
    env: { SERVICE: "check; out" },
  });
  expect(JSON.parse(stdout)).toEqual({
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    HOME: "/nonexistent",
    SERVICE: "check; out",
  });
});

test.each<[string, string, readonly string[], Partial<ProcessRequest>, string]>([
  ["a command that the policy does not list", "/bin/ls", [], {}, "not-allowed"],
  ["a name that every object has", "constructor", [], {}, "not-allowed"],
  ["a path that depends on where we are", "relative", [], {}, "not-allowed"],
  ["a NUL in an argument", "printf", ["a\0b"], {}, "bad-arguments"],
  ["a variable that loads code", "printf", ["a"], { env: { LD_PRELOAD: "/tmp/x.so" } }, "bad-arguments"],
  ["a variable that is no name", "printf", ["a"], { env: { "A=B": "c" } }, "bad-arguments"],
])("%s is refused before anything runs", async (_, command, args, more, refusal) =>
  expect(await runProcess(command, args, more)).toMatchObject({ ok: false, refusal }),
);

test("a missing program is a fault", async () => {
  expect(await portErrorOf(runProcess("gone", []))).toMatchObject({
    reason: "not_found",
    retryable: false,
    mayHaveHappened: false,
  });
});

test("a flood of output is read to its end, and 64 KiB of each kind are kept", async () => {
  const { code, stdout, stderr, cut } = await end("node", [
    "-e",
    "process.stdout.write('ö'.repeat(2e6)); process.stderr.write('x'.repeat(70000))",
  ]);
  expect([code, Buffer.byteLength(stdout), Buffer.byteLength(stderr), cut]).toEqual([0, 65_536, 65_536, true]);
});

describe("at the deadline", () => {
  test("kills the whole group, even processes that ignore signals", async () => {
    const file = join(directory, "pids");
    const script = `trap '' TERM INT HUP; (trap '' TERM; echo $$ > /dev/null; sh -c 'echo $$ >> ${file}; exec sleep 60') & echo $$ >> ${file}; sleep 60`;
    const elapsed = stopwatch();
    expect(await portErrorOf(runProcess("sh", ["-c", script], { timeoutMs: 2_000 }))).toMatchObject({
      reason: "timeout",
      retryable: false,
      mayHaveHappened: true,
    });
    expect(elapsed()).toBeLessThan(30_000);
    const pids = readFileSync(file, "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    await waitFor(() => !pids.some(alive), { what: "all of them to be gone" });
  });

  test("waits for no process that left the group", async () => {
    const elapsed = stopwatch();
    const child = "require('child_process').spawn('/bin/sleep', ['30'], { detached: true, stdio: 'inherit' })";
    expect(await portErrorOf(runProcess("node", ["-e", child], { timeoutMs: 2_000 }))).toMatchObject({
      reason: "timeout",
    });
    expect(elapsed()).toBeLessThan(20_000);
  });
});

test("the deadline is kept when Muster itself is killed", async () => {
  const file = join(directory, "orphan");
  const script = `import { createProcesses } from "${join(import.meta.dirname, "../../../src/integrations/process/local-processes.ts")}";
    await createProcesses({ commands: { sh: "/bin/sh" } }).run({ command: "sh", args: ["-c", "echo $$ > ${file}; sleep 60; true"], timeoutMs: 900 });`;
  const muster = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  const pid = await waitFor(() => existsSync(file) && Number(readFileSync(file, "utf8")), { what: "the program" });
  muster.kill("SIGKILL");
  expect(alive(pid)).toBe(true);
  await waitFor(() => !alive(pid), { what: "its end" });
});

test("who is left in the group when the program has ended is killed too", async () => {
  const file = join(directory, "left");
  await end("sh", [
    "-c",
    `sh -c 'echo $$ > ${file}; exec sleep 60' > /dev/null 2>&1 & while [ ! -s ${file} ]; do sleep 0.02; done`,
  ]);
  expect(existsSync(file)).toBe(true);
  await waitFor(() => !alive(Number(readFileSync(file, "utf8"))), { what: "it to be gone" });
});
