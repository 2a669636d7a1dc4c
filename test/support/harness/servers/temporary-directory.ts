import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The user and group a program runs as. */
export type ProcessIdentity = { readonly uid: number; readonly gid: number };

const directories = new Set<string>();

process.once("exit", removeDirectories);

function removeNow(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch {
    // a program that is still ending may write into it: what is left lies in the temp directory
  }
}

/**
 * A new directory under the temp directory, owned by `owner`. It is removed by `removeDirectory`, at the end of the test
 * file that made it (test/support/harness/tidy-files.ts), or at exit.
 */
export function temporaryDirectory(name: string, owner: ProcessIdentity | null = null): string {
  const directory = mkdtempSync(join(tmpdir(), `muster-${name}-`));
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  directories.add(directory);
  return directory;
}

/** Removes a directory that `temporaryDirectory` made. */
export function removeDirectory(directory: string): void {
  if (directories.delete(directory)) removeNow(directory);
}

/** Removes all that are left. */
export function removeDirectories(): void {
  for (const directory of directories) removeDirectory(directory);
}
