import type { TestProject } from "vitest/node";
import { warmCompileCache } from "#test/support/harness/processes/muster-process.ts";
import { prepareDatabase, TEST_SERVER } from "./test-database.ts";
import { missingServers, type ServerName, startPostgres, startRedis } from "./servers.ts";

/** What the live tests are given: servers that run as long as the tests do, and what is not installed here. */
export type LiveServers = {
  readonly missing: readonly ServerName[];
  readonly postgres: string;
  readonly redis: string;
};

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- a module is extended by merging interfaces
  export interface ProvidedContext {
    live: LiveServers;
  }
}

const PACKAGES: Readonly<Record<ServerName, string>> = {
  postgres: "postgresql",
  redis: "redis-server",
  alertmanager: "prometheus-alertmanager",
  prometheus: "prometheus",
  chromium: "chromium",
};

/**
 * One PostgreSQL and one Redis for the whole run; each test takes a database of its own (live.ts), and a test of the whole
 * application one of the same server (test-database.ts). None of them kills these.
 */
// oxlint-disable-next-line import/no-default-export -- vitest calls the default export
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const absent = missingServers();
  if (absent.length > 0) {
    const packages = absent.map((name) => PACKAGES[name]).join(" ");
    process.stderr.write(
      `\nNot installed here: ${absent.join(", ")}. Tests that need them are ${process.env["CI"] === undefined ? "skipped" : "failed"}; apt-get install ${packages}\n\n`,
    );
  }
  const [postgres, redis] = await Promise.all([
    absent.includes("postgres") ? null : startPostgres({ fsync: false }),
    absent.includes("redis") ? null : startRedis(),
    warmCompileCache(),
  ]);
  if (postgres !== null) {
    await prepareDatabase(postgres.url);
    process.env[TEST_SERVER] = postgres.url;
  }
  project.provide("live", { missing: absent, postgres: postgres?.url ?? "", redis: redis?.url ?? "" });
  return async () => {
    await Promise.all([postgres?.stop(), redis?.stop()]);
  };
}
