import { startTestServer, TEST_SERVER } from "./test-database.ts";

/** One server for the whole run, both projects of it; each test or file copies its empty database. */
// oxlint-disable-next-line import/no-default-export -- vitest calls the default export
export default async function setUp(): Promise<() => Promise<void>> {
  if (process.env[TEST_SERVER] !== undefined) return () => Promise.resolve();
  const server = await startTestServer();
  process.env[TEST_SERVER] = server.url;
  return () => server.stop();
}
