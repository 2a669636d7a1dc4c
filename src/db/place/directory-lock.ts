import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Raised when another live process has the embedded database open. */
export class DataDirectoryBusyError extends Error {}

/**
 * The operating system holds this lock for the process that has it; the file's content means nothing and it is never
 * removed.
 */
const LOCK_FILE = "muster.lock";
/** Which process it is. Only to be read by people, and by versions before the lock of the operating system. */
const OWNER_FILE = "lock";
/** SQLite's result codes: another has the lock. */
const BUSY = [5, 6];

/**
 * Takes a directory for this process and answers what gives it back. The lock is one of the operating system on a file, so
 * it ends with the process however that ends, and neither a reboot, a process id that was used again nor a second container
 * whose processes have the same ids changes who has it. SQLite only takes the lock: Node itself has no call for one.
 *
 * @throws DataDirectoryBusyError when another process, or this one, has the directory
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const lock = new DatabaseSync(join(directory, LOCK_FILE));
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw new Error(`MUSTER_DATA_DIR: ${join(directory, LOCK_FILE)} cannot be locked`, { cause });
    throw new DataDirectoryBusyError(
      `Another Muster${ownerOf(directory)} uses the embedded database in ${directory}. Stop it, set MUSTER_DATA_DIR to another folder, or set DATABASE_URL to run several processes on PostgreSQL.`,
      { cause },
    );
  }
  const owner = join(directory, OWNER_FILE);
  writeFileSync(owner, String(process.pid));
  return () => {
    rmSync(owner, { force: true });
    lock.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && BUSY.includes(error.errcode as number);
}

/** " (process 42)", as far as it is known. */
function ownerOf(directory: string): string {
  try {
    const pid = Number(readFileSync(join(directory, OWNER_FILE), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? ` (process ${pid})` : "";
  } catch {
    return "";
  }
}
