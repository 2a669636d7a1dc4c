import pg from "pg";
import type { FillFrom } from "./embedded-server.ts";
import { copyTables, pgliteSource, serverSource } from "./table-copy.ts";

/**
 * Brings all that Muster stored into an empty server, all or nothing. Both have the newest tables first, so that each
 * column has its place; the queue's own tables stay behind, because it only hurries.
 */
export async function fillServer(
  from: FillFrom,
  url: string,
  migrate: (pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const target = poolOf(url);
  const source = await openSource(from);
  try {
    await migrate(source);
    await migrate(target);
    const [into, outOf] = [await target.connect(), await source.connect()];
    try {
      await copyTables(from.kind === "pglite" ? pgliteSource(source) : serverSource(outOf), into);
    } finally {
      into.release();
      outOf.release();
    }
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}

async function openSource(from: FillFrom): Promise<pg.Pool> {
  if (from.kind === "server") return poolOf(from.url);
  // Loaded only for files of a version that had no server.
  const { openPglite } = await import("./pglite-pool.ts");
  return openPglite(from.directory, () => {});
}

/** A pool whose connections may end with their server: the copy has its answers by then, or fails by its own statement. */
function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
