import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { checkRunbookFiles, type CheckedRunbook, type RunbookCheck, type RunbookFile } from "#runbooks/index.ts";

const CHILD = fileURLToPath(new URL("./runbook-lint-child.ts", import.meta.url));

/** ms that linting a folder may take. */
const PATIENCE_MS = MINUTE_MS;

/** Answers that are kept: more than a folder has files. */
const MOST_KEPT = 2_000;

/** By the file, its text and what the policy lets in. The linter does not change while a process runs, so its version is no part of it. */
const kept = new Map<string, CheckedRunbook>();

/**
 * Lints what this process has not linted yet, in a process of its own that ends afterwards: PostgreSQL's parser, once V8 finds
 * it hot, is optimized at the price of 500 MB for a second, which would end a server in a small container.
 */
export const checkOnce: RunbookCheck = async (files) => {
  const keys = files.map(keyOf);
  const fresh = files.filter((_, i) => !kept.has(keys[i]!));
  // Without a process of its own they are linted all the same.
  const checked = fresh.length === 0 ? [] : await checkApart(fresh).catch(() => checkRunbookFiles(fresh));
  for (const [i, each] of fresh.entries()) kept.set(keyOf(each), checked[i]!);
  const answers = keys.map((key) => kept.get(key)!);
  for (const key of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(key);
  }
  return answers;
};

function keyOf({ file, text, functions = [] }: RunbookFile): string {
  return createHash("sha256")
    .update(JSON.stringify([file, text, functions]))
    .digest("base64url");
}

/** @throws Error when the process ends without an answer, or has none in time */
export function checkApart(files: readonly RunbookFile[]): Promise<readonly CheckedRunbook[]> {
  return new Promise((resolve, reject) => {
    // Its own memory counts in a container too: without the optimizing compiler it stays small.
    // What it reads may be anyone's text: it gets no settings, and so no secrets.
    const child = fork(CHILD, {
      serialization: "advanced",
      execArgv: ["--liftoff-only"],
      env: {},
      timeout: PATIENCE_MS,
    });
    child.on("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`linting runbooks ended with ${signal ?? code}`)));
    child.once("message", (checked) => resolve(checked as readonly CheckedRunbook[]));
    child.send(files, (error) => {
      if (error !== null) reject(error);
    });
  });
}
