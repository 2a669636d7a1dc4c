import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { sql } from "drizzle-orm";
import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { openQueue } from "#queue/lane-queue.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const nothing = (): void => {};

/** What a made data directory depends on: the tables, and the versions of those who write it. */
function version(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(join(ROOT, "migrations")).filter((name) => name.endsWith(".sql")))
    hash.update(readFileSync(join(ROOT, "migrations", file)));
  for (const name of ["@electric-sql/pglite", "bullmq"])
    hash.update(
      (JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as { version: string })
        .version,
    );
  return hash.digest("hex").slice(0, 16);
}

/** A data directory with every table and no row. Made once, because initialising takes seconds and copying a tenth of one. */
async function template(): Promise<string> {
  const place = join(ROOT, "node_modules/.cache/muster-test", version());
  if (existsSync(place)) return place;
  const draft = `${place}.${process.pid}.${threadId}`;
  mkdirSync(draft, { recursive: true });
  const connection = await openDatabase({ kind: "embedded", directory: draft }, nothing);
  await migrateDatabase(connection);
  await (await openQueue({ kind: "postgres", pool: connection.pool, owned: false }, "muster", nothing)).close();
  await connection.close();
  try {
    renameSync(draft, place);
  } catch {
    // another worker was faster, and its directory is as good
    rmSync(draft, { recursive: true, force: true });
  }
  return place;
}

/** A data directory of one's own, ready to be opened in a moment; `removeDirectory` takes it away. */
export async function freshDataDirectory(): Promise<string> {
  const directory = temporaryDirectory("embedded");
  cpSync(await template(), directory, { recursive: true });
  return directory;
}

/** Empties every table of ours and starts the ids again at 1. */
export async function emptyTables({ db }: DatabaseConnection): Promise<void> {
  await db.execute(
    sql`truncate alert_senders, alert_sources, alerts, automation_switches, breakers, commands, effects, events, heartbeats, incidents, mutes, notices, overrides, postmortem_texts, refused_alerts, rotations, run_locks, runbook_versions, runs, secrets, step_outputs, steps, timers, truncated_groups, wakings restart identity`,
  );
}
