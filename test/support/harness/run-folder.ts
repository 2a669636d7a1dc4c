import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** The temporary directory of one run. What the tests left there of Muster when all of them have ended fails the run. */
// oxlint-disable-next-line import/no-default-export -- vitest calls the default export
export default function setUp({ config }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "muster-tests-"));
  // Servers that do not run as root make files here too.
  chmodSync(folder, 0o1777);
  // Node's cache of compiled code outlives the run: without it each process compiles all of Muster, and writes that when it ends.
  process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");
  process.env["TMPDIR"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }));
  return () => {
    // Files of which no test is asked for are loaded all the same, and never end.
    if (config.testNamePattern !== undefined) return;
    const left = readdirSync(folder).filter((name) => name.startsWith("muster-"));
    if (left.length > 0) throw new Error(`the tests left ${left.length} folders behind: ${left.join(", ")}`);
  };
}
