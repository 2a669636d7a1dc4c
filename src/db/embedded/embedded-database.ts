import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { lockDirectory } from "#db/place/directory-lock.ts";
import { openEmbeddedServer, ServerUnavailableError, type EmbeddedServerOptions } from "./embedded-server.ts";

/**
 * The database that Muster brings along.
 * - server: PostgreSQL itself, in processes of its own; several processes may use it.
 * - inside: PGlite in this process, where no server can run; `why` names what stands in the way.
 */
export type EmbeddedDatabase =
  | { readonly kind: "server"; readonly url: string; readonly close: () => Promise<void> }
  | { readonly kind: "inside"; readonly pool: pg.Pool; readonly why: string };

/**
 * Opens the embedded database of a folder; null: one of its own that is forgotten when it is closed.
 * What an earlier version stored in PGlite is copied first, and PGlite goes on where a server cannot take over.
 * @throws DataDirectoryBusyError when another process has the folder and no server to share
 */
export async function openEmbeddedDatabase(
  directory: string | null,
  options: Omit<EmbeddedServerOptions, "forgetful">,
): Promise<EmbeddedDatabase> {
  const folder = directory ?? temporaryFolder();
  const forget = (): void => {
    if (directory !== null) return;
    process.off("exit", forget);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  };
  // Who ends without closing leaves nothing either; the server ends by itself then.
  if (directory === null) process.once("exit", forget);
  try {
    const server = await openEmbeddedServer(folder, { ...options, forgetful: directory === null });
    return { kind: "server", url: server.url, close: () => server.close().finally(forget) };
  } catch (error) {
    forget();
    if (!(error instanceof ServerUnavailableError)) throw error;
    return { kind: "inside", pool: await openInside(directory), why: error.message };
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-"));
  // The user who runs the server passes through; its files are its own.
  chmodSync(folder, 0o755);
  return folder;
}

async function openInside(directory: string | null): Promise<pg.Pool> {
  // Loaded only where it is needed: it takes a second and hundreds of megabytes.
  const { openPglite } = await import("./pglite-pool.ts");
  if (directory === null) return openPglite(null, () => {});
  const release = lockDirectory(directory);
  try {
    return await openPglite(join(directory, "db"), release);
  } catch (error) {
    release();
    throw error;
  }
}
