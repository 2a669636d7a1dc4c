import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

const run = promisify(execFile);
/** ms after which a demo that does not end is killed. Its story waits for the work: a busy machine plays it for longer. */
const TIMEOUT_MS = 110_000;

test("plays the reference incident to its end, reports it, and leaves the postmortem draft", async () => {
  const directory = temporaryDirectory("demo");
  try {
    const { stdout } = await run(process.execPath, ["src/cli.ts", "demo", "--exit", "--pace", "60"], {
      env: { ...process.env, PORT: String(await freePort()), MUSTER_DATA_DIR: directory },
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    for (const line of [
      "Priority   P2 → P1 (SEV-2)",
      "Commander  Bob · Technical Lead Charlie · Scribe Bob",
      "Bob undid: P1 → P4",
      "Paged      Alice (pagerduty), Bob (pagerduty responder request), Alice (pagerduty)",
      "Acknowledged by Alice",
      "Alice is Incident Commander. Ask them to hand over.",
      "INC-2 opened as P3",
      "Postmortem draft posted",
      "Alice approved restart of RUN-",
      "approved by Alice: verified",
      "restart: latency in s, share of errors 8.5, 0.15 → 0.5, 0.005",
      "The case study took 22 min",
    ])
      expect(stdout).toContain(line);
    const draft = readFileSync(join(directory, "demo", "INC-1-postmortem.md"), "utf8");
    expect(draft).toMatch(/14:32–14:[45]\d UTC/);
    expect(draft).toMatch(
      /restart: k8s\.restart on k8s\/order-service \| Alice \| 8\.5, 0\.15 \| 0\.5, 0\.005 \|.*helped \| RUN-\d+ verified/,
    );
    // Ten minutes of story, however slow the machine is: its time waits for the work.
    expect(stdout).toMatch(/MTTR {7}1[01] min in story time/);
    expect(stdout).not.toContain("Muster did not run");
    expect(draft).toContain("TODO(Bob): The primary cause");
  } finally {
    removeDirectory(directory);
  }
});

test("prints its usage for wrong arguments", async () => {
  const failed = await run(process.execPath, ["src/cli.ts", "demo", "--pace", "fast"]).catch(
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining("--pace is a number from 1 to 200") });
});

test("stops everything it started after a failure, exits, and names the log", async () => {
  const directory = temporaryDirectory("demo");
  try {
    const failed = await run(process.execPath, ["src/cli.ts", "demo", "--exit"], {
      // An address of no machine: Muster fails when Slack and PagerDuty stand already.
      env: { ...process.env, HOST: "203.0.113.1", MUSTER_DATA_DIR: directory },
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    }).catch((error: unknown) => error as { code: number; stderr: string });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("set HOST to 127.0.0.1") });
    expect(failed.stderr).toContain(`see ${join(directory, "demo", "muster.log")}`);
  } finally {
    removeDirectory(directory);
  }
});
