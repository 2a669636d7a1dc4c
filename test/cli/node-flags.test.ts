import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { betterNodeFlags } from "#cli/worker/node-flags.ts";

const SHIPPED = ["--max-semi-space-size=8", "--heap-growing-percent=40"];
const DOORS = ["--max-semi-space-size=32", "--heap-growing-percent=40"];
const WORKER = ["--max-semi-space-size=16", "--heap-growing-percent=40"];
const SERVER = "postgres://db.example.com/muster";

test.each([
  ["doors on a server", SHIPPED, ["start"], SERVER, DOORS],
  ["doors alone", SHIPPED, ["start", "--role", "web"], SERVER, DOORS],
  ["what a debugger adds stays", ["--inspect", ...SHIPPED], ["start"], SERVER, ["--inspect", ...DOORS]],
  ["a worker", SHIPPED, ["start", "--role", "worker"], SERVER, WORKER],
  ["a worker, in one word", SHIPPED, ["start", "--role=worker"], SERVER, WORKER],
  ["nothing set: the database lives in the process", SHIPPED, ["start"], undefined, null],
  ["an empty variable is not set", SHIPPED, ["start"], "", null],
  ["another command", SHIPPED, ["check"], SERVER, null],
  ["flags that the operator chose", ["--max-semi-space-size=64"], ["start"], SERVER, null],
  ["no flags", [], ["start"], SERVER, null],
])("%s", (_, execArgv, argv, databaseUrl, flags) => {
  expect(betterNodeFlags(execArgv, argv, databaseUrl)).toEqual(flags);
});

test("the process stays the same, with its arguments, its environment and its exit code", async () => {
  // A role that does not exist ends it, after the flags were chosen.
  const child = spawn(process.execPath, [...SHIPPED, "src/cli.ts", "start", "--role", "none"], {
    env: { ...process.env, DATABASE_URL: SERVER, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect([code, text]).toEqual([2, expect.stringContaining('--role is all, web or worker, not "none"')]);
  expect(text).not.toContain("Warning");
});
