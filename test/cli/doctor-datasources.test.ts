import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppConfig } from "#config/app-config.ts";
import { checkDataSources } from "#cli/doctor/doctor-datasources.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";

let database: TestDatabase;
let client: pg.Client;
const ROLES = { small: "", slots: "REPLICATION", signals: "" };
/** Names of roles are of the whole server. */
const roleIn = (name: string): string => `doctor_${name}_${process.pid}`;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const [name, more] of Object.entries(ROLES))
    await client.query(`create role ${roleIn(name)} login password 'doctor' ${more}`);
  await client.query(`grant pg_signal_backend to ${roleIn("signals")}`);
});
afterAll(async () => {
  for (const name of Object.keys(ROLES)) await client.query(`drop role ${roleIn(name)}`);
  await client.end();
  await database.drop();
});

/** What is found of one data source, under a role. `runbooks`: the folder of runbooks. */
async function foundAs(role: string | null, runbooks = "test/fixtures/none", name = "orders"): Promise<object> {
  const url = new URL(database.url);
  if (role !== null) [url.username, url.password] = [roleIn(role), "doctor"];
  const config = {
    policy: aPolicy({ automation: { datasources: { [name]: { urlEnv: "ORDERS_URL" } } } }),
    runbooks,
    variable: () => url.href,
  } as unknown as AppConfig;
  return (await checkDataSources(config))[0]!;
}

test("a small role is what is asked for", async () => {
  expect(await foundAs("small")).toEqual({
    what: "datasource",
    ok: true,
    says: "orders: answers, and its role can do no more than is asked of it",
  });
});

test.each([
  ["slots", "has REPLICATION"],
  ["signals", "is in pg_signal_backend, and no runbook calls anything there"],
])("a role with %s is too much", async (role, excess) => {
  expect(await foundAs(role)).toMatchObject({ ok: false, says: expect.stringContaining(excess) });
});

test("a superuser is too much", async () => {
  expect(await foundAs(null)).toMatchObject({ ok: false, says: expect.stringContaining("is a superuser") });
});

test("who may signal others is right where a runbook calls what does it", async () => {
  expect(await foundAs("signals", "runbooks")).toMatchObject({ ok: true });
});
