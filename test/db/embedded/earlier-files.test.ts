import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { clusterVersions, serverPlace } from "#db/embedded/server-files.ts";
import { openEmbeddedDatabase } from "#db/embedded/embedded-database.ts";
import { openPglite } from "#db/embedded/pglite-pool.ts";
import { lockDirectory, DataDirectoryBusyError } from "#db/place/directory-lock.ts";
import { upgradeFixture } from "#test/support/harness/upgrade/upgrade-app.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

let directory: string;
let closers: (() => Promise<unknown>)[] = [];
beforeEach(() => void (directory = temporaryDirectory("earlier")));
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
  removeDirectory(directory);
});

async function open(): Promise<DatabaseConnection> {
  const opened = await openDatabase({ kind: "embedded", directory }, () => {});
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= opened.close());
  closers.push(close);
  return { ...opened, close };
}

/** What an earlier Muster, which had PGlite alone, left in the folder. */
async function leavePglite(): Promise<void> {
  const pglite = await openPglite(join(directory, "db"), () => {});
  await pglite.query(`drop schema public cascade; create schema public; ${upgradeFixture("dump.sql")}`);
  await pglite.end();
}

/** Every row of every table, and where the numbers have come to. */
async function contentsOf(pool: pg.Pool): Promise<Readonly<Record<string, unknown>>> {
  const contents: Record<string, unknown> = {};
  const { rows: tables } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  for (const { name } of tables)
    contents[name] = (await pool.query(`select row_to_json(t)::text as row from public.${name} t order by 1`)).rows;
  contents["sequences"] = (
    await pool.query(
      "select sequencename, last_value::text from pg_sequences where schemaname = 'public' and last_value is not null order by 1",
    )
  ).rows;
  return contents;
}

describe("what an earlier Muster stored in PGlite", () => {
  test("is in the server after the first start, row by row, and its own files stay", async () => {
    await leavePglite();
    const { pool } = await open();
    const after = await contentsOf(pool);
    expect(Object.values(after["incidents"] as object).length).toBeGreaterThan(1);
    const before = await openPglite(join(directory, "db"), () => {});
    closers.push(() => before.end());
    expect(after).toEqual(await contentsOf(before));
  });

  test("is copied once: what came since is kept at the next start", async () => {
    await leavePglite();
    const first = await open();
    await first.db.execute(sql`update incidents set service = 'changed since'`);
    await first.close();
    const { rows } = await (await open()).pool.query("select distinct service from incidents");
    expect(rows).toEqual([{ service: "changed since" }]);
  });

  test("goes on in PGlite, with the reason, where it cannot be copied", async () => {
    await leavePglite();
    const opened = await openEmbeddedDatabase(directory, {
      onError: () => {},
      fill: () => Promise.reject(new Error("no room left")),
    });
    if (opened.kind !== "inside") throw new Error("a server took over without its rows");
    expect(opened.why).toBe("no room left");
    expect((await opened.pool.query("select count(*)::int as n from incidents")).rows).not.toEqual([{ n: 0 }]);
    expect(() => lockDirectory(directory)).toThrow(DataDirectoryBusyError);
    await opened.pool.end();
    expect(clusterVersions(serverPlace(directory))).toEqual([]);
    // The next start can, and does.
    expect((await (await open()).pool.query("select 1 from incidents limit 1")).rows).toHaveLength(1);
  });
});

describe("a platform without PostgreSQL's programs", () => {
  test("has PGlite for a new folder, and never opens an empty one beside a server's files", async () => {
    const without = { onError: () => {}, fill: () => Promise.resolve(), findPackage: () => null };
    const opened = await openEmbeddedDatabase(directory, without);
    if (opened.kind !== "inside") throw new Error("there is a server");
    expect(opened.why).toMatch(/^npm installed no PostgreSQL for /);
    await opened.pool.end();

    const { root } = serverPlace(directory);
    mkdirSync(join(root, "18"), { recursive: true });
    await expect(openEmbeddedDatabase(directory, without)).rejects.toThrow(
      `MUSTER_DATA_DIR: ${join(root, "18")} was written by PostgreSQL 18, whose programs are not here`,
    );
  });
});

describe("a user whom the system has no name for", () => {
  test.runIf(process.getuid?.() === 0)("has PGlite, and nothing half made", async () => {
    const unnamed = { uid: 4_242, gid: 4_242 };
    chownSync(directory, unnamed.uid, unnamed.gid);
    const program = `const { openEmbeddedDatabase } = await import("#db/embedded/embedded-database.ts");
      const opened = await openEmbeddedDatabase(process.argv[1], { onError: console.error, fill: () => Promise.resolve() });
      console.log(opened.why);`;
    const args = ["--input-type=module", "-e", program, directory];
    const output = execFileSync(process.execPath, args, { ...unnamed, encoding: "utf8" });
    expect(output).toContain("could not look up effective user ID 4242");
    expect(readdirSync(serverPlace(directory).root).filter((name) => name.endsWith(".draft"))).toEqual([]);
  });
});

describe("a new major version", () => {
  test("copies what the one before holds, with that one's own programs, and leaves its files", async () => {
    await leavePglite();
    const before = await open();
    const contents = await contentsOf(before.pool);
    await before.close();
    // Files and programs of today under the name of an earlier version.
    const { root } = serverPlace(directory);
    renameSync(join(root, "18"), join(root, "17"));
    const programs = readdirSync(root).find((name) => name.startsWith("server-18."))!;
    renameSync(join(root, programs), join(root, programs.replace("18", "17")));

    const after = await open();
    expect(await contentsOf(after.pool)).toEqual(contents);
    expect(existsSync(join(root, "17", "PG_VERSION"))).toBe(true);
    expect(clusterVersions(serverPlace(directory))).toEqual([17, 18]);
  });

  test("of a later Muster is run by its own programs after going back", async () => {
    const first = await open();
    await migrateDatabase(first);
    await first.close();
    const { root } = serverPlace(directory);
    renameSync(join(root, "18"), join(root, "19"));
    const programs = readdirSync(root).find((name) => name.startsWith("server-18."))!;
    renameSync(join(root, programs), join(root, programs.replace("18", "19")));
    expect((await (await open()).pool.query("select count(*)::int as n from incidents")).rows).toEqual([{ n: 0 }]);
    expect(clusterVersions(serverPlace(directory))).toEqual([19]);
  });
});
