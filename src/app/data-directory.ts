import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Raised when the folder of the embedded database cannot hold it; names its setting. */
export class BadDataDirectory extends Error {}

/**
 * Makes the folder that MUSTER_DATA_DIR names, and tries whether it can be written. Answers the topmost folder that had to
 * be made, or null. Folders are made one by one: where a file system refuses (/proc), Node's own recursive way never ends,
 * and no signal ends it.
 * @throws BadDataDirectory
 */
export function prepareDataDirectory(directory: string): string | null {
  try {
    const missing: string[] = [];
    let at = resolve(directory);
    while (statSync(at, { throwIfNoEntry: false }) === undefined) {
      missing.push(at);
      at = dirname(at);
    }
    for (const each of missing.toReversed()) mkdirSync(each);
    const probe = join(directory, `.write-test-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
    return missing.at(-1) ?? null;
  } catch (cause) {
    throw new BadDataDirectory(
      `MUSTER_DATA_DIR: ${directory} cannot be made or written (${cause instanceof Error ? cause.message : String(cause)}); name a folder that Muster may write, or set DATABASE_URL`,
      { cause },
    );
  }
}

/** Whether the folder could be made and written, without leaving it behind. @throws BadDataDirectory */
export function checkDataDirectory(directory: string): void {
  const made = prepareDataDirectory(directory);
  if (made !== null) rmSync(made, { recursive: true });
}
