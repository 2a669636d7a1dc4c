import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What a socket's address holds, less its end, on the tightest of the systems (macOS: 104 bytes). */
const LONGEST_PATH = 103;
const SOCKET = "/.s.PGSQL.5432";

/** A name for a folder that is short enough for a socket in it, and what removes it. */
export function socketFolder(files: string): { readonly folder: string; readonly remove: () => void } {
  const folder = resolve(files);
  if (Buffer.byteLength(folder + SOCKET) <= LONGEST_PATH) return { folder, remove: () => {} };
  const short = mkdtempSync(join(tmpdir(), "muster-"));
  symlinkSync(folder, join(short, "s"));
  return { folder: join(short, "s"), remove: () => rmSync(short, { recursive: true, force: true }) };
}
