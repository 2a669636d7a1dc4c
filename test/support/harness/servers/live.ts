import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import type { ServerName } from "./servers.ts";
import { PREPARED_DATABASE } from "./test-database.ts";

/**
 * Tests that need real servers. Where one is not installed they are skipped, and the start of the run has listed it; in
 * CI, where no one reads that, a test fails that names it.
 */
export function describeLive(
  title: string,
  needs: readonly ServerName[],
  tests: () => void,
  options: { readonly concurrent?: boolean } = {},
): void {
  const absent = needs.filter((name) => inject("live").missing.includes(name));
  if (absent.length > 0 && process.env["CI"] !== undefined)
    test(`${title}: ${absent.join(" and ")} must be installed in CI`, () => expect(absent).toEqual([]));
  else if (options.concurrent === true) describe.skipIf(absent.length > 0).concurrent(title, tests);
  else describe.skipIf(absent.length > 0)(title, tests);
}

/** A new empty database on the PostgreSQL of this run. */
export const newDatabase = (): Promise<string> => createDatabase("");

/** One with every table and no row: Muster has started on it before. */
export const preparedDatabase = (): Promise<string> =>
  createDatabase(` TEMPLATE ${PREPARED_DATABASE} STRATEGY FILE_COPY`);

async function createDatabase(how: string): Promise<string> {
  const url = new URL(inject("live").postgres);
  const name = `live_${randomUUID().replaceAll("-", "")}`;
  await querySql(url.href, `CREATE DATABASE ${name}${how}`);
  url.pathname = `/${name}`;
  return url.href;
}

/** A database of its own on the Redis of this run. */
export async function newRedis(): Promise<string> {
  const { redis } = inject("live");
  const client = new Redis(redis);
  const number = await client.incr("databases-taken");
  client.disconnect();
  return `${redis}/${number}`;
}

/** One statement on a database. */
export async function querySql<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the server may go while we end the connection
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
